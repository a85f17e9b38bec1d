import { readFileSync } from 'node:fs';

/** USER_HZ: what the kernel shows to user space, whatever its own tick (proc_pid_stat(5), sysconf(3)). */
const TICKS_PER_SECOND = 100;

/** CPU time of a process so far, all threads, user and system, in seconds. */
export function cpuSeconds(pid: number): number {
  return cpuSecondsOf(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** The same of the text of /proc/PID/stat. */
export function cpuSecondsOf(stat: string): number {
  // The name is in parentheses and may hold anything; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident set of a process in megabytes (10^6 bytes). */
export function residentMb(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kib === undefined) throw new Error(`process ${pid} has no memory: it ended`);
  return (Number(kib) * 1024) / 1e6;
}
