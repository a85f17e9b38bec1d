import type { Incident } from '@tapio/domain';
import { containerDied, oomKill } from '@tapio/domain/testing';
import type { GraphValue } from '@tapio/store';
import type { CypherCall, CypherResult, GraphReader, IncidentGraph, IncidentsCall } from '../graph/reader.ts';
import type { Datasource, DatasourceCall } from '../instance.ts';
import { PluginMetrics } from '../plugin-metrics.ts';
import {
  Secrets,
  type DataQuery,
  type DatasourceSettings,
  type PluginContext,
  type User,
} from '../sdk/index.ts';
import { datasourceConfig } from '../settings.ts';

export const DIED_US = containerDied().timestamp;
const KILLED_US = oomKill().timestamp;

/** An incident as the store gives it: checkout was killed for its memory. */
export function anIncident(over: Partial<Incident> = {}): Incident {
  return {
    id: 'INC-7Q4F2K9M',
    revision: 2,
    cluster: 'test',
    kind: 'crash_loop',
    state: 'open',
    subject: { label: 'Workload', kind: 'Deployment', namespace: 'shop', name: 'checkout' },
    headline: 'shop/checkout is crash-looping: its memory limit was lowered below what it needs.',
    verdict: {
      word: 'Likely',
      score: 0.97,
      status: 'settled',
      causeCode: 'oom_limit_lowered',
      rule: 'oom-at-limit',
    },
    chain: [
      {
        role: 'cause',
        eventId: oomKill().id,
        timeUs: KILLED_US,
        resolutionUs: 0,
        text: 'OOM killer killed java',
        seenBy: 'kernel',
      },
      {
        role: 'effect',
        eventId: containerDied().id,
        timeUs: DIED_US,
        resolutionUs: 1_000_000,
        text: 'container report died, exit 137',
        seenBy: 'kubelet',
      },
    ],
    ruledOut: [{ cause: 'liveness kill', reason: 'no failed probe before the exit' }],
    certain: [],
    wouldHelp: [],
    touched: ['shop/frontend: refused', 'billing/ledger: refused'],
    count: 3,
    firstSeenUs: DIED_US - 60_000_000,
    lastSeenUs: DIED_US,
    symptomEventIds: [containerDied().id],
    rootCauseEventId: oomKill().id,
    evidenceEventIds: [oomKill().id, containerDied().id],
    gaps: [],
    rulesVersion: '12',
    pods: [{ namespace: 'shop', name: 'checkout-7d9c6b5f4-x2lqv', uid: 'pod-1' }],
    ...over,
  };
}

/** A node failure with symptoms in two namespaces. */
export function aNodeIncident(): Incident {
  return anIncident({
    id: 'INC-NODE0001',
    subject: { label: 'Node', kind: 'Node', name: 'n1' },
    headline: 'node n1 is out of memory.',
    pods: [
      { namespace: 'shop', name: 'checkout-1', uid: 'u1' },
      { namespace: 'billing', name: 'ledger-1', uid: 'u2' },
    ],
  });
}

const anIncidentGraph: IncidentGraph = {
  events: [oomKill(), containerDied()],
  entities: [
    {
      key: 'test/Pod/pod-1',
      label: 'Pod',
      cluster: 'test',
      namespace: 'shop',
      name: 'checkout-1',
      firstSeenUs: DIED_US,
    },
  ],
  causes: [
    {
      effectId: containerDied().id,
      causeId: oomKill().id,
      rule: 'oom-at-limit',
      mechanism: 'SIGKILL by the OOM killer',
      score: 0.97,
    },
  ],
  observedOn: [{ eventId: containerDied().id, entityKey: 'test/Pod/pod-1' }],
};

/** Answers what it is given, and remembers what it was asked. */
export class RecordedReader implements GraphReader {
  incidents: readonly Incident[] = [];
  graph: IncidentGraph = anIncidentGraph;
  result: CypherResult = { columns: [], rows: [], isCut: false };
  failure: Error | undefined;
  readonly incidentCalls: IncidentsCall[] = [];
  readonly cypherCalls: CypherCall[] = [];

  verify(): Promise<void> {
    return this.#answer(undefined);
  }

  listIncidents(call: IncidentsCall): Promise<readonly Incident[]> {
    this.incidentCalls.push(call);
    const { namespaces, states, sinceUs = 0 } = call;
    return this.#answer(
      this.incidents.filter(
        ({ subject, state, lastSeenUs }) =>
          (namespaces === undefined || namespaces.includes(subject.namespace ?? '')) &&
          (states === undefined || states.includes(state)) &&
          lastSeenUs >= sinceUs,
      ),
    );
  }

  getIncident(id: string): Promise<Incident | undefined> {
    return this.#answer(this.incidents.find((incident) => incident.id === id));
  }

  incidentsOfPod(pod: string): Promise<readonly Incident[]> {
    return this.#answer(this.incidents.filter(({ pods }) => pods.some(({ name }) => name === pod)));
  }

  incidentGraph(): Promise<IncidentGraph> {
    return this.#answer(this.graph);
  }

  runCypher(call: CypherCall): Promise<CypherResult> {
    this.cypherCalls.push(call);
    return this.#answer(this.result);
  }

  #answer<T>(value: T): Promise<T> {
    return this.failure === undefined ? Promise.resolve(value) : Promise.reject(this.failure);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

export interface ContextOver {
  readonly url?: string;
  readonly jsonData?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly database?: string;
  /** Role of the person; absent: nobody is behind the call. */
  readonly role?: string;
}

export function aContext(over: ContextOver = {}): PluginContext {
  const datasource: DatasourceSettings = {
    uid: 'tapio-graph',
    name: 'Tapio',
    url: over.url ?? 'bolt://neo4j:7687',
    user: over.user ?? 'neo4j',
    database: over.database ?? '',
    basicAuthEnabled: false,
    basicAuthUser: '',
    jsonData: over.jsonData ?? {},
    secrets: new Secrets(over.secrets ?? { password: 'correct horse' }),
    updatedMs: 1,
  };
  const user: User | undefined =
    over.role === undefined ? undefined : { login: 'ann', name: 'Ann', email: '', role: over.role };
  return {
    orgId: 1,
    namespace: 'default',
    pluginId: 'tapio-datasource',
    pluginVersion: '0.1.0',
    userAgent: 'Grafana/12.4.0',
    ...(user === undefined ? {} : { user }),
    datasource,
    grafanaConfig: new Map(),
  };
}

export interface CallOver extends ContextOver {
  readonly isAlert?: boolean;
}

/** A call of an Editor unless said otherwise, over a reader that answers what it is given. */
export function aCall(over: CallOver = {}): DatasourceCall & { readonly reader: RecordedReader } {
  const context = aContext('role' in over ? over : { ...over, role: 'Editor' });
  const reader = new RecordedReader();
  const instance: Datasource = {
    config: datasourceConfig(context),
    reader,
    metrics: new PluginMetrics(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { instance, context, isAlert: over.isAlert ?? false, signal: new AbortController().signal, reader };
}

/** A query of the hour around the death. */
export function aQuery(queryType: string, model: Readonly<Record<string, unknown>> = {}): DataQuery {
  const diedMs = DIED_US / 1000;
  return {
    refId: 'A',
    queryType,
    maxDataPoints: 100,
    intervalMs: 60_000,
    timeRange: { fromMs: diedMs - 1_800_000, toMs: diedMs + 1_800_000 },
    model,
  };
}

export function rows(
  columns: readonly string[],
  ...values: readonly (readonly GraphValue[])[]
): CypherResult {
  return { columns, rows: values, isCut: false };
}

/** A frame's columns as plain lists. */
export function columnsOf(
  frame:
    | { readonly fields: readonly { readonly name: string; readonly values: ArrayLike<unknown> }[] }
    | undefined,
): Record<string, unknown[]> {
  return Object.fromEntries((frame?.fields ?? []).map(({ name, values }) => [name, Array.from(values)]));
}
