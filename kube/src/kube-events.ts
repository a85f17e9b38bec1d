import type { ObservationEvent } from '@tapio/domain';
import { EVENT_LIMITS, NO_NODE, apiEventId } from '@tapio/domain';
import { asCount, asObject, asText, asTimeUs, cut } from './json.ts';
import type { JsonObject } from './json.ts';
import { scrubbedMessage } from './parse-container.ts';
import { podUidOf } from './parse-pod-list.ts';
import type { KubeObject, ObjectName } from './snapshot/kube-object.ts';
import { objectText } from './snapshot/kube-object.ts';
import type { Snapshot } from './snapshot/snapshot.ts';
import { isWorkloadKind } from './workload.ts';

/** Event objects of a snapshot (v1 and events.k8s.io) as `kube_event` events, each about what a user owns. */
export function kubeEvents(snapshot: Snapshot): ObservationEvent[] {
  return snapshot.all('Event').flatMap((event) => {
    const observed = kubeEvent(snapshot, event);
    return observed === undefined ? [] : [observed];
  });
}

/** The kubelet and controllers write these times in whole seconds. */
const SECOND_US = 1_000_000;

function kubeEvent(snapshot: Snapshot, event: KubeObject): ObservationEvent | undefined {
  const { raw } = event;
  const involved = asObject(raw['involvedObject']) ?? asObject(raw['regarding']);
  const kind = asText(involved?.['kind']);
  const name = asText(involved?.['name']);
  const reason = asText(raw['reason']);
  if (involved === undefined || kind === undefined || name === undefined || reason === undefined)
    return undefined;
  const about: ObjectName = { kind, namespace: namespaceOf(involved, event), name };
  const object = snapshot.get(about.kind, about.namespace, about.name);
  const owner = object === undefined ? ownerOfGone(snapshot, about) : snapshot.ownerOf(object);
  const times = timesOf(raw, event.createdUs ?? snapshot.takenUs);
  const series = asObject(raw['series']);
  const count = asCount(raw['count']) ?? asCount(series?.['count']) ?? asCount(raw['deprecatedCount']);
  const source = asObject(raw['source']) ?? asObject(raw['deprecatedSource']);
  const container = /^spec\.\w+\{([^}]+)\}$/.exec(asText(involved['fieldPath']) ?? '')?.[1];
  const isPod = kind === 'Pod';
  const data: Readonly<Record<string, string | undefined>> = {
    object: objectText(owner),
    involved: objectText(about),
    reason: cut(reason, 128),
    message: messageOf(raw),
    event_type: asText(raw['type']) === 'Warning' ? 'Warning' : 'Normal',
    count: count?.toString(),
    first_us: times.firstUs?.toString(),
    container,
    component:
      asText(source?.['component']) ??
      asText(raw['reportingComponent']) ??
      asText(raw['reportingController']),
    resolution_us: String(times.lastUs % SECOND_US === 0 ? SECOND_US : 1),
  };
  return {
    id: apiEventId({
      cluster: snapshot.cluster,
      objectUid: event.uid ?? objectText(event),
      // A counted Event is changed in place: each version is an observation of its own.
      resourceVersion: event.resourceVersion ?? String(count ?? 0),
      type: 'kube_event',
    }).slice(0, EVENT_LIMITS.idLength),
    timestamp: times.lastUs,
    source: 'kubeapi',
    type: 'kube_event',
    cluster: snapshot.cluster,
    node: nodeOf(about, object, asText(source?.['host'])),
    ...(about.namespace === '' ? {} : { namespace: about.namespace }),
    ...(isPod ? { podName: name, ...podUid(involved, object) } : {}),
    ...(isWorkloadKind(owner.kind) ? { workload: `${owner.kind}/${owner.name}` } : {}),
    ...(kind === 'Service' ? { serviceName: name } : {}),
    data: Object.fromEntries(
      Object.entries(data).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, cut(value, EVENT_LIMITS.dataValueLength)]],
      ),
    ),
  };
}

function namespaceOf(involved: JsonObject, event: KubeObject): string {
  const own = asText(involved['namespace']);
  if (own !== undefined) return own;
  return OF_THE_CLUSTER.has(asText(involved['kind']) ?? '') ? '' : event.namespace;
}

const OF_THE_CLUSTER: ReadonlySet<string> = new Set([
  'Node',
  'Namespace',
  'PersistentVolume',
  'StorageClass',
]);

function messageOf(raw: JsonObject): string | undefined {
  const message = asText(raw['message']) ?? asText(raw['note']);
  return message === undefined ? undefined : scrubbedMessage(message);
}

function timesOf(
  raw: JsonObject,
  otherwiseUs: number,
): { readonly lastUs: number; readonly firstUs: number | undefined } {
  const series = asObject(raw['series']);
  const firstUs =
    asTimeUs(raw['firstTimestamp']) ??
    asTimeUs(raw['deprecatedFirstTimestamp']) ??
    asTimeUs(raw['eventTime']);
  const lastUs =
    asTimeUs(series?.['lastObservedTime']) ??
    asTimeUs(raw['lastTimestamp']) ??
    asTimeUs(raw['deprecatedLastTimestamp']) ??
    asTimeUs(raw['eventTime']) ??
    firstUs ??
    otherwiseUs;
  return { lastUs, firstUs };
}

function nodeOf(about: ObjectName, object: KubeObject | undefined, host: string | undefined): string {
  if (about.kind === 'Node') return about.name;
  return asText(object?.spec['nodeName']) ?? host ?? NO_NODE;
}

/** The pod's own uid; another one where the Event tells of a pod of this name that is gone. */
function podUid(involved: JsonObject, object: KubeObject | undefined): { podUid?: string } {
  const named = asText(involved['uid']);
  const own = object === undefined ? undefined : podUidOf(object.raw);
  const isOwn = own !== undefined && (named === undefined || named === own || named === object?.uid);
  const uid = isOwn ? own : (named ?? own);
  return uid === undefined ? {} : { podUid: uid };
}

/** Owners of pods and sets that are gone, by their names, as controllers make them. */
const GENERATED: readonly (readonly [string, RegExp, readonly string[]])[] = [
  ['Pod', /^(.+)-[a-z0-9]{5}$/, ['ReplicaSet', 'DaemonSet', 'Job', 'ReplicationController']],
  ['Pod', /^(.+)-[a-z0-9]{5,10}-[a-z0-9]{5}$/, ['Deployment']],
  ['Pod', /^(.+)-\d+$/, ['StatefulSet']],
  ['Pod', /^(.+)-\d{8,9}-[a-z0-9]{5}$/, ['CronJob']],
  ['ReplicaSet', /^(.+)-[a-z0-9]{5,10}$/, ['Deployment']],
  ['Job', /^(.+)-\d{8,9}$/, ['CronJob']],
];

function ownerOfGone(snapshot: Snapshot, about: ObjectName): ObjectName {
  for (const [kind, pattern, owners] of GENERATED) {
    const stem = kind === about.kind ? pattern.exec(about.name)?.[1] : undefined;
    if (stem === undefined) continue;
    for (const owner of owners) {
      const found = snapshot.get(owner, about.namespace, stem);
      if (found !== undefined) return snapshot.ownerOf(found);
    }
  }
  return about;
}
