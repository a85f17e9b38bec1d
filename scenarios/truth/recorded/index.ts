import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { DumpFiles, Truth, TruthCase } from '../case.ts';
import { RECORDED_FAULTS } from './faults/index.ts';

/** The node’s name in the recordings. */
const NODE_NAME = 'worker-1';

function dumpOf(id: string): URL {
  return new URL(`dumps/${id}.json.gz`, import.meta.url);
}

function withNode(truth: Truth | null): Truth | null {
  return truth === null ? null : (JSON.parse(JSON.stringify(truth).replaceAll('$NODE', NODE_NAME)) as Truth);
}

/** Cases recorded from a real cluster by `record.ts`: Kubernetes 1.34, containerd, one node. */
export function recordedCases(): TruthCase[] {
  return RECORDED_FAULTS.filter(({ id }) => existsSync(dumpOf(id))).map(
    ({ id, title, area, truth, twinOf }): TruthCase => ({
      id,
      split: 'open',
      kind: 'recorded',
      area,
      title,
      sources: ['recorded: scenarios/truth/recorded/record.ts'],
      truth: withNode(truth),
      ...(twinOf === undefined ? {} : { twinOf }),
      build: () => JSON.parse(gunzipSync(readFileSync(dumpOf(id))).toString('utf8')) as DumpFiles,
    }),
  );
}
