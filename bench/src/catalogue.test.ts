import { describe, expect, test } from 'vitest';
import { BENCHES } from './catalogue.ts';

test('every bench has a name of its own, a summary and units', () => {
  expect(new Set(BENCHES.map(({ name }) => name)).size).toBe(BENCHES.length);
  for (const { name, summary, units } of BENCHES) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(summary).not.toBe('');
    expect(units.length).toBeGreaterThan(0);
  }
});

test('a bench that needs nothing can always run', () => {
  const anywhere = BENCHES.filter(({ needs }) => needs.length === 0);
  expect(anywhere.map(({ name }) => name)).toEqual(['engine', 'week']);
  for (const { missing } of anywhere) expect(missing()).toBeUndefined();
});

describe.each(BENCHES.filter(({ needs }) => needs.length === 0))('$name', ({ run, units }) => {
  test('gives rows in its units when it runs quickly', { timeout: 60_000 }, async () => {
    const told: string[] = [];
    const rows = await run({ quick: true, progress: (text) => told.push(text) });
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(units).toContain(row.unit);
      expect(Number.isFinite(row.value)).toBe(true);
    }
    expect(told).not.toEqual([]);
  });
});
