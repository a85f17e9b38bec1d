import type { CausalEdge, CausalEdgeKey, Decision, Incident } from '@tapio/domain';

export const NO_DECISION: Decision = { edgesAdded: [], edgesWithdrawn: [], incidents: [] };

export function isEmpty(decision: Decision): boolean {
  return decision.edgesAdded.length + decision.edgesWithdrawn.length + decision.incidents.length === 0;
}

function edgeKey(edge: CausalEdgeKey): string {
  return `${edge.effectId}\n${edge.causeId}\n${edge.rule}`;
}

/**
 * One decision with the effect of several in a row: the last word on each edge and incident. What was decided on
 * the way through a replay was the past's opinion and is not for readers.
 */
export function mergeDecisions(decisions: readonly Decision[]): Decision {
  const added = new Map<string, CausalEdge>();
  const withdrawn = new Map<string, CausalEdgeKey>();
  const incidents = new Map<string, Incident>();
  for (const decision of decisions) {
    for (const edge of decision.edgesWithdrawn) {
      added.delete(edgeKey(edge));
      withdrawn.set(edgeKey(edge), edge);
    }
    for (const edge of decision.edgesAdded) {
      withdrawn.delete(edgeKey(edge));
      added.set(edgeKey(edge), edge);
    }
    for (const incident of decision.incidents) incidents.set(incident.id, incident);
  }
  return {
    edgesAdded: [...added.values()],
    edgesWithdrawn: [...withdrawn.values()],
    incidents: [...incidents.values()],
  };
}
