import type { CausalEdge, Incident, ObservationEvent } from '@tapio/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Story, at, events, limitLowered, oomDeath } from '../../test/support/story.ts';

const KILLED = { comm: 'java', container_init: true, signal: 9, sender_pid: 7, sender_comm: 'bash' };

/** Things that happen: each a list of events that belong together. */
const happening = fc.oneof(
  fc.record({
    what: fc.constant('oom' as const),
    t: fc.integer({ min: 0, max: 900 }),
    pod: fc.integer({ min: 1, max: 2 }),
  }),
  fc.record({
    what: fc.constant('kill' as const),
    t: fc.integer({ min: 0, max: 900 }),
    pod: fc.integer({ min: 1, max: 2 }),
  }),
  fc.record({
    what: fc.constant('exit' as const),
    t: fc.integer({ min: 0, max: 900 }),
    pod: fc.integer({ min: 1, max: 2 }),
  }),
  fc.record({
    what: fc.constant('change' as const),
    t: fc.integer({ min: -900, max: 900 }),
    pod: fc.integer({ min: 1, max: 2 }),
  }),
  fc.record({
    what: fc.constant('start' as const),
    t: fc.integer({ min: 0, max: 1000 }),
    pod: fc.integer({ min: 1, max: 2 }),
  }),
  fc.record({
    what: fc.constant('gap' as const),
    t: fc.integer({ min: 0, max: 900 }),
    pod: fc.integer({ min: 1, max: 2 }),
  }),
  fc.record({
    what: fc.constant('deleted' as const),
    t: fc.integer({ min: 0, max: 1500 }),
    pod: fc.integer({ min: 1, max: 2 }),
  }),
);

function storyEvents(
  happenings: readonly { readonly what: string; readonly t: number; readonly pod: number }[],
): ObservationEvent[] {
  return happenings.flatMap(({ what, t, pod }, run) => {
    const of = { pod_uid: `pod-${pod}`, pod_name: `checkout-${pod}` };
    const prefix = `${run}/`;
    switch (what) {
      case 'oom':
        return events(oomDeath(t, run, of), prefix);
      case 'kill':
        return events(
          [
            { t: `${t}s`, event: 'process_exit', run, ...KILLED, ...of },
            { t: `${t}s`, event: 'container_died', exit_code: 137, restart_count: run, ...of },
          ],
          prefix,
        );
      case 'exit':
        return events(
          [{ t: `${t}s`, event: 'container_died', exit_code: 1, restart_count: run, ...of }],
          prefix,
        );
      case 'change':
        return events(limitLowered(t, of), prefix);
      case 'start':
        return events([{ t: `${t}s`, event: 'container_started', restart_count: run + 1, ...of }], prefix);
      case 'gap':
        return events(
          [
            {
              t: `${t + 9}s`,
              event: 'capture_gap',
              reason: 'ring_overflow',
              sources: 'kernel',
              start_us: `${t}s`,
              end_us: `${t + 9}s`,
            },
          ],
          prefix,
        );
      default:
        return events([{ t: `${t}s`, event: 'pod_deleted', stage: 'requested', ...of }], prefix);
    }
  });
}

interface Outcome {
  readonly incidents: readonly Omit<Incident, 'revision'>[];
  readonly edges: readonly CausalEdge[];
}

/** All that stands in the end; revisions count how often something was said, which may differ. */
function outcome(story: Story): Outcome {
  return {
    incidents: story.standing
      .filter((incident) => story.engine.incidentOf(incident.symptomEventIds[0] ?? '')?.id === incident.id)
      .map((incident) => ({ ...incident, revision: 0 })),
    edges: [...story.edges.values()].sort((a, b) =>
      a.effectId + a.causeId + a.rule < b.effectId + b.causeId + b.rule ? -1 : 1,
    ),
  };
}

async function finish(story: Story): Promise<void> {
  await story.step([], { now: 4000, through: 3000 });
  await story.step([], { now: 4100, through: 3000 });
}

test('order, repetition, delay and split of steps change nothing in the end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { minLength: 1, maxLength: 9 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: -1000, max: 2000 }),
      async (happenings, random, steps, memoryFrom) => {
        const list = storyEvents(happenings);
        const straight = new Story();
        await straight.step(
          [...list].sort((a, b) => a.timestamp - b.timestamp),
          { now: 2000, through: 1000 },
        );
        await finish(straight);

        const pick = (): number => random.next().value as number;
        const twice = [...list, ...list.filter(() => pick() < 0.3)];
        const shuffled = twice.map((event) => ({ event, at: pick() })).sort((a, b) => a.at - b.at);
        const crooked = new Story({ completeFromUs: at(memoryFrom) });
        for (let n = 0; n < steps; n += 1) {
          const part = shuffled.filter((_, index) => index % steps === n).map(({ event }) => event);
          await crooked.step(part, {
            now: 2000 + n,
            ...(pick() < 0.5 && { through: Math.floor(pick() * 2000) }),
          });
        }
        await finish(crooked);
        expect(outcome(crooked)).toEqual(outcome(straight));
      },
    ),
    { numRuns: 150 },
  );
}, 120_000);

test('replayed from a kept position after a restart, the graph ends up the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { minLength: 2, maxLength: 9 }),
      fc.integer({ min: 0, max: 100 }),
      async (happenings, percent) => {
        const list = storyEvents(happenings).sort((a, b) => a.timestamp - b.timestamp);
        const straight = new Story();
        for (const event of list) await straight.step([event], { now: 2000, through: 0 });
        await finish(straight);

        const cut = Math.floor((list.length * percent) / 100);
        const before = new Story();
        await before.step(list.slice(0, cut), { now: 1000, through: 0 });
        const after = new Story({
          known: { incidents: [...before.incidents.values()], edges: [...before.edges.values()] },
        });
        for (const [key, edge] of before.edges) after.edges.set(key, edge);
        for (const [key, incident] of before.incidents) after.incidents.set(key, incident);
        await after.step(list, { now: 2000, through: 0 });
        await finish(after);
        expect(outcome(after)).toEqual(outcome(straight));
      },
    ),
    {
      numRuns: 100,
      examples: [
        // An incident taken over had counted a death that, asked again, has no known cause.
        [
          [
            { what: 'exit', t: 5, pod: 1 },
            { what: 'gap', t: 0, pod: 1 },
            { what: 'oom', t: 0, pod: 1 },
            { what: 'kill', t: 9, pod: 1 },
            { what: 'deleted', t: 0, pod: 2 },
          ],
          75,
        ],
      ],
    },
  );
}, 120_000);

test('an incident has the same id wherever it is worked out', async () => {
  const one = new Story();
  await one.step(events([...limitLowered(-31), ...oomDeath(0, 0)]), { now: 10, through: 10 });
  const other = new Story();
  await other.step(events([...limitLowered(-31), ...oomDeath(0, 0)]).reverse(), { now: 99, through: 90 });
  expect(one.only.id).toBe(other.only.id);
  expect(one.only.id).toMatch(/^INC-[0-9A-HJKMNP-TV-Z]{8}$/);
  expect(one.only.lastSeenUs).toBe(at(0));
});
