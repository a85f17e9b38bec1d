import { existsSync, readFileSync } from 'node:fs';

/** A process that can be recognised later: a pid alone is given out again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks between boot and start. */
  readonly startTicks: string;
  readonly bootId: string;
}

export function thisProcess(): ProcessIdentity {
  const startTicks = startTicksOf(process.pid);
  if (startTicks === undefined) throw new Error('/proc/self/stat can’t be read: is /proc mounted?');
  return { pid: process.pid, startTicks, bootId: bootId() };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identity.bootId === bootId() && startTicksOf(identity.pid) === identity.startTicks;
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function startTicksOf(pid: number): string | undefined {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return undefined;
  try {
    const stat = readFileSync(path, 'utf8');
    // The name of the process, in parentheses, may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
