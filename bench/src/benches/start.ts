import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, repositoryRoot } from '@tapio/testkit';
import type { Bench, BenchContext, Row } from '../bench.ts';
import { FIGURES } from '../figures.ts';
import { fileMissing, kernelMissing, serversMissing, workloadMissing } from '../requirements.ts';
import { rowOf } from '../statistics.ts';

/** From the command to the proven answer and a clean end, servers included. */
export const start: Bench = {
  name: 'start',
  summary: '`npm start -- --once` on a machine that is set up',
  units: ['s'],
  needs: ['root', 'servers'],
  missing: () =>
    kernelMissing() ?? workloadMissing() ?? serversMissing() ?? fileMissing('scenarios/build/report'),
  run,
};

async function run({ quick, progress }: BenchContext): Promise<readonly Row[]> {
  const seconds: number[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    progress(`npm start -- --once, run ${round + 1}`);
    seconds.push(await startOnce());
  }
  return [
    rowOf(
      {
        name: 'npm start -- --once',
        unit: 's',
        note: 'set-up check, servers, fault, answer, shutdown',
        figure: FIGURES.start,
      },
      seconds,
    ),
  ];
}

async function startOnce(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tapio-bench-'));
  try {
    const startedMs = performance.now();
    await using child = await Child.start({
      name: 'npm start -- --once',
      command: 'npm',
      args: ['start', '--', '--once'],
      cwd: repositoryRoot,
      logPath: join(folder, 'start.log'),
    });
    const { code, signal } = await child.ended;
    const seconds = (performance.now() - startedMs) / 1000;
    if (code === 0) return seconds;
    throw new Error(
      `npm start -- --once ended with code ${String(code)}, signal ${String(signal)}:\n${child.logTail()}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
