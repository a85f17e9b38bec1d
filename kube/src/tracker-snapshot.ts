import type { Result } from '@tapio/domain';
import { fault, ok } from '@tapio/domain';
import type { RunMarks } from './container-runs.ts';
import type { JsonObject } from './json.ts';
import { asList, asObject, asText } from './json.ts';
import { KUBE_LIMITS } from './limits.ts';
import type { PodNaming, PodOrigin } from './pod-events.ts';
import type { TrackedPod } from './tracked-pod.ts';
import type { RememberedField, RememberedFields } from './spec-changes.ts';
import type { KnownRevision } from './workload-revisions.ts';

/** Raised when the form changes; an older snapshot is then refused and the tracker begins anew. */
const SNAPSHOT_VERSION = 2;

export interface TrackerState {
  readonly origin: PodOrigin;
  readonly observedUs: number | undefined;
  readonly pods: Iterable<readonly [string, TrackedPod]>;
  readonly revisions: Iterable<readonly [string, KnownRevision]>;
}

export function writeSnapshot(state: TrackerState): unknown {
  return {
    version: SNAPSHOT_VERSION,
    origin: state.origin,
    observedUs: state.observedUs ?? null,
    pods: [...state.pods].map(([, pod]) => ({
      ...pod,
      containers: [...pod.containers],
      spec: writeFields(pod.spec),
    })),
    workloads: [...state.revisions].map(([key, known]) => ({
      ...known,
      key,
      fields: writeFields(known.fields),
    })),
  };
}

function writeFields(fields: RememberedFields): unknown {
  return [...fields].map(([place, { value, digest }]) => [place, value ?? null, digest ?? null]);
}

/** Thrown inside this file only: a snapshot is taken whole or not at all. */
class MalformedSnapshot extends Error {
  readonly place: string;
  constructor(place: string) {
    super(`${place} is not what a tracker writes`);
    this.place = place;
  }
}

export function readSnapshot(input: unknown): Result<TrackerState> {
  const snapshot = asObject(input);
  if (snapshot === undefined) return fault('type', 'snapshot', 'a snapshot must be an object');
  if (snapshot['version'] !== SNAPSHOT_VERSION) {
    return fault('newer_schema', 'snapshot.version', `expected version ${SNAPSHOT_VERSION}`);
  }
  try {
    const origin = object(snapshot['origin'], 'snapshot.origin');
    const observedUs = snapshot['observedUs'];
    return ok({
      origin: {
        cluster: text(origin['cluster'], 'snapshot.origin.cluster'),
        node: text(origin['node'], 'snapshot.origin.node'),
      },
      observedUs: observedUs === null ? undefined : integer(observedUs, 'snapshot.observedUs'),
      pods: list(snapshot['pods'], 'snapshot.pods', KUBE_LIMITS.pods * 2).map((entry, index) =>
        readPod(entry, `snapshot.pods[${index}]`),
      ),
      revisions: list(snapshot['workloads'], 'snapshot.workloads', KUBE_LIMITS.workloads).map(
        (entry, index) => readRevision(entry, `snapshot.workloads[${index}]`),
      ),
    });
  } catch (error) {
    if (error instanceof MalformedSnapshot) return fault('malformed', error.place, error.message);
    throw error;
  }
}

function readPod(input: unknown, place: string): readonly [string, TrackedPod] {
  const pod = object(input, place);
  const naming = object(pod['naming'], `${place}.naming`);
  const workload = asText(naming['workload']);
  const named: PodNaming = {
    podUid: text(naming['podUid'], `${place}.naming.podUid`),
    podName: text(naming['podName'], `${place}.naming.podName`),
    namespace: text(naming['namespace'], `${place}.naming.namespace`),
    ...(workload === undefined ? {} : { workload }),
  };
  const missing = pod['missingSinceUs'];
  const tracked: TrackedPod = {
    naming: named,
    containers: new Map(
      list(pod['containers'], `${place}.containers`, KUBE_LIMITS.containers).map((entry, index) =>
        readMarks(entry, `${place}.containers[${index}]`),
      ),
    ),
    spec: readFields(pod['spec'], `${place}.spec`),
    managers: list(pod['managers'], `${place}.managers`, KUBE_LIMITS.managers).map((key) =>
      text(key, `${place}.managers`),
    ),
    deletionRequested: pod['deletionRequested'] === true,
    evicted: pod['evicted'] === true,
    ...(missing === undefined ? {} : { missingSinceUs: integer(missing, `${place}.missingSinceUs`) }),
  };
  return [named.podUid, tracked];
}

function readMarks(input: unknown, place: string): readonly [string, RunMarks] {
  const [name, value] = list(input, place, 2);
  const marks = object(value, place);
  const containerId = asText(marks['containerId']);
  return [
    text(name, place),
    {
      startedThrough: integer(marks['startedThrough'], `${place}.startedThrough`),
      diedThrough: integer(marks['diedThrough'], `${place}.diedThrough`),
      run: integer(marks['run'], `${place}.run`),
      waited: list(marks['waited'], `${place}.waited`, KUBE_LIMITS.waitingReasons).map((reason) =>
        text(reason, `${place}.waited`),
      ),
      ...(containerId === undefined ? {} : { containerId }),
    },
  ];
}

function readRevision(input: unknown, place: string): readonly [string, KnownRevision] {
  const known = object(input, place);
  return [
    text(known['key'], `${place}.key`),
    {
      revision: text(known['revision'], `${place}.revision`),
      createdUs: integer(known['createdUs'], `${place}.createdUs`),
      fields: readFields(known['fields'], `${place}.fields`),
      earlier: list(known['earlier'], `${place}.earlier`, KUBE_LIMITS.revisions).map((revision) =>
        text(revision, `${place}.earlier`),
      ),
    },
  ];
}

function readFields(input: unknown, place: string): RememberedFields {
  const fields = new Map<string, RememberedField>();
  for (const entry of list(input, place, KUBE_LIMITS.specFields)) {
    const [name, value, digest] = list(entry, place, 3);
    fields.set(text(name, place), {
      ...(typeof value === 'string' ? { value } : {}),
      ...(typeof digest === 'string' ? { digest } : {}),
    });
  }
  return fields;
}

function object(value: unknown, place: string): JsonObject {
  const found = asObject(value);
  if (found === undefined) throw new MalformedSnapshot(place);
  return found;
}

function list(value: unknown, place: string, limit: number): readonly unknown[] {
  const found = asList(value);
  if (found === undefined || found.length > limit) throw new MalformedSnapshot(place);
  return found;
}

function text(value: unknown, place: string): string {
  const found = asText(value);
  if (found === undefined) throw new MalformedSnapshot(place);
  return found;
}

function integer(value: unknown, place: string): number {
  if (!Number.isSafeInteger(value)) throw new MalformedSnapshot(place);
  return value as number;
}
