import type { Bench } from '../bench.ts';
import { run } from '../week.ts';

export const week: Bench = {
  name: 'week',
  summary: 'what the engine holds in memory over a simulated week',
  units: ['MB', '%'],
  needs: [],
  missing: () => undefined,
  run: ({ quick, progress }) => {
    progress('a week, a step a minute');
    return run(quick ? { days: 2, runsPerMinute: 1 } : {});
  },
};
