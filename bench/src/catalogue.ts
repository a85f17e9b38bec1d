import type { Bench } from './bench.ts';
import { decode } from './benches/decode.ts';
import { engine } from './benches/engine.ts';
import { failedOpens } from './benches/failed-opens.ts';
import { graphLoad } from './benches/graph-load.ts';
import { idle } from './benches/idle.ts';
import { ingest } from './benches/ingest.ts';
import { kernel } from './benches/kernel.ts';
import { publish } from './benches/publish.ts';
import { start } from './benches/start.ts';
import { week } from './benches/week.ts';

/** All benches, in the order in which they run: from the kernel to the answer. */
export const BENCHES: readonly Bench[] = [
  kernel,
  failedOpens,
  decode,
  ingest,
  publish,
  graphLoad,
  engine,
  week,
  idle,
  start,
];
