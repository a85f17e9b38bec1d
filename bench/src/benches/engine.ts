import type { Bench } from '../bench.ts';
import { run } from '../engine.ts';

export const engine: Bench = {
  name: 'engine',
  summary: 'signals through the correlation engine with all rules, and a thousand crashes at once',
  units: ['events/s', 'ms', 'crashes'],
  needs: [],
  missing: () => undefined,
  run: ({ quick, progress }) => {
    progress('a steady cluster, then a storm');
    return run(quick ? { rounds: 1, signals: 2_000, crashes: 50 } : {});
  },
};
