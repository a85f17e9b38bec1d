import type { ObservationEvent } from '@tapio/domain';
import type { SnapshotParts } from '@tapio/kube';
import { seededRandom } from './statistics.ts';

/** What a cluster's evidence looks like on a bad day. */
export interface Perturbation {
  readonly id: string;
  readonly title: string;
  /** What is lost before anything is observed. */
  readonly lose?: (parts: SnapshotParts, seed: number) => SnapshotParts;
  /** @param decoys events of another, healthy or broken, cluster */
  readonly apply: (
    events: readonly ObservationEvent[],
    seed: number,
    decoys: readonly ObservationEvent[],
  ) => readonly ObservationEvent[];
}

const SECOND_US = 1_000_000;

function lost(fraction: number): Perturbation {
  return {
    id: `lost-${String(fraction * 100)}`,
    title: `${String(fraction * 100)} % of all observations lost`,
    apply: (events, seed) => {
      const random = seededRandom(seed);
      return events.filter(() => random() >= fraction);
    },
  };
}

/** What a real cluster loses: its Events are rate-limited, merged and kept an hour, logs are rotated away. */
function forgotten(fraction: number): Perturbation {
  return {
    id: `forgotten-${String(fraction * 100)}`,
    title: `${String(fraction * 100)} % of Events and log lines lost`,
    lose: (parts, seed) => {
      const random = seededRandom(seed);
      return {
        ...parts,
        objects: parts.objects.filter(({ kind }) => kind !== 'Event' || random() >= fraction),
        logs: parts.logs.map((log) => ({ ...log, lines: log.lines.filter(() => random() >= fraction) })),
      };
    },
    apply: (events) => events,
  };
}

function shuffled(events: readonly ObservationEvent[], seed: number): ObservationEvent[] {
  const random = seededRandom(seed);
  const list = [...events];
  for (let i = list.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [list[i], list[j]];
    if (a === undefined || b === undefined) continue;
    list[i] = b;
    list[j] = a;
  }
  return list;
}

/** Up to a minute late, as a slow watch or a merged Event makes them. */
function delayed(events: readonly ObservationEvent[], seed: number): ObservationEvent[] {
  const random = seededRandom(seed);
  return shuffled(events, seed).map((event) =>
    event.type === 'kube_event'
      ? { ...event, timestamp: event.timestamp + Math.floor(random() * 60 * SECOND_US) }
      : event,
  );
}

/** Each node’s clock is off by up to half a second either way: what windows are widened for. */
function skewed(events: readonly ObservationEvent[], seed: number): ObservationEvent[] {
  const random = seededRandom(seed);
  const offsets = new Map<string, number>();
  return events.map((event) => {
    const offset = offsets.get(event.node) ?? Math.floor((random() - 0.5) * SECOND_US);
    offsets.set(event.node, offset);
    return { ...event, timestamp: event.timestamp + offset };
  });
}

export const UNPERTURBED: Perturbation = { id: 'as-is', title: 'as it is', apply: (events) => events };

export const PERTURBATIONS: readonly Perturbation[] = [
  UNPERTURBED,
  forgotten(0.1),
  forgotten(0.3),
  forgotten(0.5),
  lost(0.1),
  lost(0.3),
  lost(0.5),
  { id: 'delayed', title: 'shuffled and delayed', apply: delayed },
  { id: 'skewed', title: 'clocks skewed', apply: skewed },
  {
    id: 'decoys',
    title: 'noise of other clusters added',
    apply: (events, _, decoys) => [...events, ...decoys],
  },
  {
    id: 'no-logs',
    title: 'logs withheld',
    apply: (events) => events.filter((event) => event.source !== 'log'),
  },
];
