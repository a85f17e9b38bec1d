import type { EventQuery, FactStore, ObservationEvent } from '@tapio/domain';
import { expect, test } from 'vitest';
import { Story, at, events, oomDeath } from '../../test/support/story.ts';
import { InMemoryFacts } from '../facts/memory-facts.ts';
import { FactCache } from './fact-cache.ts';

/** Counts questions, and fails when told to. */
class CountedFacts extends InMemoryFacts implements FactStore {
  readonly asked: EventQuery[] = [];
  isDown = false;

  override events(query: EventQuery): Promise<readonly ObservationEvent[]> {
    this.asked.push(query);
    return this.isDown ? Promise.reject(new Error('the graph is away')) : super.events(query);
  }
}

const scopes = new Map([
  ['pod', { types: new Set(['container_died', 'pod_created']), beforeUs: 3_600_000_000 }],
] as const);
const list = events(oomDeath(0, 0));
const anchor = list[2]!;
const question = { types: ['container_died'], join: 'pod', anchor, fromUs: at(-10), toUs: at(10) } as const;

test('one question serves all types of a thing until an event of it comes', async () => {
  const facts = new CountedFacts();
  facts.add(list);
  const cache = new FactCache('test', facts, scopes);
  expect(await cache.events(question)).toHaveLength(1);
  expect(await cache.events({ ...question, types: ['pod_created'] })).toEqual([]);
  expect(facts.asked).toHaveLength(1);
  const born = events([{ t: '-5s', event: 'pod_created' }], 'late/');
  facts.add(born);
  cache.forget(born[0]!);
  expect(await cache.events({ ...question, types: ['pod_created'] })).toEqual(born);
  expect(cache.queries).toBe(2);
});

test('an event of a type that nobody asks for under that join leaves answers alone', async () => {
  const facts = new CountedFacts();
  const cache = new FactCache('test', facts, scopes);
  await cache.events(question);
  cache.forget(list[0]!);
  await cache.events(question);
  expect(facts.asked).toHaveLength(1);
});

test('a window that reaches further back, and a type out of scope, are asked for anew', async () => {
  const facts = new CountedFacts();
  const cache = new FactCache('test', facts, scopes);
  await cache.events(question);
  await cache.events({ ...question, fromUs: at(-9000) });
  await cache.events({ ...question, types: ['process_exit'] });
  expect(facts.asked.map((q) => q.types.length)).toEqual([2, 2, 1]);
});

test('a store that was away is asked again', async () => {
  const facts = new CountedFacts();
  facts.add(list);
  facts.isDown = true;
  const cache = new FactCache('test', facts, scopes);
  await expect(cache.events(question)).rejects.toThrow('the graph is away');
  facts.isDown = false;
  expect(await cache.events(question)).toHaveLength(1);
});

test('where a thing has more events than one answer holds, the type is asked for by itself', async () => {
  const facts = new CountedFacts();
  facts.add(Array.from({ length: 1_200 }, (_, n) => ({ ...anchor, id: `many/${n}`, timestamp: at(n) })));
  const born = events([{ t: '-5s', event: 'pod_created' }], 'late/');
  facts.add(born);
  const cache = new FactCache('test', facts, scopes);
  expect(await cache.events({ ...question, types: ['pod_created'] })).toEqual(born);
});

test('many crashes ask about as often as there are pods and workloads', async () => {
  const facts = new CountedFacts();
  const crashes = Array.from({ length: 100 }, (_, n) => {
    const pod = { pod_uid: `pod-${n}`, pod_name: `checkout-${n}`, workload: `Deployment/checkout-${n % 10}` };
    return events(oomDeath(n / 100, 0, pod), `${n}/`);
  }).flat();
  facts.add(crashes);
  const story = new Story({ facts, completeFromUs: at(-60) });
  await story.step(crashes, { now: 10, through: 10 });
  expect(story.standing).toHaveLength(10);
  expect(story.standing.every((i) => i.count === 10 && i.verdict.word === 'Likely')).toBe(true);
  // Each pod, each workload once as such and once as an object, and the node.
  expect(facts.asked.length).toBeLessThanOrEqual(100 + 2 * 10 + 1);
});

test('a step whose facts are away fails whole and can be repeated', async () => {
  const facts = new CountedFacts();
  facts.add(list);
  const story = new Story({ facts, completeFromUs: at(-60) });
  facts.isDown = true;
  await expect(story.step(list, { now: 10, through: 10 })).rejects.toThrow('the graph is away');
  facts.isDown = false;
  await story.step(list, { now: 11, through: 11 });
  expect(story.only.verdict.word).toBe('Likely');
});
