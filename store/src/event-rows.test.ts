import type { ObservationEvent } from '@tapio/domain';
import { VOCABULARY, eventProperties } from '@tapio/domain';
import { expect, test } from 'vitest';
import { eventStatements } from './event-rows.ts';

const base = { id: 'c/1', timestamp: 1_790_000_000_000_000, cluster: 'c', node: 'n' } as const;

function died(data: Record<string, string>): ObservationEvent {
  return { ...base, source: 'kubelet', type: 'container_died', data };
}

/** What the statement would give the node, read off its text. */
function nodeOf(
  statement: { text: string; rows: readonly (readonly unknown[])[] } | undefined,
): Record<string, unknown> {
  const row = statement?.rows[0] ?? [];
  const columns = [...(statement?.text ?? '').matchAll(/`(\w+)`: (?:toInteger\()?r\[(\d+)\]/g)];
  return Object.fromEntries(
    columns.map(([, name, index]) => [name ?? '', row[Number(index)]]).filter(([, value]) => value !== null),
  ) as Record<string, unknown>;
}

test.each(Object.keys(VOCABULARY))('a %s gets all its properties', (type) => {
  const event: ObservationEvent = {
    ...died({ container: 'report', exit_code: '137', signal: '9', reason: 'x' }),
    type,
  };
  const [statement] = eventStatements([event], 17);
  expect(nodeOf(statement)).toEqual({ ...eventProperties(event), expires_at: 17 });
});

test('events of one type share a statement, a key that only other types promote is kept all the same', () => {
  const plain = died({ container: 'report', exit_code: '1' });
  const odd = died({ container: 'report', limited_by: 'container' });
  const statements = eventStatements([plain, odd, { ...plain, id: 'c/2' }], 17);
  expect(statements.map(({ rows }) => rows.length)).toEqual([2, 1]);
  expect(nodeOf(statements[1])).toMatchObject({ limited_by: 'container' });
});

test('integers are made integers by the server', () => {
  const [statement] = eventStatements([died({ exit_code: '137' })], 17);
  for (const name of ['ts', 'pid', 'expires_at', 'exit_code']) {
    expect(statement?.text).toMatch(new RegExp(`\`${name}\`: toInteger\\(`));
  }
  expect(statement?.text).not.toMatch(/`reason`: toInteger/);
});
