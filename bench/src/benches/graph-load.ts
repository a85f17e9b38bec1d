import type { Bench } from '../bench.ts';
import { run } from '../graph-load.ts';
import { serversMissing } from '../requirements.ts';

export const graphLoad: Bench = {
  name: 'graph-load',
  summary: "the loader's transaction A into a real Neo4j, beside a bare UNWIND loop",
  units: ['events/s'],
  needs: ['servers'],
  missing: serversMissing,
  run: ({ quick, progress }) => {
    progress('starting Neo4j, then both writers in pairs');
    return run(quick ? { pairs: 2, warmUpPairs: 1, eventsARun: 2_000, rowsATransaction: 1_000 } : {});
  },
};
