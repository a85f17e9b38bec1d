import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { DumpFiles, Truth, TruthCase } from '../case.ts';
import { CONTROL } from './control.ts';
import { HEALTHY } from './healthy.ts';
import { NETWORK } from './network.ts';
import { PLATFORM } from './platform.ts';
import { PROBES } from './workload-probes.ts';
import { RUN } from './workload-run.ts';
import { START } from './workload-start.ts';

const truthFile = z.array(
  z.strictObject({
    id: z.string().regex(/^(?:workload|platform|network|control|healthy)-\d\db?$/u),
    title: z.string().min(1),
    sources: z.array(z.string().min(1)).min(1),
    truth: z
      .strictObject({
        object: z.string().regex(/^[A-Z][A-Za-z]+\/[^/]*\/[^/]+$/u),
        causes: z.array(z.string()).min(1),
        chain: z.array(z.string()).min(1),
        change: z.strictObject({ object: z.string(), field: z.string() }).nullable(),
      })
      .nullable(),
  }),
);

type Row = z.infer<typeof truthFile>[number];

const BUILDERS: Readonly<Record<string, (id: string) => DumpFiles>> = {
  ...PROBES,
  ...START,
  ...RUN,
  ...PLATFORM,
  ...NETWORK,
  ...CONTROL,
  ...HEALTHY,
};

/** The names of all cases that there is code for. */
export const builtIds: readonly string[] = Object.keys(BUILDERS);

/** The rows of truth.yaml. */
export function readTruth(): readonly Row[] {
  return truthFile.parse(parse(readFileSync(new URL('truth.yaml', import.meta.url), 'utf8')));
}

function truthOf({ truth }: Row): Truth | null {
  if (truth === null) return null;
  const [kind = '', namespace = '', name = ''] = truth.object.split('/');
  return { ...truth, object: { kind, namespace, name } };
}

/** The cases that Tapio is only scored with. */
export function heldOutCases(): TruthCase[] {
  return readTruth().map((row) => {
    const { id, title, sources } = row;
    const area = id.slice(0, id.indexOf('-')) as TruthCase['area'];
    const build = BUILDERS[id];
    if (build === undefined) throw new Error(`truth.yaml has the case ${id}, and no code builds it`);
    return {
      id,
      split: 'held-out',
      kind: 'composed',
      area,
      title,
      sources,
      truth: truthOf(row),
      ...(id.endsWith('b') ? { twinOf: id.slice(0, -1) } : {}),
      build: () => build(id),
    };
  });
}
