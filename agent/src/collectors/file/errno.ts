import { constants } from 'node:os';

/** Errors of open that can be recorded: those below 64, which fit the programs' mask (open(2)). */
export const OPEN_ERRNOS = [
  'EPERM',
  'ENOENT',
  'EIO',
  'ENXIO',
  'EACCES',
  'EBUSY',
  'EEXIST',
  'ENODEV',
  'ENOTDIR',
  'EISDIR',
  'EINVAL',
  'ENFILE',
  'EMFILE',
  'ETXTBSY',
  'EFBIG',
  'ENOSPC',
  'EROFS',
  'ENAMETOOLONG',
  'ELOOP',
] as const;

export type OpenErrno = (typeof OPEN_ERRNOS)[number];

/** A mask in which bit N stands for errno N. */
export function errnoMask(names: readonly OpenErrno[]): bigint {
  return names.reduce((mask, name) => mask | (1n << BigInt(constants.errno[name])), 0n);
}

const names: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, value]) => [value, name]),
);

/** Name of an errno, such as EACCES; `errno N` for one that has none. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `errno ${errno}`;
}
