import type { Incident } from '@tapio/domain';
import { accessOf, type Access } from '../access.ts';
import { objectName } from '../frames/incidents.ts';
import type { IncidentsCall } from '../graph/reader.ts';
import type { DatasourceCall } from '../instance.ts';
import { visibleIncident } from '../visible.ts';
import type { IncidentSelection } from './model.ts';

export interface IncidentsWanted {
  readonly selection: IncidentSelection;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}

export interface IncidentsFound {
  readonly incidents: readonly Incident[];
  /** There may be more than `limit`. */
  readonly isCut: boolean;
}

/** What the graph cannot choose by is chosen here, from as many as the store reads at once. */
const MOST_READ = 1_000;

function matches(incident: Incident, selection: IncidentSelection): boolean {
  const { clusters, namespaces, kinds, states, verdicts, search } = selection;
  const { subject, pods } = incident;
  const isIn = <Value>(list: readonly Value[], value: Value): boolean =>
    list.length === 0 || list.includes(value);
  const inNamespaces =
    namespaces.length === 0 ||
    (subject.namespace !== undefined && namespaces.includes(subject.namespace)) ||
    (subject.namespace === undefined && pods.some(({ namespace }) => namespaces.includes(namespace)));
  const words = `${incident.id} ${incident.headline} ${objectName(subject)}`.toLowerCase();
  return (
    isIn(clusters, incident.cluster) &&
    inNamespaces &&
    isIn(kinds, incident.kind) &&
    isIn(states, incident.state) &&
    isIn(verdicts, incident.verdict.word) &&
    words.includes(search.toLowerCase())
  );
}

/** An open incident lasts until now; one that a later verdict put under another is told there. */
function isWithin(incident: Incident, fromUs: number, toUs: number): boolean {
  const endUs = incident.state === 'open' ? Number.POSITIVE_INFINITY : incident.lastSeenUs;
  return incident.supersededBy === undefined && endUs >= fromUs && incident.firstSeenUs <= toUs;
}

function narrowest(wanted: readonly string[], access: Access): readonly string[] | undefined {
  if (access.namespaces === undefined) return wanted.length === 0 ? undefined : wanted;
  if (wanted.length === 0) return access.namespaces;
  return wanted.filter((namespace) => access.namespaces?.includes(namespace));
}

/** Incidents that the caller may see, that were going on in the time range and are chosen, the newest first. */
export async function findIncidents(wanted: IncidentsWanted, call: DatasourceCall): Promise<IncidentsFound> {
  const { selection, limit } = wanted;
  const { instance, signal } = call;
  const access = accessOf(call, instance.config);
  const namespaces = narrowest(selection.namespaces, access);
  if (namespaces?.length === 0) return { incidents: [], isCut: false };
  const states = selection.states.length === 0 ? (['open', 'closed', 'muted'] as const) : selection.states;
  const fromUs = wanted.fromMs * 1000;
  const toUs = wanted.toMs * 1000;
  const [cluster] = selection.clusters;
  const ofCluster = selection.clusters.length === 1 && cluster !== undefined ? { cluster } : {};
  // An open incident may be quiet for longer than the range is long.
  const reads = [
    { states: states.filter((state) => state === 'open') },
    { states: states.filter((state) => state !== 'open'), sinceUs: fromUs },
  ].filter((read) => read.states.length > 0);
  const read = (over: Pick<IncidentsCall, 'namespaces'>): Promise<readonly Incident[]>[] =>
    reads.map((one) =>
      instance.reader.listIncidents({ ...ofCluster, ...one, ...over, limit: MOST_READ }, signal),
    );
  // The graph finds by the namespace of what misbehaves; what has none may still concern pods in the namespaces.
  const clusterWide = namespaces === undefined ? [] : await Promise.all(read({}));
  const found = await Promise.all(read(namespaces === undefined ? {} : { namespaces }));
  const wide = clusterWide.flat().filter(({ subject }) => subject.namespace === undefined);
  const incidents = [...found.flat(), ...wide]
    .flatMap((incident) => visibleIncident(incident, access) ?? [])
    .filter((incident) => isWithin(incident, fromUs, toUs) && matches(incident, selection))
    .sort((a, b) => b.lastSeenUs - a.lastSeenUs || (a.id < b.id ? -1 : 1));
  const isCut = incidents.length > limit || found.some((list) => list.length >= MOST_READ);
  return { incidents: incidents.slice(0, limit), isCut };
}
