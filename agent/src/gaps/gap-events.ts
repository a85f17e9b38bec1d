import type { GapReason, Lane, ObservationEvent, Source } from '@tapio/domain';

export interface Gap {
  readonly reason: GapReason;
  readonly sources: readonly Source[];
  readonly lanes: readonly Lane[];
  readonly startUs: number;
  readonly endUs: number;
  readonly lost?: number;
  readonly containers?: readonly string[];
  readonly detail?: string;
}

export interface GapOrigin {
  readonly cluster: string;
  readonly node: string;
  readonly incarnation: string;
}

/**
 * A gap as an event. It is of the time of its end: then it was known. `number` counts within the incarnation
 * and is stored with the event, so that the id is used once.
 */
export function gapEvent(origin: GapOrigin, number: number, gap: Gap): ObservationEvent {
  const { cluster, node, incarnation } = origin;
  const startUs = Math.min(gap.startUs, gap.endUs);
  return {
    id: `${[cluster, node, incarnation].map(idPart).join('/')}/gap/${number}`,
    timestamp: gap.endUs,
    source: 'tapio',
    type: 'capture_gap',
    cluster,
    node,
    data: {
      reason: gap.reason,
      sources: gap.sources.join(','),
      lanes: gap.lanes.join(','),
      start_us: String(startUs),
      end_us: String(gap.endUs),
      ...(gap.lost === undefined ? {} : { lost: String(gap.lost) }),
      ...(gap.containers === undefined ? {} : { containers: gap.containers.slice(0, 60).join(',') }),
      ...(gap.detail === undefined ? {} : { detail: gap.detail }),
    },
  };
}

export function idPart(name: string): string {
  return name.replaceAll('%', '%25').replaceAll('/', '%2F');
}
