/** How often something happened. */
export interface Rate {
  readonly perSecond: number;
  /** By the CPU time of this process, all its threads: the garbage collector's and the compiler's too. */
  readonly perCpuSecond: number;
}

/** Repeats work that waits for nothing and gives a number of events, until the time is over. */
export function rateOf(work: () => number, forSeconds: number): Rate {
  let events = 0;
  let seconds = 0;
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  do {
    events += work();
    seconds = (performance.now() - startedMs) / 1000;
  } while (seconds < forSeconds);
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: events / seconds, perCpuSecond: events / ((user + system) / 1e6) };
}
