/** A bound that a row's value, or its ratio, is to keep. */
export interface Target {
  readonly is: 'at least' | 'below' | 'exactly';
  readonly value: number;
  /** The value itself unless given. */
  readonly of?: 'ratio';
}

/** What a row is held against. */
export interface Figure {
  /** What the original printed for 4 cores, in the row's unit, with no benchmark behind it. */
  readonly claim?: string;
  /** What is to be reached on 2 shared cores. */
  readonly target?: Target;
}

/** One line of the table. */
export interface Row {
  /** What was measured; the same in every run, so that results can be compared. */
  readonly name: string;
  readonly unit: string;
  /** Median of the runs. */
  readonly value: number;
  readonly min?: number;
  readonly max?: number;
  /** How many runs the median is of. */
  readonly runs?: number;
  /** `value` against that of a reference which ran beside it. */
  readonly ratio?: number;
  /** What it is held against. */
  readonly figure?: Figure;
  /** What the value depends on, as found in this run: the mix of events, drops, load. */
  readonly note?: string;
}

/** What a bench is given. */
export interface BenchContext {
  /** Short runs that prove the bench works; their figures mean little. */
  readonly quick: boolean;
  /** Tells people what happens; goes to stderr. */
  readonly progress: (text: string) => void;
}

/** One benchmark. Each runs in a process of its own. */
export interface Bench {
  readonly name: string;
  /** What is measured, in one line. */
  readonly summary: string;
  /** Units of its rows. */
  readonly units: readonly string[];
  /** What it can't do without, beside the build; empty: it runs anywhere. */
  readonly needs: readonly ('root' | 'servers')[];
  /** Why it can't run here and what to do, or undefined. */
  readonly missing: () => string | undefined;
  readonly run: (context: BenchContext) => Promise<readonly Row[]>;
}
