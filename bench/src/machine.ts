import { cpus, loadavg, release, totalmem } from 'node:os';

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly node: string;
}

export function thisMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown CPU',
    cores: all.length,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    kernel: `Linux ${release()}`,
    node: process.version,
  };
}

export function machineLine({ cpu, cores, memoryGib, kernel, node }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGib} GiB, ${kernel}, Node.js ${node}`;
}

/** Processes that wanted to run, averaged over a minute: what runs beside a bench makes its figures worse. */
export function loadNow(): number {
  return loadavg()[0] ?? 0;
}
