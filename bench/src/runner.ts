import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, Row } from './bench.ts';

/** What became of a bench. */
export type Outcome =
  | { readonly kind: 'measured'; readonly rows: readonly Row[] }
  | { readonly kind: 'missing'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

export interface RunOptions {
  readonly quick: boolean;
  readonly signal: AbortSignal;
}

/**
 * Runs a bench in a process of its own, so that none meets another's heap or compiled code. Its temporary files
 * go with it, however it ended; its own progress and errors are on stderr.
 */
export async function runBench(bench: Bench, { quick, signal }: RunOptions): Promise<Outcome> {
  const reason = bench.missing();
  if (reason !== undefined) return { kind: 'missing', reason };
  const folder = mkdtempSync(join(tmpdir(), 'tapio-bench-'));
  try {
    const child = fork(
      new URL('./run-bench.ts', import.meta.url),
      [bench.name, ...(quick ? ['--quick'] : [])],
      { env: { ...process.env, TMPDIR: folder }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    );
    const stop = (): void => {
      child.kill('SIGTERM');
    };
    signal.addEventListener('abort', stop, { once: true });
    let rows: readonly Row[] | undefined;
    child.on('message', (message) => {
      rows = message as readonly Row[];
    });
    const [code, endedBy] = (await once(child, 'exit')) as [number | null, string | null];
    signal.removeEventListener('abort', stop);
    if (code === 0 && rows !== undefined) return { kind: 'measured', rows };
    const how = endedBy === null ? `code ${String(code)}` : endedBy;
    return { kind: 'failed', reason: `it ended with ${how}: see above` };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
