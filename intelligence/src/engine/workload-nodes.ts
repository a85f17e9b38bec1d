import type { ObservationEvent } from '@tapio/domain';
import { fileValue } from './joins.ts';

const WORKLOADS = 20_000;
const NODES_PER_WORKLOAD = 32;

/** Nodes on which pods of a workload were seen: whose kubelet would have seen a change of it. */
export class WorkloadNodes {
  readonly #nodes = new Map<string, Set<string>>();

  note(event: ObservationEvent): void {
    if (event.workload === undefined) return;
    const workload = fileValue(event, 'workload');
    if (workload === undefined) return;
    let nodes = this.#nodes.get(workload);
    if (nodes === undefined) {
      if (this.#nodes.size >= WORKLOADS) {
        for (const oldest of this.#nodes.keys()) {
          this.#nodes.delete(oldest);
          break;
        }
      }
      nodes = new Set();
      this.#nodes.set(workload, nodes);
    }
    if (nodes.size < NODES_PER_WORKLOAD) nodes.add(event.node);
  }

  of(workload: string): Iterable<string> {
    return this.#nodes.get(workload) ?? [];
  }
}
