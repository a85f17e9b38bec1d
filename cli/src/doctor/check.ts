/** `warn`: works, but something is missing that some part needs. */
export type CheckStatus = 'ok' | 'warn' | 'fail';

/** One line of `tapio doctor`. */
export interface Check {
  readonly name: string;
  readonly status: CheckStatus;
  /** What was seen. */
  readonly found: string;
  /** What to do; absent when all is well. */
  readonly mend?: string;
}

export function passed(name: string, found: string): Check {
  return { name, status: 'ok', found };
}

export function warned(name: string, found: string, mend: string): Check {
  return { name, status: 'warn', found, mend };
}

export function failed(name: string, found: string, mend: string): Check {
  return { name, status: 'fail', found, mend };
}
