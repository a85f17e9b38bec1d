import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mountBpffs, probe, unmountBpffs } from '../../index.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A file that the build made, by its path from the root of the repository. */
export function built(path: string): string {
  return join(root, path);
}

/** Number of the getppid system call, which the triggers make. */
export const getppidSyscall = process.arch === 'arm64' ? 173 : 110;

/** Why nothing can be tested here, or undefined; says so on stderr. */
export function missingPrerequisite(): string | undefined {
  const reason = findMissing();
  if (reason !== undefined) process.stderr.write(`skipped, as ${reason}\n`);
  return reason;
}

function findMissing(): string | undefined {
  if (process.platform !== 'linux') return 'this is not Linux';
  if (!existsSync(built('native/build/tapio.node'))) return 'the addon is not built: run `npm run build`';
  const report = probe();
  if (!report.btf) return 'the kernel has no BTF (/sys/kernel/btf/vmlinux)';
  if (!report.programs.tp_btf) return 'this process may not load BPF programs: run as root';
  if (!existsSync(built('native/build/test/traffic.bpf.o')))
    return 'the test programs are not built: run `npm run build`';
  return undefined;
}

/** A directory with a bpffs of its own; unmounted and removed on disposal. */
export class TemporaryBpffs implements Disposable {
  readonly path: string;

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'tapio-bpffs-'));
    mountBpffs(this.path);
  }

  join(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    unmountBpffs(this.path);
    rmdirSync(this.path);
  }
}
