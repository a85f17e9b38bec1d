import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './tools.ts';

/** A program that does known things to the kernel; `testkit/trigger/<name>.c` tells its flags. */
export type TriggerName = 'hog' | 'exits' | 'refusals';

/**
 * Path of a built trigger program.
 * @throws Error naming the command to run when it is not built
 */
export function triggerPath(name: TriggerName): string {
  const path = join(repositoryRoot, 'testkit', 'trigger', 'build', name);
  if (!existsSync(path)) throw new Error(`${path} is absent: run "make -C testkit/trigger"`);
  return path;
}

/** One line of what `exits` prints: a process that ended and was reaped. */
export interface ExitRecord {
  /** The nonce in its arguments. */
  readonly key: string;
  readonly pid: number;
  /** Exit code; 0 when a signal ended it. */
  readonly code: number;
  /** Signal number; 0 when it exited. */
  readonly signal: number;
  /** Wall clock before fork and after wait, microseconds since the Unix epoch. */
  readonly startedUs: number;
  readonly endedUs: number;
}

/** Reads what `exits` printed; a last line that is cut off is left out. */
export function parseExits(output: string): ExitRecord[] {
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as ExitRecord);
}

/** What `refusals` prints: how often it asked for a file, and how often it was refused one. */
export interface RefusalCounts {
  readonly calls: number;
  readonly refused: number;
  /** Wall clock, microseconds since the Unix epoch. */
  readonly startedUs: number;
  readonly endedUs: number;
}

/**
 * Reads what `refusals` printed.
 * @throws Error when it printed nothing: it failed
 */
export function parseRefusals(output: string): RefusalCounts {
  const line = output.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`refusals printed no counts: ${output.slice(0, 200)}`);
  return JSON.parse(line) as RefusalCounts;
}
