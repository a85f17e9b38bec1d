import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A BPF file system of our own, so that two runs never see each other's programs and maps. */
export class BpfMount implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async mount(path: string): Promise<BpfMount> {
    try {
      await run('mount', ['-t', 'bpf', '-o', 'mode=0700', 'tapio', path]);
    } catch (error) {
      throw new Error(
        `a BPF file system can't be mounted on ${path}: run this as root, and in a container with CAP_SYS_ADMIN`,
        { cause: error },
      );
    }
    return new BpfMount(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await unmount(this.path);
  }
}

/** Unmounts what is mounted on a path, however often; does nothing where nothing is. Pins in it are let go. */
export async function unmount(path: string): Promise<void> {
  while (isMountPoint(path)) await run('umount', [path]);
}

export function isMountPoint(path: string): boolean {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .some((line) => decodePath(line.split(' ')[1] ?? '') === path);
}

/** Spaces and the like are written as octal escapes (proc(5), fstab(5)). */
function decodePath(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_whole, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
