import {
  formatDuration,
  type CausalEdge,
  type ChainStep,
  type Incident,
  type ObservationEvent,
} from '@tapio/domain';
import { nodeGraph, type Frame, type GraphEdge, type GraphNode } from '../sdk/index.ts';
import type { IncidentGraph } from '../graph/reader.ts';
import { GraphPlaces } from './graph-places.ts';
import { entityNode, eventNode, repeatsId, repeatsNode } from './incident-nodes.ts';
import { storyOf, type Story } from './incident-story.ts';
import { EDGE_COLORS, ROLE_COLORS } from './style.ts';

/** More than a dozen circles are looked at, not read. What is left out is in the timeline. */
const MOST_EVENT_NODES = 12;
const DASHES = '4 4';

/** A kubelet's times are whole seconds: an effect may seem to come before its cause. */
function lagWords(us: number): string {
  return us < 0 ? 'less than 1 s' : formatDuration(us);
}

/** The panel makes the SVG address of an arrow head from it, which few signs survive. */
function edgeId(...parts: readonly string[]): string {
  return parts.join('>').replaceAll(/[^\w:-]/g, (sign) => `.${(sign.codePointAt(0) ?? 0).toString(16)}`);
}

function causeEdge(
  { causeId, effectId, rule, mechanism, score }: CausalEdge,
  target: string,
  timeUs: ReadonlyMap<string, number>,
): GraphEdge {
  const from = timeUs.get(causeId);
  const to = timeUs.get(effectId);
  const lag = from === undefined || to === undefined ? {} : { lag: lagWords(to - from) };
  return {
    id: edgeId(causeId, target, rule),
    source: causeId,
    target,
    ...(lag.lag === undefined ? {} : { mainStat: `${lag.lag} later` }),
    secondaryStat: `score ${score.toFixed(2)}`,
    thickness: 1 + 2 * score,
    color: EDGE_COLORS.cause,
    details: { mechanism, rule, score: score.toFixed(2), ...lag },
  };
}

/** A dashed line: it claims no cause. */
function besideEdge(source: string, target: string, relation: string): GraphEdge {
  return {
    id: edgeId(source, target, relation),
    source,
    target,
    thickness: 1,
    color: EDGE_COLORS.beside,
    strokeDasharray: DASHES,
    details: { relation },
  };
}

function edgesOf(story: Story, evidence: readonly ObservationEvent[], graph: IncidentGraph): GraphEdge[] {
  const timeUs = new Map(graph.events.map(({ id, timestamp }) => [id, timestamp]));
  const { newest } = story;
  return [
    ...story.causes.map((cause) => causeEdge(cause, cause.effectId, timeUs)),
    ...story.repeats.flatMap((repeats) => {
      const target = repeatsId(repeats);
      if (repeats.causes.length > 0) return repeats.causes.map((cause) => causeEdge(cause, target, timeUs));
      return newest === undefined ? [] : [besideEdge(target, newest.id, 'of the same incident')];
    }),
    ...(newest === undefined
      ? []
      : evidence.map(({ id }) => besideEdge(id, newest.id, 'evidence of the same incident'))),
  ];
}

/**
 * When the story's events happened. A kubelet's times are cut to whole seconds, which would put a death before the
 * kill that caused it: such an effect is shown at the time of its cause.
 */
function timesOf({ events, causes }: Story): ReadonlyMap<string, number> {
  const times = new Map(events.map(({ id, timestamp }) => [id, timestamp]));
  for (const { id, timestamp, data } of events) {
    const resolutionUs = Number(data['resolution_us'] ?? 0);
    const causesUs = causes.flatMap(({ causeId, effectId }) =>
      effectId === id ? (times.get(causeId) ?? []) : [],
    );
    const lastCauseUs = Math.max(timestamp, ...causesUs);
    if (lastCauseUs - timestamp <= resolutionUs) times.set(id, lastCauseUs);
  }
  return times;
}

function rolesOf({ chain }: Incident): ReadonlyMap<string, ChainStep['role']> {
  return new Map(chain.map(({ eventId, role }) => [eventId, role]));
}

export interface IncidentNodeGraph {
  readonly frames: readonly [nodes: Frame, edges: Frame];
  /** Events of evidence for which there was no room. */
  readonly evidenceLeftOut: number;
}

/**
 * Cause and effect of an incident for the node graph panel: the newest symptom with all that led to it, from left to
 * right, what else was seen of it below, and one node for the earlier symptoms of each relation. Arrows lead from
 * cause to effect, as a person tells it, although `CAUSED_BY` points back.
 */
export function incidentNodeGraph(
  incident: Incident,
  graph: IncidentGraph,
  options: { readonly showEntities: boolean } = { showEntities: false },
): IncidentNodeGraph {
  const story = storyOf(incident, graph);
  const room = Math.max(0, MOST_EVENT_NODES - story.events.length - story.repeats.length);
  const evidence = story.evidence.slice(0, room);
  const roles = rolesOf(incident);
  const first = story.events.find(({ id }) => roles.get(id) === 'change') ?? story.events[0];
  const times = timesOf(story);
  const startUs = first?.timestamp ?? incident.firstSeenUs;

  const places = new GraphPlaces();
  places.placeStory(
    story.events.map(({ id }) => id),
    story.causes,
  );
  const newestColumn = places.columnOf(story.newest?.id);
  for (const repeats of story.repeats) {
    const parent = repeats.causes[0]?.causeId;
    places.place(
      repeatsId(repeats),
      parent === undefined ? Math.max(0, newestColumn - 1) : places.columnOf(parent) + 1,
    );
  }
  for (const { id } of evidence) places.placeAside(id, story.newest?.id ?? id);

  const told = new Set(story.events.map(({ id }) => id));
  const observedOn = options.showEntities ? graph.observedOn.filter(({ eventId }) => told.has(eventId)) : [];
  const observed = new Set(observedOn.map(({ entityKey }) => entityKey));
  const entities = graph.entities.filter(({ key }) => observed.has(key));
  places.placeBelow(entities.map(({ key }) => key));

  const unplaced = [
    ...story.events.map((event) =>
      eventNode(event, roles.get(event.id) ?? 'evidence', (times.get(event.id) ?? event.timestamp) - startUs),
    ),
    ...story.repeats.map((repeats) => repeatsNode(repeats, startUs, story.newest?.timestamp)),
    ...evidence.map((event) => eventNode(event, 'evidence', event.timestamp - startUs)),
    ...entities.map(entityNode),
  ];
  const centered = places.centered();
  const nodes = unplaced.map((node): GraphNode => {
    const position = centered.get(node.id);
    return position === undefined ? node : { ...node, position };
  });
  const edges = [
    ...edgesOf(story, evidence, graph),
    ...observedOn.map(({ eventId, entityKey }) => besideEdge(eventId, entityKey, 'seen on')),
  ];
  const start = first !== undefined && roles.get(first.id) === 'change' ? 'change' : 'first event';
  return {
    frames: nodeGraph(nodes, edges, {
      arcColors: ROLE_COLORS,
      mainStat: { displayName: `time after the ${start}` },
      secondaryStat: { displayName: 'seen by' },
      color: { displayName: 'object' },
    }).frames,
    evidenceLeftOut: story.evidence.length - evidence.length,
  };
}
