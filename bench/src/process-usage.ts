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

export interface ResidentSet {
  /** 10^6 bytes, as all of these. */
  readonly totalMb: number;
  /** The process's own: heap, stacks, what libraries allocate. */
  readonly privateMb: number;
  /** Maps of the kernel, rings above all. */
  readonly bpfMapsMb: number;
}

/** What a process has in memory, read from /proc/PID/status and /proc/PID/smaps (proc(5)). */
export function residentSet(pid: number): ResidentSet {
  return residentSetOf(
    readFileSync(`/proc/${pid}/status`, 'utf8'),
    readFileSync(`/proc/${pid}/smaps`, 'utf8'),
  );
}

/** The same of the texts of both files. */
export function residentSetOf(status: string, smaps: string): ResidentSet {
  const bpfMaps = smaps
    .split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
    .filter((mapping) => /^.*anon_inode:bpf-map$/m.test(mapping))
    .reduce((sum, mapping) => sum + kibOf(mapping, 'Rss'), 0);
  return {
    totalMb: megabytes(kibOf(status, 'VmRSS')),
    privateMb: megabytes(kibOf(status, 'RssAnon')),
    bpfMapsMb: megabytes(bpfMaps),
  };
}

function megabytes(kib: number): number {
  return (kib * 1024) / 1e6;
}

function kibOf(text: string, field: string): number {
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  if (kib === undefined) throw new Error(`/proc tells no ${field}: the process ended`);
  return Number(kib);
}
