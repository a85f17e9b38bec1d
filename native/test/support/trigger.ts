import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { built } from './kernel.ts';

/** A built trigger program: it starts when told, and its end and output can be awaited. */
export class Trigger {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #output: Promise<string>;
  readonly #ended: Promise<unknown[]>;

  constructor(name: string, args: readonly (string | number)[]) {
    const path = name.startsWith('/') ? name : built(`native/build/test/${name}`);
    this.#child = spawn(path, args.map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#ended = once(this.#child, 'exit');
    this.#output = this.#child.stdout
      .setEncoding('utf8')
      .toArray()
      .then((chunks) => chunks.join(''));
    this.#child.stdin.on('error', () => undefined);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the trigger did not start');
    return this.#child.pid;
  }

  /** Lets it do what it is there for. */
  go(): void {
    this.#child.stdin.write('go\n');
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async ended(): Promise<{ output: string; code: number | null; signal: string | null }> {
    const [code, signal] = (await this.#ended) as [number | null, string | null];
    return { output: await this.#output, code, signal };
  }
}
