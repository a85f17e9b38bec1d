import type { ObservationEvent } from '@tapio/domain';
import { NO_NODE } from '@tapio/domain';
import type { Lookup } from '../rules/rule-set.ts';
import type { CaptureState, Coverage } from './capture.ts';
import { HeldEvent } from './event-memory.ts';
import type { EventMemory } from './event-memory.ts';
import type { FactCache } from './fact-cache.ts';
import { CAPTURE_TYPES } from './fact-cache.ts';
import { fileValue, resolutionUs, sidesOf } from './joins.ts';

/** Gaps are reported after they end: looked for this long beyond the window. */
const GAP_REPORT_DELAY_US = 3_600_000_000;

export interface Found {
  /** In the window, in order of time. */
  readonly held: readonly HeldEvent[];
  readonly coverage: Coverage;
}

/** Joins whose two events may carry the clocks of two nodes. */
const ACROSS_NODES: ReadonlySet<string> = new Set([
  'workload',
  'node',
  'object',
  'refers',
  'referred',
  'namespace',
  'cluster',
]);

/** Windows that reach further ahead are for states that last (`within: always`). */
const LASTING_US = 86_400_000_000;

const NOTHING: Found = {
  held: [],
  coverage: { state: 'broken', reason: 'the event does not say what it belongs to' },
};

export interface FinderOptions {
  readonly memory: EventMemory;
  readonly capture: CaptureState;
  readonly facts: FactCache;
  readonly clockErrorUs: number;
  /** Memory holds every event from this time on; older ones are asked of the fact store. */
  readonly wholeFromUs: number;
  /** Other nodes on which pods of a workload run. */
  readonly nodesOf: (workload: string) => Iterable<string>;
}

/** Finds events for rules, in memory and beyond it in the fact store. */
export class Finder {
  readonly #options: FinderOptions;

  constructor(options: FinderOptions) {
    this.#options = options;
  }

  /** Events for the lookup around its anchor, and whether there can have been others. */
  async find(lookup: Lookup, anchor: ObservationEvent): Promise<Found> {
    const { memory, clockErrorUs, wholeFromUs } = this.#options;
    const sides = sidesOf(lookup.join);
    const value = fileValue(anchor, sides.anchor);
    if (value === undefined) return NOTHING;
    const slackUs = ACROSS_NODES.has(lookup.join) ? clockErrorUs : 0;
    const fromUs = anchor.timestamp - lookup.beforeUs - slackUs;
    const toUs = anchor.timestamp + resolutionUs(anchor) + lookup.afterUs + slackUs;
    const { held, lostThroughUs } = memory.find(lookup.type, sides.candidate, value);
    const found = new Map<string, HeldEvent>();
    for (const item of held) if (isWithin(item.event, fromUs, toUs)) found.set(item.event.id, item);
    const wholeUs = Math.max(wholeFromUs, lostThroughUs + 1);
    let older: readonly ObservationEvent[] = [];
    if (fromUs < wholeUs) {
      const { facts } = this.#options;
      const events = await facts.events({ types: [lookup.type], join: lookup.join, anchor, fromUs, toUs });
      for (const event of events) {
        if (found.has(event.id) || !isWithin(event, fromUs, toUs)) continue;
        if (fileValue(event, sides.candidate) === value) {
          found.set(event.id, memory.get(event.id) ?? new HeldEvent(event));
        }
      }
      older = await facts.events({
        types: CAPTURE_TYPES,
        join: 'node',
        anchor,
        fromUs,
        toUs: toUs + GAP_REPORT_DELAY_US,
      });
    }
    const sorted = [...found.values()].sort(
      (a, b) => a.event.timestamp - b.event.timestamp || (a.event.id < b.event.id ? -1 : 1),
    );
    return { held: sorted, coverage: this.#coverage({ lookup, anchor, fromUs, toUs, older }) };
  }

  #coverage(window: {
    readonly lookup: Lookup;
    readonly anchor: ObservationEvent;
    readonly fromUs: number;
    readonly toUs: number;
    readonly older: readonly ObservationEvent[];
  }): Coverage {
    const { lookup, anchor, fromUs, older } = window;
    // Nobody waits a month for a state that may come: a later one asks the question again.
    const toUs = lookup.afterUs >= LASTING_US ? anchor.timestamp : window.toUs;
    const nodes = new Set([lookup.source === 'kubeapi' ? NO_NODE : anchor.node]);
    if (lookup.join === 'workload') {
      for (const node of this.#options.nodesOf(fileValue(anchor, 'workload') ?? '')) nodes.add(node);
    }
    const narrow = lookup.join === 'container' || lookup.join === 'process';
    let pending: Coverage | undefined;
    for (const node of nodes) {
      const coverage = this.#options.capture.coverage(
        {
          node,
          source: lookup.source,
          type: lookup.type,
          fromUs,
          toUs,
          ...(narrow && anchor.containerId !== undefined && { containerId: anchor.containerId }),
        },
        node === anchor.node ? older : [],
      );
      if (coverage.state === 'broken' || coverage.state === 'unwatched') return coverage;
      if (coverage.state === 'pending') pending ??= coverage;
    }
    return pending ?? { state: 'complete' };
  }
}

/** True when the event may have happened in the window, given how exactly its time is known. */
function isWithin(event: ObservationEvent, fromUs: number, toUs: number): boolean {
  return event.timestamp <= toUs && event.timestamp + resolutionUs(event) >= fromUs;
}
