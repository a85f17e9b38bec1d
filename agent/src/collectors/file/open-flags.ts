import { constants } from 'node:fs';

const {
  O_ACCMODE,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  O_APPEND,
  O_CREAT,
  O_DIRECT,
  O_DIRECTORY,
  O_DSYNC,
  O_EXCL,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_SYNC,
  O_TRUNC,
} = { ...constants, O_ACCMODE: 3 };

const ACCESS: ReadonlyMap<number, string> = new Map([
  [O_RDONLY, 'O_RDONLY'],
  [O_WRONLY, 'O_WRONLY'],
  [O_RDWR, 'O_RDWR'],
]);

/** In the order in which they are named; one that holds another comes first. Node does not know all of them. */
const FLAGS: readonly (readonly [number, string])[] = [
  [O_CREAT, 'O_CREAT'],
  [O_EXCL, 'O_EXCL'],
  [O_TRUNC, 'O_TRUNC'],
  [O_APPEND, 'O_APPEND'],
  [0o20000000 | O_DIRECTORY, 'O_TMPFILE'],
  [O_DIRECTORY, 'O_DIRECTORY'],
  [O_NOFOLLOW, 'O_NOFOLLOW'],
  [O_NOCTTY, 'O_NOCTTY'],
  [O_NONBLOCK, 'O_NONBLOCK'],
  [O_SYNC, 'O_SYNC'],
  [O_DSYNC, 'O_DSYNC'],
  [O_DIRECT, 'O_DIRECT'],
  [process.arch === 'arm64' ? 0o400000 : 0o100000, 'O_LARGEFILE'],
  [O_NOATIME, 'O_NOATIME'],
  [0o2000000, 'O_CLOEXEC'],
  [0o10000000, 'O_PATH'],
];

/** Flags of open(2) in words, such as `O_WRONLY|O_CREAT`; bits without a name follow as one hexadecimal number. */
export function openFlagsText(flags: number): string {
  const parts = [ACCESS.get(flags & O_ACCMODE) ?? 'O_ACCMODE'];
  let rest = flags & ~O_ACCMODE;
  for (const [bits, name] of FLAGS) {
    if (bits === 0 || (rest & bits) !== bits) continue;
    parts.push(name);
    rest &= ~bits;
  }
  if (rest !== 0) parts.push(`0x${(rest >>> 0).toString(16)}`);
  return parts.join('|');
}
