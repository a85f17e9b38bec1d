import { INCIDENT_LIMITS, type CausalEdge, type Incident, type ObservationEvent } from '@tapio/domain';
import { containerDied, hostOomKill, oomKill } from '@tapio/domain/testing';
import { describe, expect, test } from 'vitest';
import type { IncidentGraph } from '../graph/reader.ts';
import { anIncident, columnsOf, DIED_US } from '../testing/fixtures.ts';
import { incidentNodeGraph } from './incident-graph.ts';

const CHANGED_US = DIED_US - 60_000_000;
const SECOND_US = 1_000_000;

const change: ObservationEvent = {
  ...containerDied({ id: 'change', timestamp: CHANGED_US, type: 'pod_spec_changed' }),
  data: { words: 'limits.memory 256Mi -> 32Mi', field: 'limits.memory', category: 'resources' },
};

function cause(causeId: string, effectId: string, over: Partial<CausalEdge> = {}): CausalEdge {
  return { causeId, effectId, rule: 'oom-at-limit', mechanism: 'it was killed', score: 0.98, ...over };
}

/** The n-th death, each a second after its kill's second began, with the exit the kernel saw. */
function death(n: number): readonly [kill: ObservationEvent, exit: ObservationEvent, died: ObservationEvent] {
  const timestamp = CHANGED_US + n * SECOND_US;
  const containerId = String(n).repeat(64).slice(0, 64);
  return [
    oomKill({ id: `kill-${n}`, timestamp: timestamp + 200_000, containerId }),
    {
      ...oomKill({ id: `exit-${n}`, timestamp: timestamp + 210_000, containerId, type: 'process_exit' }),
      data: { comm: 'java', signal: '9', exit_code: '0', oom_killed: 'true' },
    },
    containerDied({ id: `died-${n}`, timestamp, containerId }),
  ];
}

function loop(count: number): { incident: Incident; graph: IncidentGraph } {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const symptoms = numbers.map((n) => `died-${n}`).reverse();
  const newest = `died-${count}`;
  const step = { timeUs: DIED_US, resolutionUs: 0, text: 'as told', seenBy: 'kernel' };
  return {
    incident: anIncident({
      chain: [
        { ...step, role: 'change', eventId: 'change' },
        { ...step, role: 'cause', eventId: `kill-${count}` },
        { ...step, role: 'effect', eventId: newest },
      ],
      rootCauseEventId: 'change',
      symptomEventIds: symptoms,
      count,
    }),
    graph: {
      events: [...numbers.flatMap(death).reverse(), change],
      entities: [
        {
          key: 'test/Pod/pod-1',
          label: 'Pod',
          cluster: 'test',
          namespace: 'shop',
          name: 'checkout-1',
          firstSeenUs: DIED_US,
        },
      ],
      causes: numbers.flatMap((n) => [
        cause('change', `kill-${n}`),
        cause(`kill-${n}`, `died-${n}`),
        cause('change', `died-${n}`),
      ]),
      observedOn: numbers.flatMap((n) =>
        ['kill', 'died'].map((what) => ({ eventId: `${what}-${n}`, entityKey: 'test/Pod/pod-1' })),
      ),
    },
  };
}

interface Drawn {
  readonly nodes: Record<string, unknown[]>;
  readonly edges: Record<string, unknown[]>;
  /** `from -> to`, by title and subtitle of the nodes. */
  readonly arrows: readonly string[];
  readonly evidenceLeftOut: number;
}

function draw(incident: Incident, graph: IncidentGraph, showEntities = false): Drawn {
  const { frames, evidenceLeftOut } = incidentNodeGraph(incident, graph, { showEntities });
  const [nodes, edges] = frames.map(columnsOf);
  if (nodes === undefined || edges === undefined) throw new Error('a frame is missing');
  const titleOf = (id: unknown): unknown => nodes['title']?.[nodes['id']?.indexOf(id) ?? -1];
  const targets = edges['target'] ?? [];
  const arrows = (edges['source'] ?? []).map(
    (id, index) => `${String(titleOf(id))} -> ${String(titleOf(targets[index]))}`,
  );
  return { nodes, edges, arrows, evidenceLeftOut };
}

describe('the node graph of a crash loop', () => {
  test('tells the newest death wholly and earlier ones as one node with their count and times', () => {
    const { incident, graph } = loop(6);
    const { nodes, arrows } = draw(incident, graph);
    expect(nodes['title']).toEqual([
      'pod spec changed',
      'container died',
      'OOM kill',
      '5 earlier deaths',
      'process exit',
    ]);
    expect(nodes['subtitle']).toEqual([
      'limits.memory 256Mi→32Mi',
      'report, exit 137',
      'java, 32 MiB of 32 MiB',
      'same cause, to +5 s',
      'java, SIGKILL',
    ]);
    expect(nodes['mainstat']?.[3]).toBe('from +1 s');
    expect(arrows).toEqual([
      'pod spec changed -> OOM kill',
      'OOM kill -> container died',
      'pod spec changed -> 5 earlier deaths',
      'process exit -> container died',
    ]);
    expect(nodes['detail__first']?.[3]).toBe(new Date((CHANGED_US + SECOND_US) / 1000).toISOString());
    expect(nodes['detail__last']?.[3]).toBe(new Date((CHANGED_US + 5 * SECOND_US) / 1000).toISOString());
    for (const role of ['change', 'cause', 'effect', 'earlier', 'evidence'])
      expect(nodes[`arc__${role}`]?.filter((part) => part === 1)).toHaveLength(1);
  });

  test('calls deaths after the one that the chain tells of the others, not earlier', () => {
    const { incident, graph } = loop(2);
    const chain = incident.chain.map((step) => ({ ...step, eventId: step.eventId.replace('-2', '-1') }));
    const { nodes } = draw({ ...incident, chain }, graph);
    expect(nodes['title']).toContain('1 other death');
    expect(nodes['arc__other']?.filter((part) => part === 1)).toHaveLength(1);
    expect(nodes['title']).not.toContain('1 earlier death');
  });

  test('stays readable however long it goes on, and counts deaths that the incident no longer names', () => {
    const { incident, graph } = loop(90);
    const { nodes } = draw({ ...incident, count: 1_500, firstSeenUs: CHANGED_US + 100_000 }, graph);
    expect(nodes['id']).toHaveLength(5);
    expect(nodes['title']?.[3]).toBe('1,499 earlier deaths');
    expect(nodes['subtitle']?.[3]).toBe('same cause, to +1 min 29 s');
    expect(nodes['mainstat']?.[3]).toBe('from +100 ms');
  });

  test('claims nothing of deaths whose evidence no longer fits into the incident', () => {
    const { incident, graph } = loop(80);
    const isOld = (id: string): boolean => /-(\d|1\d)$/.test(id);
    const full = {
      ...incident,
      firstSeenUs: CHANGED_US + SECOND_US,
      evidenceEventIds: Array.from({ length: INCIDENT_LIMITS.evidence }, (_, index) => `e-${index}`),
    };
    const cut = {
      ...graph,
      events: graph.events.filter(({ id }) => !isOld(id) || id.startsWith('died')),
      causes: graph.causes.filter(({ effectId }) => !isOld(effectId)),
    };
    const { nodes } = draw(full, cut);
    expect(nodes['title']?.slice(3)).toEqual(['79 earlier deaths', 'process exit']);
    expect(nodes['subtitle']?.[3]).toBe('same cause, to +1 min 19 s');
    expect(nodes['mainstat']?.[3]).toBe('from +1 s');
  });

  test('reads from left to right, around the middle of the panel', () => {
    const { incident, graph } = loop(3);
    const { nodes } = draw(incident, graph);
    const [changed, died, killed, earlier, exit] = (nodes['fixedx'] ?? []) as number[];
    expect(changed).toBeLessThan(killed ?? 0);
    expect(killed).toBeLessThan(died ?? 0);
    expect(earlier).toBe(killed);
    expect(died).toBeLessThan(exit ?? 0);
    expect((changed ?? 0) + (exit ?? 0)).toBeCloseTo(0);
    const [changedY, , , earlierY] = (nodes['fixedy'] ?? []) as number[];
    expect(changedY).toBeLessThan(earlierY ?? 0);
  });

  test('says when, seen from the change, and names what the legend lists', () => {
    const { incident, graph } = loop(1);
    const { frames } = incidentNodeGraph(incident, graph);
    expect(columnsOf(frames[0])['mainstat']).toEqual(['0 s', '+1.2 s', '+1.2 s', '+1.2 s']);
    const shown = new Map(frames[0].fields.map(({ name, config }) => [name, config?.displayName]));
    expect([shown.get('mainstat'), shown.get('secondarystat')]).toEqual(['time after the change', 'seen by']);
    expect(columnsOf(frames[1])['detail__lag']).toEqual(['1.2 s', 'less than 1 s', null]);
  });

  test('gives edges ids that can be part of an SVG address', () => {
    const { incident, graph } = loop(2);
    const { edges } = draw(incident, graph);
    for (const id of edges['id'] ?? []) expect(id).toMatch(/^[\w.:-]+$/);
    expect(new Set(edges['id']).size).toBe(edges['id']?.length);
  });

  test('draws the objects of the newest death only where they are asked for', () => {
    const { incident, graph } = loop(4);
    expect(draw(incident, graph).nodes['title']).not.toContain('checkout-1');
    const { nodes, arrows } = draw(incident, graph, true);
    expect(nodes['title']?.at(-1)).toBe('checkout-1');
    expect(arrows.filter((arrow) => arrow.endsWith('-> checkout-1'))).toEqual([
      'OOM kill -> checkout-1',
      'container died -> checkout-1',
    ]);
  });

  test('keeps earlier deaths apart whose cause was not seen, or is another', () => {
    const { incident, graph } = loop(4);
    const causes = graph.causes.filter(({ effectId }) => !['died-1', 'died-2', 'kill-2'].includes(effectId));
    const { nodes, arrows } = draw(incident, {
      ...graph,
      causes: [...causes, cause('kill-2', 'died-2', { rule: 'node-out-of-memory' })],
    });
    expect(nodes['title']?.slice(3, 6)).toEqual(['1 earlier death', '1 earlier death', '1 earlier death']);
    expect(nodes['subtitle']?.slice(3, 6)).toEqual(['no cause seen', 'another cause', 'same cause']);
    expect(nodes['mainstat']?.slice(3, 6)).toEqual(['+1 s', '+2 s', '+3 s']);
    expect(arrows).toContain('1 earlier death -> container died');
  });

  test('leaves out evidence beyond a dozen nodes, the oldest first, and counts it', () => {
    const { incident, graph } = loop(1);
    const more = Array.from({ length: 20 }, (_, index): ObservationEvent => ({
      ...hostOomKill(),
      id: `host-${index}`,
      timestamp: DIED_US + index,
    }));
    const { nodes, evidenceLeftOut } = draw(incident, { ...graph, events: [...graph.events, ...more] });
    expect(nodes['id']).toHaveLength(12);
    expect(nodes['id']).toContain('host-19');
    expect(nodes['id']).not.toContain('host-0');
    expect(evidenceLeftOut).toBe(12);
  });

  test('of nothing but unexplained deaths shows the newest, and that there were others', () => {
    const { incident, graph } = loop(3);
    const died = graph.events.filter(({ type }) => type === 'container_died');
    const chain = incident.chain.filter(({ role }) => role === 'effect');
    const { nodes, arrows } = draw({ ...incident, chain }, { ...graph, events: died });
    expect(nodes['title']).toEqual(['container died', '2 earlier deaths']);
    expect(nodes['subtitle']?.[1]).toMatch(/^no cause seen/);
    expect(arrows).toEqual(['2 earlier deaths -> container died']);
  });

  test('endures causes that go in a circle', () => {
    const { incident, graph } = loop(1);
    const circle = [...graph.causes, cause('died-1', 'kill-1'), cause('died-1', 'died-1')];
    const { nodes } = draw(incident, { ...graph, causes: circle });
    expect(nodes['id']).toHaveLength(4);
    expect(nodes['fixedx']?.every(Number.isFinite)).toBe(true);
  });

  test('falls back on the newest symptom that may be seen where the chain’s may not', () => {
    const { incident, graph } = loop(3);
    const visible = graph.events.filter(({ id }) => !id.endsWith('-3'));
    const { nodes } = draw(incident, { ...graph, events: visible });
    expect(nodes['title']).toEqual([
      'pod spec changed',
      'container died',
      'OOM kill',
      '1 earlier death',
      'process exit',
    ]);
    expect(nodes['id']?.[1]).toBe('died-2');
  });
});
