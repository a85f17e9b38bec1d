import {
  EDGE_TYPES,
  EVENT_PROPERTIES,
  LABELS,
  PROMOTED_KEYS,
  severityOf,
  SOURCES,
  evidenceWords,
  summarize,
  unlistedWords,
  VOCABULARY,
  type Incident,
  type ObservationEvent,
  type Severity,
} from '@tapio/domain';
import type { GraphValue } from '@tapio/store';
import { accessOf, mayRead, requireNamespace } from '../access.ts';
import type { Datasource, DatasourceCall } from '../instance.ts';
import { queryModel } from '../query/model.ts';
import { findIncidents } from '../query/incidents.ts';
import {
  json,
  notFound,
  ResourceRouter,
  badRequest,
  type ResourceRequest,
  type ResourceResponse,
} from '../sdk/index.ts';
import { visibleEvents, visibleIncident } from '../visible.ts';
import { incidentCypher, isIncidentId } from './cypher-texts.ts';

const MOST_NAMES = 5_000;
const MOST_INCIDENTS = 500;
const DAY_MS = 86_400_000;
/** JavaScript's last date. */
const MAX_TIME_MS = 8.64e15;

const NAMESPACES = `MATCH (p:Pod) WHERE p.namespace IS NOT NULL
RETURN DISTINCT p.namespace AS namespace ORDER BY namespace LIMIT $limit`;

const PODS = `MATCH (p:Pod) WHERE p.namespace IS NOT NULL AND ($namespace = '' OR p.namespace = $namespace)
RETURN p.namespace AS namespace, p.name AS name, max(p.first_seen) AS first_seen, min(CASE WHEN p.deleted_ts IS NULL THEN 0 ELSE 1 END) AS gone
ORDER BY gone, first_seen DESC LIMIT $limit`;

/** Answer of `/pods`: each name once per namespace, those that still run and the newest first. */
export interface PodChoice {
  readonly namespace: string;
  readonly name: string;
  readonly isGone: boolean;
}

function timeParameter(searchParams: URLSearchParams, name: string, fallbackMs: number): number {
  const text = searchParams.get(name);
  if (text === null || text === '') return fallbackMs;
  const ms = Number(text);
  if (!Number.isFinite(ms) || Math.abs(ms) > MAX_TIME_MS)
    throw badRequest(`"${name}" must be milliseconds since the Unix epoch.`);
  return Math.round(ms);
}

async function namesOf(
  text: string,
  namespace: string,
  { instance, signal }: DatasourceCall,
): Promise<readonly (readonly GraphValue[])[]> {
  const { timeoutMs } = instance.config;
  const parameters = { limit: MOST_NAMES, namespace };
  return (await instance.reader.runCypher({ text, parameters, rowLimit: MOST_NAMES, timeoutMs }, signal))
    .rows;
}

async function namespaces(_request: ResourceRequest, call: DatasourceCall): Promise<ResourceResponse> {
  const access = accessOf(call, call.instance.config);
  const rows = await namesOf(NAMESPACES, '', call);
  const names = rows.flatMap(([name]) => (typeof name === 'string' && mayRead(access, name) ? [name] : []));
  return json({ namespaces: names });
}

async function pods({ searchParams }: ResourceRequest, call: DatasourceCall): Promise<ResourceResponse> {
  const access = accessOf(call, call.instance.config);
  const wanted = searchParams.get('namespace') ?? '';
  if (wanted !== '') requireNamespace(access, wanted);
  const rows = await namesOf(PODS, wanted, call);
  const choices = rows.flatMap(([namespace, name, , gone]): PodChoice[] =>
    typeof namespace === 'string' && typeof name === 'string' && mayRead(access, namespace)
      ? [{ namespace, name, isGone: gone === 1 }]
      : [],
  );
  return json({ pods: choices });
}

/** Answer of `/incidents`. */
export interface IncidentsAnswer {
  readonly incidents: readonly Incident[];
  readonly isCut: boolean;
}

async function incidents({ searchParams }: ResourceRequest, call: DatasourceCall): Promise<ResourceResponse> {
  const lists = Object.fromEntries(
    ['clusters', 'namespaces', 'kinds', 'states', 'verdicts'].map((key) => [key, searchParams.getAll(key)]),
  );
  const limit = searchParams.get('limit');
  const model = queryModel({
    queryType: 'incidents',
    model: { ...lists, search: searchParams.get('search') ?? '', ...(limit === null ? {} : { limit }) },
  });
  if (model.type !== 'incidents') throw badRequest('This resource lists incidents.');
  const toMs = timeParameter(searchParams, 'to', Date.now());
  const fromMs = timeParameter(searchParams, 'from', toMs - DAY_MS);
  const found = await findIncidents(
    {
      selection: model.selection,
      fromMs,
      toMs,
      limit: Math.min(model.limit ?? MOST_INCIDENTS, MOST_INCIDENTS),
    },
    call,
  );
  return json(found satisfies IncidentsAnswer);
}

/** An event as a page shows it. */
export interface TimelineEvent {
  readonly id: string;
  readonly timeUs: number;
  readonly severity: Severity;
  readonly source: string;
  readonly type: string;
  readonly summary: string;
}

function timelineEvent(event: ObservationEvent): TimelineEvent {
  const { id, timestamp, source, type } = event;
  return { id, timeUs: timestamp, severity: severityOf(event), source, type, summary: summarize(event) };
}

async function incident(id: string, call: DatasourceCall): Promise<ResourceResponse> {
  const { reader, config } = call.instance;
  const access = accessOf(call, config);
  const stored = isIncidentId(id) ? await reader.getIncident(id, call.signal) : undefined;
  const visible = stored === undefined ? undefined : visibleIncident(stored, access);
  if (visible === undefined) {
    throw notFound(
      `There is no incident ${id} here: its id is wrong, it is older than the graph keeps incidents, or it is in a namespace you may not see.`,
    );
  }
  const graph = await reader.incidentGraph(id, call.signal);
  const unlisted = unlistedWords(visible);
  return json({
    incident: visible,
    evidence: evidenceWords(visible),
    ...(unlisted === undefined ? {} : { unlisted }),
    events: visibleEvents(graph.events, access)
      .map(timelineEvent)
      .sort((a, b) => a.timeUs - b.timeUs),
    cypher: incidentCypher(id),
    mayRunCypher: access.cypherRefusal === undefined,
  });
}

/** What the Cypher editor completes. It is the schema of this version, whatever the graph holds. */
function schema(): ResourceResponse {
  return json({
    labels: LABELS,
    relationshipTypes: Object.entries(EDGE_TYPES).map(([name, { from, to, meaning }]) => ({
      name,
      from,
      to,
      meaning,
    })),
    eventProperties: [
      ...Object.entries(EVENT_PROPERTIES).map(([name, meaning]) => ({ name, meaning })),
      ...PROMOTED_KEYS.map(({ key, meaning }) => ({ name: key, meaning })),
    ],
    eventTypes: Object.entries(VOCABULARY).map(([name, { source, meaning }]) => ({ name, source, meaning })),
    sources: Object.keys(SOURCES),
  });
}

/** What the editors and the app ask for beside queries, under the same rights. */
export function resourceRouter(): ResourceRouter<Datasource> {
  return new ResourceRouter<Datasource>()
    .get('/namespaces', namespaces)
    .get('/pods', pods)
    .get('/incidents', incidents)
    .get('/incident/:id', ({ parameters }, call) => incident(parameters['id'] ?? '', call))
    .get('/schema', schema);
}
