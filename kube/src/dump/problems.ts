import { cut } from '../json.ts';
import { DUMP_LIMITS } from './limits.ts';

/** Something of a dump that could not be read. Everything else was. */
export interface DumpProblem {
  readonly path: string;
  /** Where in the file: `items[3]`, `line 12`; empty for the whole file. */
  readonly place: string;
  readonly message: string;
}

/** Collects problems, a bounded number of them with their place. */
export class Problems {
  readonly #kept: DumpProblem[] = [];
  #count = 0;

  add(path: string, place: string, message: string): void {
    this.#count += 1;
    if (this.#kept.length < DUMP_LIMITS.problems)
      this.#kept.push({ path, place, message: cut(message.replaceAll(/\s+/g, ' '), 300) });
  }

  get kept(): readonly DumpProblem[] {
    return this.#kept;
  }

  /** All of them, those that were not kept too. */
  get count(): number {
    return this.#count;
  }
}
