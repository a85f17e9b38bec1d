import type { CompleteThrough, ObservationEvent, Source } from '@tapio/domain';
import { isSource } from '@tapio/domain';
import { isoTime } from '../rules/templates.ts';

/** Gaps and starts that one node keeps; older ones are asked of the fact store with the window they belong to. */
const KEPT_PER_NODE = 512;
const NODES_KEPT = 10_000;

/** Which collector an event type comes from, where a source has several (`--collectors` of the agent). */
const COLLECTOR_OF: Readonly<Record<string, string>> = {
  process_exec: 'process',
  process_exit: 'process',
  oom_kill: 'memory',
};
const COLLECTOR_OF_SOURCE: Partial<Record<Source, string>> = { kubelet: 'pods' };

/** What would have to have been seen. */
export interface CaptureQuery {
  readonly node: string;
  readonly source: Source;
  readonly type: string;
  readonly fromUs: number;
  readonly toUs: number;
  readonly containerId?: string;
}

/**
 * Whether absence says anything. `pending`: the node has not reported up to the end of the window so far.
 * `broken`: something may have been missed, and why.
 */
export type Coverage =
  | { readonly state: 'complete' }
  | { readonly state: 'pending'; readonly node: string; readonly source: Source; readonly untilUs: number }
  | { readonly state: 'broken'; readonly reason: string }
  /** Nobody captures the source in this cluster: absence says nothing, and nothing is waited for. */
  | { readonly state: 'unwatched' };

/** Sources that a cluster may do without; that a node's own are missing is worth saying. */
const MAY_BE_UNWATCHED: ReadonlySet<Source> = new Set(['kubeapi', 'log']);

const COMPLETE: Coverage = { state: 'complete' };

interface NodeCapture {
  through: Partial<Record<Source, number>>;
  readonly gaps: Map<string, ObservationEvent>;
  readonly starts: Map<string, ObservationEvent>;
}

/** What each node has captured, up to when, and where it may have missed something. */
export class CaptureState {
  readonly #nodes = new Map<string, NodeCapture>();
  /** Sources that any node has reported. */
  readonly #watched = new Set<Source>();

  #node(name: string): NodeCapture {
    let node = this.#nodes.get(name);
    if (node === undefined) {
      if (this.#nodes.size >= NODES_KEPT) {
        for (const oldest of this.#nodes.keys()) {
          this.#nodes.delete(oldest);
          break;
        }
      }
      node = { through: {}, gaps: new Map(), starts: new Map() };
      this.#nodes.set(name, node);
    }
    return node;
  }

  /** Takes a batch header's marks; they only ever move on. */
  advance(node: string, completeThrough: CompleteThrough): void {
    const { through } = this.#node(node);
    for (const [source, us] of Object.entries(completeThrough)) {
      if (!isSource(source)) continue;
      through[source] = Math.max(through[source] ?? 0, us);
      this.#watched.add(source);
    }
  }

  /** Takes a `capture_gap` or `capture_started`; false for any other event. */
  note(event: ObservationEvent): boolean {
    if (event.type !== 'capture_gap' && event.type !== 'capture_started') return false;
    const node = this.#node(event.node);
    const kept = event.type === 'capture_gap' ? node.gaps : node.starts;
    kept.set(event.id, event);
    if (kept.size > KEPT_PER_NODE) {
      for (const oldest of kept.keys()) {
        kept.delete(oldest);
        break;
      }
    }
    return true;
  }

  through(node: string, source: Source): number | undefined {
    return this.#nodes.get(node)?.through[source];
  }

  /** @param older gaps and starts from the fact store, for windows that reach beyond what is kept here */
  coverage(query: CaptureQuery, older: readonly ObservationEvent[] = []): Coverage {
    if (MAY_BE_UNWATCHED.has(query.source) && !this.#watched.has(query.source)) return { state: 'unwatched' };
    const node = this.#nodes.get(query.node);
    const gaps = [...(node?.gaps.values() ?? []), ...older.filter((e) => e.type === 'capture_gap')];
    const gap = gaps.filter((event) => concerns(event, query)).sort((a, b) => gapStart(a) - gapStart(b))[0];
    if (gap !== undefined) return { state: 'broken', reason: gapWords(gap, query.source) };
    const starts = [...(node?.starts.values() ?? []), ...older.filter((e) => e.type === 'capture_started')];
    const broken = startFault(starts, query);
    if (broken !== undefined) return { state: 'broken', reason: broken };
    const through = node?.through[query.source];
    if (through === undefined || through < query.toUs) {
      return { state: 'pending', node: query.node, source: query.source, untilUs: query.toUs };
    }
    return COMPLETE;
  }

  /** Why a node that was waited for in vain leaves a hole. */
  lateWords(node: string, source: Source): string {
    const through = this.through(node, source);
    return through === undefined
      ? `node ${node} reports no ${source} events`
      : `node ${node} has reported ${source} events only up to ${isoTime(through)}`;
  }
}

function gapStart(gap: ObservationEvent): number {
  return Number(gap.data['start_us'] ?? gap.timestamp);
}

function concerns(gap: ObservationEvent, query: CaptureQuery): boolean {
  const { sources = '', lanes = 'signal', end_us: end, containers } = gap.data;
  if (!sources.split(',').includes(query.source)) return false;
  if (!lanes.split(',').includes('signal')) return false;
  if (gapStart(gap) > query.toUs || Number(end ?? gap.timestamp) < query.fromUs) return false;
  if (containers === undefined || query.containerId === undefined) return true;
  return containers.split(',').includes(query.containerId);
}

function gapWords(gap: ObservationEvent, source: Source): string {
  const { reason = 'unknown', end_us: end, lost } = gap.data;
  const amount = lost === undefined ? 'an unknown number' : lost;
  const from = isoTime(gapStart(gap));
  const to = isoTime(Number(end ?? gap.timestamp));
  return `${source} events of node ${gap.node} may be missing from ${from} to ${to}: ${reason.replaceAll('_', ' ')}, ${amount} lost`;
}

/** A capture that began inside the window saw nothing before; one without the collector sees nothing of it at all. */
function startFault(starts: readonly ObservationEvent[], query: CaptureQuery): string | undefined {
  const before = [...starts]
    .sort((a, b) => a.timestamp - b.timestamp)
    .filter((s) => s.timestamp <= query.toUs);
  const began = before.findLast((s) => s.timestamp > query.fromUs && s.data['resumed'] !== 'true');
  if (began !== undefined) {
    return `capture on node ${began.node} began only at ${isoTime(began.timestamp)}`;
  }
  const collector = COLLECTOR_OF[query.type] ?? COLLECTOR_OF_SOURCE[query.source];
  const current = before.at(-1);
  if (collector === undefined || current === undefined) return undefined;
  if ((current.data['collectors'] ?? '').split(',').includes(collector)) return undefined;
  return `the ${collector} collector of node ${current.node} does not run`;
}
