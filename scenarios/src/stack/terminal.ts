import { styleText } from 'node:util';

/** Lines for a person at a terminal, with the time since the start. Nothing on it with `--json`. */
export class Terminal {
  readonly #startedMs = performance.now();
  readonly #colour: boolean;
  readonly #quiet: boolean;
  readonly #out: NodeJS.WriteStream;

  /** @param options.quiet progress goes to stderr, because stdout is for a program */
  constructor(options: { readonly quiet: boolean }) {
    this.#quiet = options.quiet;
    this.#out = options.quiet ? process.stderr : process.stdout;
    this.#colour = this.#out.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  }

  get colour(): boolean {
    return this.#colour && !this.#quiet;
  }

  /** Where progress goes, for a program that tells its own. */
  get outputFd(): number {
    return this.#quiet ? 2 : 1;
  }

  get width(): number | undefined {
    return process.stdout.isTTY ? process.stdout.columns : undefined;
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  /** One step, with the time since the start. */
  step(text: string): void {
    const seconds = `${(this.elapsedMs / 1000).toFixed(1).padStart(6)} s`;
    this.#out.write(`${this.paint('dim', seconds)}  ${text}\n`);
  }

  /** A step that changes what the reader expected: a port that is taken, a part that is missing. */
  note(text: string): void {
    this.step(`${this.paint('yellow', 'note')}: ${text}`);
  }

  problem(text: string): void {
    process.stderr.write(`${this.#colour ? styleText('red', 'error') : 'error'}: ${text}\n`);
  }

  /** Text as it stands, for people. */
  text(text: string): void {
    this.#out.write(`${text}\n`);
  }

  paint(style: 'dim' | 'yellow' | 'green' | 'red' | 'bold', text: string): string {
    return this.#colour ? styleText(style, text) : text;
  }
}
