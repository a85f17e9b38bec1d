import { PodsFile } from '../../src/node/pods-file.ts';

/** One pods file that several runners write to, each its own pods. */
export class SharedPodsFile {
  readonly path: string;
  readonly #file: PodsFile;
  readonly #parts: (readonly unknown[])[] = [];

  constructor(path: string) {
    this.path = path;
    this.#file = new PodsFile(path);
  }

  /** For one runner: what it writes stands beside what the others write. */
  part(): PodsFile {
    const index = this.#parts.push([]) - 1;
    return {
      path: this.path,
      write: (pods) => {
        this.#parts[index] = pods;
        this.#file.write(this.#parts.flat());
      },
    };
  }
}
