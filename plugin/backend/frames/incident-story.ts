import { INCIDENT_LIMITS, type CausalEdge, type Incident, type ObservationEvent } from '@tapio/domain';
import type { IncidentGraph } from '../graph/reader.ts';
import { CausePaths } from './cause-paths.ts';

/** How earlier symptoms came about, compared with the newest. */
export type Relation = 'same cause' | 'no cause seen' | 'another cause';

/** Earlier symptoms that came about alike. */
export interface Repeats {
  readonly relation: Relation;
  /** In the order of time; at least one. */
  readonly symptoms: readonly ObservationEvent[];
  /** Symptoms in all, with those that the incident counts but tells no more of. */
  readonly count: number;
  readonly firstUs: number;
  readonly lastUs: number;
  /** What leads from the newest symptom's story to the newest of them. */
  readonly causes: readonly CausalEdge[];
}

/** What an incident's graph tells: how the newest symptom came about, and how often that had happened before. */
export interface Story {
  /** The newest symptom and all that led to it, in the order of time. */
  readonly events: readonly ObservationEvent[];
  readonly causes: readonly CausalEdge[];
  /** Undefined where the graph holds none that the caller may see. */
  readonly newest: ObservationEvent | undefined;
  /** Events that belong to the story but cause nothing in it, the newest first. */
  readonly evidence: readonly ObservationEvent[];
  readonly repeats: readonly Repeats[];
}

type EventsById = ReadonlyMap<string, ObservationEvent>;

function newestSymptom(incident: Incident, byId: EventsById): ObservationEvent | undefined {
  const told = incident.chain.findLast(({ role }) => role === 'effect');
  const symptoms = incident.symptomEventIds.flatMap((id) => byId.get(id) ?? []);
  return (
    (told === undefined ? undefined : byId.get(told.eventId)) ??
    symptoms.sort((a, b) => b.timestamp - a.timestamp)[0]
  );
}

function toldEvents(incident: Incident, byId: EventsById, paths: CausePaths): ReadonlySet<string> {
  const newest = newestSymptom(incident, byId);
  const chain = incident.chain.map(({ eventId }) => eventId).filter((id) => byId.has(id));
  return new Set([...chain, ...(newest === undefined ? [] : [newest.id, ...paths.ancestors(newest.id)])]);
}

function relationOf(symptomId: string, told: ReadonlySet<string>, paths: CausePaths): Relation {
  const ancestors = paths.ancestors(symptomId);
  if (ancestors.size === 0) return 'no cause seen';
  const isShared = [...ancestors].some((id) => told.has(id));
  return isShared || paths.rules([symptomId, ...ancestors]) === paths.rules(told)
    ? 'same cause'
    : 'another cause';
}

function leadingTo(symptomId: string, told: ReadonlySet<string>, paths: CausePaths): readonly CausalEdge[] {
  return [symptomId, ...paths.ancestors(symptomId)]
    .filter((id) => !told.has(id))
    .flatMap((id) => paths.of(id).filter(({ causeId }) => told.has(causeId)));
}

/**
 * An incident names its newest evidence only: once that list is full, what led to the oldest symptoms is no longer
 * there to be seen, and says nothing about them.
 */
function withKnownCauses(
  { evidenceEventIds }: Incident,
  earlier: readonly ObservationEvent[],
  paths: CausePaths,
): readonly ObservationEvent[] {
  if (evidenceEventIds.length < INCIDENT_LIMITS.evidence) return earlier;
  const known = earlier.filter(({ id }) => paths.ancestors(id).size > 0);
  return known.length === 0 ? earlier : known;
}

function repeatsOf(
  incident: Incident,
  earlier: readonly ObservationEvent[],
  told: ReadonlySet<string>,
  paths: CausePaths,
): readonly Repeats[] {
  const known = withKnownCauses(incident, earlier, paths);
  const groups = Map.groupBy(known, ({ id }) => relationOf(id, told, paths));
  const unknown =
    Math.max(0, incident.count - incident.symptomEventIds.length) + earlier.length - known.length;
  // The unknown may be of any group: they are counted where there is only one.
  const isOnly = groups.size === 1 && unknown > 0;
  return [...groups].map(([relation, symptoms]) => {
    const times = symptoms.map(({ timestamp }) => timestamp);
    return {
      relation,
      symptoms,
      count: symptoms.length + (isOnly ? unknown : 0),
      firstUs: Math.min(...times, ...(isOnly ? [incident.firstSeenUs] : [])),
      lastUs: Math.max(...times),
      causes: symptoms.slice(-1).flatMap(({ id }) => leadingTo(id, told, paths)),
    };
  });
}

/** Events of an earlier symptom's container, or among its causes, belong to that one. */
function evidenceOf(
  events: readonly ObservationEvent[],
  earlier: readonly ObservationEvent[],
  told: ReadonlySet<string>,
  paths: CausePaths,
): readonly ObservationEvent[] {
  const folded = new Set(earlier.flatMap(({ id }) => [id, ...paths.ancestors(id)]));
  const containersOf = (ids: ReadonlySet<string>): ReadonlySet<string | undefined> =>
    new Set(events.filter(({ id }) => ids.has(id)).map(({ containerId }) => containerId));
  const containersTold = containersOf(told);
  const containersFolded = containersOf(folded);
  return events
    .filter(({ id, containerId }) => {
      if (told.has(id) || folded.has(id)) return false;
      return (
        containerId === undefined || containersTold.has(containerId) || !containersFolded.has(containerId)
      );
    })
    .reverse();
}

/** The story of what the caller may see of an incident. */
export function storyOf(incident: Incident, graph: IncidentGraph): Story {
  const events = [...graph.events].sort((a, b) => a.timestamp - b.timestamp || (a.id < b.id ? -1 : 1));
  const byId = new Map(events.map((event) => [event.id, event]));
  const paths = new CausePaths(
    graph.causes.filter(({ causeId, effectId }) => byId.has(causeId) && byId.has(effectId)),
  );
  const told = toldEvents(incident, byId, paths);
  const symptoms = new Set(incident.symptomEventIds);
  const earlier = events.filter(({ id }) => symptoms.has(id) && !told.has(id));
  return {
    events: events.filter(({ id }) => told.has(id)),
    causes: paths.among(told),
    newest: newestSymptom(incident, byId),
    evidence: evidenceOf(events, earlier, told, paths),
    repeats: repeatsOf(incident, earlier, told, paths),
  };
}
