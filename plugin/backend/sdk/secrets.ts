import { inspect } from 'node:util';

const MASK = '[redacted]';
/** Shorter values would blank out ordinary words of an error text. */
const LEAST_REDACTED_LENGTH = 4;

/**
 * The decrypted secrets of a datasource or app. Reading one takes a call of {@link get}; printing, inspecting
 * or serialising the whole shows names only, so a secret cannot reach a log or a frame by accident.
 */
export class Secrets {
  readonly #values: ReadonlyMap<string, string>;

  constructor(values: Readonly<Record<string, string>> = {}) {
    this.#values = new Map(Object.entries(values));
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** True when the secret is set to a text that is not empty. */
  has(name: string): boolean {
    return (this.#values.get(name) ?? '') !== '';
  }

  names(): string[] {
    return [...this.#values.keys()];
  }

  /** Replaces every secret of four characters or more that appears in `text`, the longest first. */
  redact(text: string): string {
    const values = [...this.#values.values()].filter((value) => value.length >= LEAST_REDACTED_LENGTH);
    values.sort((left, right) => right.length - left.length);
    return values.reduce((redacted, value) => redacted.replaceAll(value, MASK), text);
  }

  toJSON(): Record<string, string> {
    return Object.fromEntries(this.names().map((name) => [name, MASK]));
  }

  toString(): string {
    return `Secrets(${this.names().join(', ')})`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
