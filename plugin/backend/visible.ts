import type { Incident, ObservationEvent } from '@tapio/domain';
import { mayRead, type Access } from './access.ts';

/**
 * The incident as a caller may see it; undefined when it is about nothing in their namespaces. What misbehaves
 * decides: an incident of a cluster-wide object (a node) is seen by those with a pod among its symptoms. Names of
 * objects in other namespaces are left out.
 */
export function visibleIncident(incident: Incident, access: Access): Incident | undefined {
  if (access.namespaces === undefined) return incident;
  const { subject, pods } = incident;
  const visiblePods = pods.filter(({ namespace }) => mayRead(access, namespace));
  const isVisible =
    subject.namespace === undefined ? visiblePods.length > 0 : mayRead(access, subject.namespace);
  if (!isVisible) return undefined;
  const touched = incident.touched.filter((line) => mayRead(access, line.split('/')[0]));
  return { ...incident, pods: visiblePods, touched };
}

/** Events without a namespace are those of a node, which every pod on it shares. */
export function visibleEvents(
  events: readonly ObservationEvent[],
  access: Access,
): readonly ObservationEvent[] {
  return events.filter(({ namespace }) => namespace === undefined || mayRead(access, namespace));
}
