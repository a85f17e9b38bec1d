import type { Incident } from '@tapio/domain';
import { accessOf, mayRead, requireCypher, requireNamespace } from '../access.ts';
import { chainTable } from '../frames/chain-table.ts';
import { cypherGraph } from '../frames/cypher-graph.ts';
import { cypherTimeSeries } from '../frames/cypher-series.ts';
import { cypherTable } from '../frames/cypher-table.ts';
import { incidentNodeGraph } from '../frames/incident-graph.ts';
import { incidentAlerts, incidentAnnotations, incidentTable } from '../frames/incidents.ts';
import { timelineFrame } from '../frames/timeline.ts';
import type { CypherResult } from '../graph/reader.ts';
import type { DatasourceCall } from '../instance.ts';
import {
  badRequest,
  BackendError,
  nodeGraph,
  type DataQuery,
  type Frame,
  type Notice,
} from '../sdk/index.ts';
import { visibleEvents, visibleIncident } from '../visible.ts';
import { findEvents } from './events.ts';
import { findIncidents } from './incidents.ts';
import { prepareCypher } from './macros.ts';
import { queryModel, type QueryModel } from './model.ts';

type IncidentsModel = Extract<QueryModel, { readonly type: 'incidents' }>;
type PodModel = Extract<QueryModel, { readonly type: 'rootCause' | 'timeline' }>;
type RootCauseModel = Extract<QueryModel, { readonly type: 'rootCause' }>;
type CypherModel = Extract<QueryModel, { readonly cypher: string }>;

const CHOOSE = 'Choose an incident or a pod in the query.';

function limitOf({ limit }: { readonly limit?: number }, { instance }: DatasourceCall): number {
  return Math.min(limit ?? instance.config.rowLimit, instance.config.rowLimit);
}

function cutNotice(limit: number): Notice {
  return {
    severity: 'warning',
    text: `Showing the first ${limit.toLocaleString('en')} rows; there are more: narrow the query or the time range, or raise the limit (in the query, then in the datasource).`,
  };
}

function isChosen({ incident, pod, namespace }: PodModel): boolean {
  return incident !== '' || pod !== '' || namespace !== '';
}

/** The incident that is named, or the newest one of the pod; undefined when there is none that the caller may see. */
async function chosenIncident(model: PodModel, call: DatasourceCall): Promise<Incident | undefined> {
  const { reader, config } = call.instance;
  const access = accessOf(call, config);
  if (model.incident !== '') {
    const incident = await reader.getIncident(model.incident, call.signal);
    return incident === undefined ? undefined : visibleIncident(incident, access);
  }
  if (model.pod === '') throw badRequest(CHOOSE);
  const incidents = await reader.incidentsOfPod(model.pod, call.signal);
  return incidents
    .filter(({ subject, pods }) => {
      const namespaces =
        subject.namespace === undefined ? pods.map(({ namespace }) => namespace) : [subject.namespace];
      return model.namespace === '' || namespaces.includes(model.namespace);
    })
    .flatMap((incident) => visibleIncident(incident, access) ?? [])[0];
}

async function rootCause(model: RootCauseModel, call: DatasourceCall): Promise<readonly Frame[]> {
  const access = accessOf(call, call.instance.config);
  if (!isChosen(model)) return emptyGraph({ severity: 'info', text: CHOOSE });
  if (model.namespace !== '') requireNamespace(access, model.namespace);
  const incident = await chosenIncident(model, call);
  if (incident === undefined) {
    const what = model.incident === '' ? `of pod ${model.pod}` : model.incident;
    return emptyGraph({
      severity: 'info',
      text: `There is no incident ${what} here: nothing that Tapio watches failed, it is too old, or it is in a namespace you may not see.`,
    });
  }
  if (model.show === 'chain') return [chainTable(incident)];
  const graph = await call.instance.reader.incidentGraph(incident.id, call.signal);
  const events = visibleEvents(graph.events, access);
  const entities = graph.entities.filter(
    ({ namespace }) => namespace === undefined || mayRead(access, namespace),
  );
  const drawn = incidentNodeGraph(incident, { ...graph, events, entities }, model);
  const [nodes, edges] = drawn.frames;
  const { word, score } = incident.verdict;
  const verdict: Notice = { severity: 'info', text: `${word} (${score.toFixed(2)}): ${incident.headline}` };
  const gaps = incident.gaps.map((text): Notice => ({
    severity: 'warning',
    text: `Evidence may be missing: ${text}`,
  }));
  const leftOut: readonly Notice[] =
    drawn.evidenceLeftOut === 0
      ? []
      : [
          {
            severity: 'info',
            text: `${drawn.evidenceLeftOut.toLocaleString('en')} more events of evidence are in the timeline.`,
          },
        ];
  return [nodes.withNotices(verdict, ...gaps, ...leftOut), edges, chainTable(incident)];
}

function emptyGraph(notice: Notice): readonly Frame[] {
  const [nodes, edges] = nodeGraph([], []).frames;
  return [nodes.withNotices(notice), edges];
}

async function timeline(model: PodModel, query: DataQuery, call: DatasourceCall): Promise<readonly Frame[]> {
  const access = accessOf(call, call.instance.config);
  if (!isChosen(model)) return [timelineFrame([]).withNotices({ severity: 'info', text: CHOOSE })];
  if (model.namespace !== '') requireNamespace(access, model.namespace);
  const limit = limitOf(model, call);
  if (model.incident !== '') {
    const incident = await chosenIncident(model, call);
    if (incident === undefined) return [timelineFrame([])];
    const { events } = await call.instance.reader.incidentGraph(incident.id, call.signal);
    return [timelineFrame(visibleEvents(events, access))];
  }
  if (model.namespace === '' && access.namespaces !== undefined) {
    throw badRequest('Choose the namespace of the pod: this datasource shows Viewers some namespaces only.');
  }
  const events = await findEvents({ ...model, ...query.timeRange, limit }, call);
  const frame = timelineFrame(events);
  return [events.length < limit ? frame : frame.withNotices(cutNotice(limit))];
}

async function incidents(
  model: IncidentsModel,
  query: DataQuery,
  call: DatasourceCall,
): Promise<readonly Frame[]> {
  const limit = limitOf(model, call);
  const found = await findIncidents({ selection: model.selection, ...query.timeRange, limit }, call);
  const { uid } = call.instance.config;
  const frames = {
    table: () => incidentTable(found.incidents, uid),
    alert: () => incidentAlerts(found.incidents),
    annotations: () => incidentAnnotations(found.incidents, uid),
  } satisfies Record<typeof model.format, () => Frame>;
  const frame = frames[model.format]();
  return [found.isCut ? frame.withNotices(cutNotice(limit)) : frame];
}

const CYPHER_FRAMES = {
  graph: cypherGraph,
  table: (result) => [cypherTable(result)],
  timeSeries: (result) => [cypherTimeSeries(result)],
} satisfies Record<CypherModel['type'], (result: CypherResult) => readonly Frame[]>;

async function cypher(model: CypherModel, query: DataQuery, call: DatasourceCall): Promise<readonly Frame[]> {
  const { config, reader } = call.instance;
  requireCypher(accessOf(call, config));
  const limit = limitOf(model, call);
  const { text, parameters } = prepareCypher(model.cypher, {
    ...query.timeRange,
    intervalMs: query.intervalMs,
    limit,
    parameters: model.parameters,
  });
  const result = await reader.runCypher(
    { text, parameters, rowLimit: limit, timeoutMs: config.timeoutMs },
    call.signal,
  );
  const [first, ...others]: readonly Frame[] = CYPHER_FRAMES[model.type](result);
  if (first === undefined) return [];
  const shown = first.withMeta({ executedQueryString: text });
  return [result.isCut ? shown.withNotices(cutNotice(limit)) : shown, ...others];
}

function dispatch(model: QueryModel, query: DataQuery, call: DatasourceCall): Promise<readonly Frame[]> {
  switch (model.type) {
    case 'rootCause':
      return rootCause(model, call);
    case 'timeline':
      return timeline(model, query, call);
    case 'incidents':
      return incidents(model, query, call);
    case 'graph':
    case 'table':
    case 'timeSeries':
      return cypher(model, query, call);
  }
}

/** Answers one query of a panel, an alert rule or Explore, under the rights of its caller. */
export async function answerQuery(query: DataQuery, call: DatasourceCall): Promise<readonly Frame[]> {
  const model = queryModel(query);
  const { metrics } = call.instance;
  try {
    const frames = await dispatch(model, query, call);
    metrics.queried(model.type, 'ok');
    return frames;
  } catch (error) {
    metrics.queried(model.type, error instanceof BackendError && error.status === 403 ? 'refused' : 'failed');
    throw error;
  }
}
