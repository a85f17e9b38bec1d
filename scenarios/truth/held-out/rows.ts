import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { DumpFiles, Truth, TruthCase } from '../case.ts';

const rowSchema = z.strictObject({
  id: z.string().regex(/^(?:second-)?(?:workload|platform|network|control|healthy)-\d\db?$/u),
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
});

/** A row of a truth file: a case as it is known before there is code for it. */
export type Row = z.infer<typeof rowSchema>;

/** Code for cases, by id. The id is the seed of the case's cluster. */
export type Builders = Readonly<Record<string, (id: string) => DumpFiles>>;

/** The rows of a truth file. Throws a ZodError that names the row and field that are not as they should be. */
export function readRows(file: URL): readonly Row[] {
  return z.array(rowSchema).parse(parse(readFileSync(file, 'utf8')));
}

function truthOf({ truth }: Row): Truth | null {
  if (truth === null) return null;
  const [kind = '', namespace = '', name = ''] = truth.object.split('/');
  return { ...truth, object: { kind, namespace, name } };
}

/** Held-out cases of rows and their code. Throws when a row has no code. */
export function casesOfRows(
  rows: readonly Row[],
  builders: Builders,
  batch: NonNullable<TruthCase['batch']>,
): TruthCase[] {
  return rows.map((row) => {
    const { id, title, sources } = row;
    const area = id.replace('second-', '').replace(/-.*$/u, '') as TruthCase['area'];
    const build = builders[id];
    if (build === undefined) throw new Error(`the truth has the case ${id}, and no code builds it`);
    return {
      id,
      split: 'held-out',
      batch,
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
