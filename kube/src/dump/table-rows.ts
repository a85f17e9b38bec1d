import type { JsonObject } from '../json.ts';
import { isoTime, parseAgeUs, parseEventAge } from './ages.ts';
import { kindOfFileName, kindOfResource } from './resources.ts';
import type { TextRow, TextTable } from './table.ts';
import { textTables } from './table.ts';

/** Objects of a text whose ages count from when it was printed. */
export interface DatedText {
  /** The same objects, with their ages before that time. */
  readonly build: (takenUs: number) => readonly { readonly raw: JsonObject; readonly place: string }[];
}

type Cells = Readonly<Record<string, string>>;

/** What tells the tables of `kubectl get` apart. */
const COLUMNS_OF_KIND: readonly (readonly [string, readonly string[]])[] = [
  ['Pod', ['READY', 'STATUS', 'RESTARTS']],
  ['Node', ['STATUS', 'ROLES', 'VERSION']],
  ['Service', ['TYPE', 'CLUSTER-IP', 'PORT(S)']],
  ['DaemonSet', ['DESIRED', 'CURRENT', 'UP-TO-DATE', 'AVAILABLE']],
  ['ReplicaSet', ['DESIRED', 'CURRENT', 'READY']],
  ['Deployment', ['READY', 'UP-TO-DATE', 'AVAILABLE']],
  ['PersistentVolume', ['CAPACITY', 'RECLAIM POLICY', 'CLAIM']],
  ['PersistentVolumeClaim', ['STATUS', 'VOLUME', 'CAPACITY']],
  ['Endpoints', ['ENDPOINTS']],
  ['Job', ['COMPLETIONS', 'DURATION']],
  ['CronJob', ['SCHEDULE', 'SUSPEND']],
  ['HorizontalPodAutoscaler', ['REFERENCE', 'TARGETS']],
  ['Ingress', ['CLASS', 'HOSTS']],
  ['StorageClass', ['PROVISIONER', 'RECLAIMPOLICY']],
  ['Secret', ['TYPE', 'DATA']],
  ['ConfigMap', ['DATA']],
  ['Namespace', ['STATUS', 'AGE']],
];

/** Objects and Events of what `kubectl get` prints without `-o json`. Undefined where the text holds no table. */
export function tableObjects(text: string, path: string): DatedText | undefined {
  const tables = textTables(text);
  if (tables.length === 0) return undefined;
  return {
    build: (takenUs) => tables.flatMap((table) => objectsOf(table, { path, takenUs })),
  };
}

interface Context {
  readonly path: string;
  readonly takenUs: number;
}

function objectsOf(
  { columns, rows }: TextTable,
  context: Context,
): { readonly raw: JsonObject; readonly place: string }[] {
  const isEvents = columns.includes('REASON') && columns.includes('MESSAGE');
  const own =
    COLUMNS_OF_KIND.find(([, needed]) => needed.every((name) => columns.includes(name)))?.[0] ??
    kindOfFileName(context.path);
  return rows.flatMap((row) => {
    const raw = isEvents ? eventOf(row, context) : objectOf(row.cells, own, context.takenUs);
    return raw === undefined ? [] : [{ raw, place: `line ${row.line}` }];
  });
}

/** Both the layout of today (`OBJECT`) and that of kubectl before 1.14 (`KIND` and `NAME`). */
function eventOf({ cells, line }: TextRow, { path, takenUs }: Context): JsonObject | undefined {
  const [resource = '', ...rest] = (cells['OBJECT'] ?? `${cells['KIND'] ?? ''}/${cells['NAME'] ?? ''}`).split(
    '/',
  );
  const name =
    cells['KIND'] === undefined ? rest.join('/') : (cells['NAME'] ?? '').replace(/\.[0-9a-f]{12,}$/, '');
  const kind = kindOfResource(resource) ?? (/^[A-Z]/.test(resource) ? resource : undefined);
  const reason = cells['REASON'];
  if (kind === undefined || name === '' || reason === undefined) return undefined;
  const seen = parseEventAge(cells['LAST SEEN'] ?? cells['LASTSEEN'] ?? '');
  const first = parseAgeUs(cells['FIRST SEEN'] ?? cells['FIRSTSEEN'] ?? '') ?? seen.firstUs;
  const count = Number(cells['COUNT'] ?? seen.count);
  return eventObject(
    {
      id: `${path}:${line}`,
      involved: { kind, name, namespace: cells['NAMESPACE'], fieldPath: cells['SUBOBJECT'] },
      type: cells['TYPE'],
      reason,
      message: cells['MESSAGE'],
      component: cells['SOURCE']?.split(',')[0],
      host: cells['SOURCE']?.split(/,\s*/)[1],
      count: Number.isSafeInteger(count) ? count : undefined,
      lastAgeUs: seen.lastUs,
      firstAgeUs: first,
    },
    takenUs,
  );
}

export interface EventText {
  /** Tells it from others of the dump. */
  readonly id: string;
  readonly involved: {
    readonly kind: string;
    readonly name: string;
    readonly namespace: string | undefined;
    readonly fieldPath?: string | undefined;
    readonly uid?: string | undefined;
  };
  readonly type: string | undefined;
  readonly reason: string;
  readonly message: string | undefined;
  readonly component: string | undefined;
  readonly host?: string | undefined;
  readonly count: number | undefined;
  readonly lastAgeUs: number | undefined;
  readonly firstAgeUs: number | undefined;
}

/** A v1 Event as it was before it was printed, as far as the text says. */
export function eventObject(event: EventText, takenUs: number): JsonObject {
  const { involved, lastAgeUs, firstAgeUs, count } = event;
  const last = lastAgeUs === undefined ? undefined : isoTime(takenUs - lastAgeUs);
  const first = firstAgeUs === undefined ? last : isoTime(takenUs - firstAgeUs);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${involved.name}.${event.id.replaceAll(/[^A-Za-z0-9.-]+/g, '-')}`,
      ...(involved.namespace === undefined ? {} : { namespace: involved.namespace }),
    },
    involvedObject: { ...involved },
    type: event.type ?? 'Normal',
    reason: event.reason,
    message: event.message ?? '',
    source: { component: event.component, host: event.host },
    ...(count === undefined ? {} : { count }),
    ...(first === undefined ? {} : { firstTimestamp: first }),
    ...(last === undefined ? {} : { lastTimestamp: last }),
  };
}

function objectOf(cells: Cells, own: string | undefined, takenUs: number): JsonObject | undefined {
  const [first = '', second] = (cells['NAME'] ?? '').split('/');
  const kind = second === undefined ? own : (kindOfResource(first) ?? own);
  const name = second ?? first;
  if (kind === undefined || !/^[a-z0-9][a-z0-9.:-]{0,252}$/.test(name)) return undefined;
  const ageUs = parseAgeUs(cells['AGE'] ?? '');
  return {
    apiVersion: '',
    kind,
    metadata: {
      name,
      namespace: cells['NAMESPACE'],
      ...(ageUs === undefined ? {} : { creationTimestamp: isoTime(takenUs - ageUs) }),
    },
    ...(FIELDS[kind]?.(cells) ?? {}),
  };
}

const FIELDS: Readonly<Record<string, (cells: Cells) => JsonObject>> = {
  Pod: podFields,
  Node: (cells) => ({
    spec: { unschedulable: /SchedulingDisabled/.test(cells['STATUS'] ?? '') },
    status: {
      conditions: [{ type: 'Ready', status: /^Ready\b/.test(cells['STATUS'] ?? '') ? 'True' : 'False' }],
    },
  }),
  Service: (cells) => ({
    spec: {
      type: cells['TYPE'],
      clusterIP: cells['CLUSTER-IP'] ?? (cells['TYPE'] === 'ClusterIP' ? 'None' : undefined),
      ...(cells['TYPE'] === 'ExternalName' ? { externalName: cells['EXTERNAL-IP'] } : {}),
      ports: servicePorts(cells['PORT(S)'] ?? ''),
      ...(cells['SELECTOR'] === undefined ? {} : { selector: pairs(cells['SELECTOR']) }),
    },
  }),
  Deployment: replicaFields,
  StatefulSet: replicaFields,
  ReplicaSet: (cells) => ({
    spec: { replicas: Number(cells['DESIRED'] ?? 0) },
    status: { replicas: Number(cells['CURRENT'] ?? 0), readyReplicas: Number(cells['READY'] ?? 0) },
  }),
  PersistentVolumeClaim: (cells) => ({
    spec: { volumeName: cells['VOLUME'], storageClassName: cells['STORAGECLASS'] },
    status: { phase: cells['STATUS'] },
  }),
  PersistentVolume: (cells) => ({
    spec: { storageClassName: cells['STORAGECLASS'], capacity: { storage: cells['CAPACITY'] } },
    status: { phase: cells['STATUS'] },
  }),
  Namespace: (cells) => ({ status: { phase: cells['STATUS'] } }),
  StorageClass: (cells) => ({ provisioner: cells['PROVISIONER'] }),
  CronJob: (cells) => ({
    spec: { schedule: cells['SCHEDULE'], suspend: cells['SUSPEND'] === 'True' },
  }),
};

function replicaFields(cells: Cells): JsonObject {
  const [ready, desired] = (cells['READY'] ?? '').split('/').map(Number);
  return { spec: { replicas: desired }, status: { readyReplicas: ready, replicas: desired } };
}

/** Phases of pods; any other word under STATUS is a reason of a container or of the pod. */
const PHASES: ReadonlySet<string> = new Set(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']);
const ENDED: ReadonlySet<string> = new Set(['OOMKilled', 'Error', 'ContainerCannotRun', 'StartError']);

/** A row names no container: one that stands for all has the reason. */
function podFields(cells: Cells): JsonObject {
  const status = cells['STATUS'] ?? 'Unknown';
  const [ready = 0, all = 1] = (cells['READY'] ?? '').split('/').map(Number);
  const restartCount = Number(/^\d+/.exec(cells['RESTARTS'] ?? '')?.[0] ?? 0);
  const reason = status.replace(/^Init:/, '');
  const isInit = status.startsWith('Init:');
  const isWaiting = /(?:BackOff|Err[A-Z]|Creat|Invalid|Initializing)/.test(reason);
  const state = ENDED.has(reason)
    ? { terminated: { reason, exitCode: reason === 'OOMKilled' ? 137 : 1 } }
    : isWaiting
      ? { waiting: { reason } }
      : { running: {} };
  const phase = PHASES.has(status)
    ? status
    : status === 'Completed'
      ? 'Succeeded'
      : isWaiting && all === 0
        ? 'Pending'
        : 'Running';
  const shows = ENDED.has(reason) || isWaiting;
  const container = { name: 'unknown', restartCount, ready: ready >= all && all > 0, state };
  return {
    spec: { ...(cells['NODE'] === undefined ? {} : { nodeName: cells['NODE'] }) },
    status: {
      phase: status === 'Evicted' ? 'Failed' : phase,
      ...(status === 'Evicted' ? { reason: 'Evicted' } : {}),
      podIP: cells['IP'],
      ...(shows ? { [isInit ? 'initContainerStatuses' : 'containerStatuses']: [container] } : {}),
    },
  };
}

/** `80/TCP,443:30443/TCP` */
function servicePorts(text: string): JsonObject[] {
  return [...text.matchAll(/(\d{1,5})(?::(\d{1,5}))?\/([A-Z]+)/g)].map(([, port, node, protocol]) => ({
    port: Number(port),
    protocol,
    ...(node === undefined ? {} : { nodePort: Number(node) }),
  }));
}

/** `app=web,tier=front` */
function pairs(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').flatMap((pair) => {
      const at = pair.indexOf('=');
      return at < 1 ? [] : [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const];
    }),
  );
}
