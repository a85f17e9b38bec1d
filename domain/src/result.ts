/** What a function returns that may be given bad input: a value, or a fault that names the place. */
export type Result<T, F = Fault> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: F };

/** Why an input was not taken. */
export interface Fault {
  /** Stable, for counters and tests: `missing`, `type`, `range`, `unknown`, `too_large`, ... */
  readonly code: string;
  /** Where in the input: `events[3].timestamp`, `header Tapio-Batch`. */
  readonly place: string;
  /** A sentence for people. */
  readonly message: string;
}

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function fault(
  code: string,
  place: string,
  message: string,
): { readonly ok: false; readonly fault: Fault } {
  return { ok: false, fault: { code, place, message } };
}
