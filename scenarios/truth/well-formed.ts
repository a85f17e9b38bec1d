import { DumpReader } from '@tapio/kube';
import { expect } from 'vitest';
import type { TruthCase } from './case.ts';

/** Fails unless the case is the same at every build, is read without a problem, and gives no label away. */
export function expectWellFormed(c: TruthCase): void {
  const files = c.build();
  expect(c.build()).toEqual(files);
  const reader = new DumpReader();
  for (const [path, text] of Object.entries(files)) reader.add({ path, text });
  const { problems, parts } = reader.finish({ cluster: 'truth' });
  expect(problems.filter(({ path }) => !path.endsWith('/version'))).toEqual([]);
  expect(parts.objects.length).toBeGreaterThan(50);
  const text = Object.values(files).join('\n');
  expect(text).not.toContain(c.id);
  for (const cause of c.truth?.causes ?? []) if (cause.includes('-')) expect(text).not.toContain(cause);
}
