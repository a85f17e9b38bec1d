import {
  formatDuration,
  severityOf,
  summarize,
  type ChainStep,
  type Entity,
  type Incident,
  type ObservationEvent,
} from '@tapio/domain';
import {
  microseconds,
  nodeGraph,
  tableFrame,
  type Frame,
  type GraphEdge,
  type GraphNode,
} from '../sdk/index.ts';
import type { IncidentGraph } from '../graph/reader.ts';
import { labelColor, labelIcon, ROLE_COLORS, sourceWords, typeWords, type EventRole } from './style.ts';

function isoTime(us: number): string {
  return new Date(us / 1000).toISOString();
}

function eventDetails(event: ObservationEvent, role: EventRole): Record<string, string> {
  const { pid, containerId } = event;
  return {
    summary: summarize(event),
    time: isoTime(event.timestamp),
    'seen by': sourceWords(event.source),
    role,
    severity: severityOf(event),
    node: event.node,
    ...(event.namespace === undefined || event.podName === undefined
      ? {}
      : { pod: `${event.namespace}/${event.podName}` }),
    ...(event.workload === undefined ? {} : { workload: event.workload }),
    ...(containerId === undefined ? {} : { container: containerId.slice(0, 12) }),
    ...(pid === undefined ? {} : { pid: String(pid) }),
    'event id': event.id,
  };
}

function eventNode(event: ObservationEvent, step: ChainStep | undefined, isRoot: boolean): GraphNode {
  const role: EventRole = step?.role ?? 'evidence';
  return {
    id: event.id,
    title: typeWords(event.type),
    subtitle: step?.text ?? summarize(event),
    mainStat: isoTime(event.timestamp).slice(11, 19),
    secondaryStat: event.source,
    arcs: { [role]: 1 },
    ...(isRoot ? { highlighted: true } : {}),
    details: eventDetails(event, role),
  };
}

function entityNode(entity: Entity): GraphNode {
  return {
    id: entity.key,
    title: entity.name,
    subtitle: entity.label,
    color: labelColor(entity.label),
    ...labelIcon(entity.label),
    details: {
      kind: entity.label,
      cluster: entity.cluster,
      ...(entity.namespace === undefined ? {} : { namespace: entity.namespace }),
    },
  };
}

/**
 * Arrows lead from cause to effect, as a person tells it, although `CAUSED_BY` points back; the graph reads from
 * left to right. Dashed lines join an event to what it is about.
 */
function edgesOf({ events, causes, observedOn }: IncidentGraph): readonly GraphEdge[] {
  const timeUs = new Map(events.map(({ id, timestamp }) => [id, timestamp]));
  const causal = causes.map(({ causeId, effectId, rule, mechanism, score }): GraphEdge => {
    const from = timeUs.get(causeId);
    const to = timeUs.get(effectId);
    return {
      id: `${causeId} > ${effectId} > ${rule}`,
      source: causeId,
      target: effectId,
      mainStat: mechanism,
      secondaryStat: `${Math.round(score * 100)} %`,
      thickness: 1 + 3 * score,
      color: 'red',
      details: {
        rule,
        mechanism,
        score: score.toFixed(2),
        ...(from === undefined || to === undefined ? {} : { lag: formatDuration(to - from) }),
      },
    };
  });
  const about = observedOn.map(({ eventId, entityKey }): GraphEdge => ({
    id: `${eventId} > ${entityKey}`,
    source: eventId,
    target: entityKey,
    thickness: 1,
    color: 'gray',
    strokeDasharray: '4 4',
  }));
  return [...causal, ...about];
}

/** Cause and effect of an incident for the node graph panel, and what the events are about. */
export function incidentNodeGraph(
  incident: Incident,
  graph: IncidentGraph,
): readonly [nodes: Frame, edges: Frame] {
  const steps = new Map(incident.chain.map((step) => [step.eventId, step]));
  const nodes = [
    ...graph.events.map((event) =>
      eventNode(event, steps.get(event.id), event.id === incident.rootCauseEventId),
    ),
    ...graph.entities.map(entityNode),
  ];
  return nodeGraph(nodes, edgesOf(graph), { arcColors: ROLE_COLORS }).frames;
}

/** Lines of the answer from the originating change to the newest symptom. */
export function chainTable({ chain }: Incident): Frame {
  return tableFrame(
    'chain',
    [
      { name: 'time', type: 'time', config: { displayName: 'Time' } },
      { name: 'role', type: 'string', config: { displayName: 'Role' } },
      { name: 'what', type: 'string', config: { displayName: 'What happened' } },
      { name: 'seen_by', type: 'string', config: { displayName: 'Seen by' } },
      { name: 'event', type: 'string', config: { displayName: 'Event' } },
    ],
    chain.map(({ timeUs, role, text, seenBy, eventId }) => [
      microseconds(timeUs),
      role,
      text,
      seenBy,
      eventId,
    ]),
  );
}
