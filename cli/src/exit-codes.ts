/** What scripts can tell apart. */
export const EXIT = {
  /** Found, or all checks passed. */
  ok: 0,
  /** Something that should work does not. */
  failed: 1,
  /** Wrong arguments or configuration. */
  usage: 2,
  /** There is no such incident. */
  nothingFound: 3,
} as const;

/** A mistake of the caller, with what to do about it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
