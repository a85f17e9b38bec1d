// Tries to load a program without any right, and prints how that failed.
import { BpfError, BpfObject, probe } from '../../index.js';
import { built } from './kernel.ts';

const object = BpfObject.open(built('native/build/test/traffic.bpf.o'));
const report = probe();
try {
  object.load();
  process.stdout.write('loaded');
} catch (error) {
  if (!(error instanceof BpfError)) throw error;
  const { code, operation } = error;
  process.stdout.write(
    JSON.stringify({ code, operation, tpBtf: report.programs.tp_btf, bpf: report.capabilities.CAP_BPF }),
  );
}
