import type { RejectedRecord, Result } from '@tapio/domain';
import { fault, ok } from '@tapio/domain';
import { fieldManagers } from './field-managers.ts';
import type { JsonObject } from './json.ts';
import { asCount, asList, asObject, asText, asTimeUs, cut } from './json.ts';
import { KUBE_LIMITS } from './limits.ts';
import { parseContainers, scrubbedMessage } from './parse-container.ts';
import type { PodView } from './pod-view.ts';
import { specFields } from './spec-fields.ts';
import { resolveWorkload, revisionOf } from './workload.ts';

export interface ParsedPodList {
  readonly pods: readonly PodView[];
  /** Entries that were not taken; `index` is their place in `items`. */
  readonly rejected: readonly RejectedRecord[];
}

/**
 * Reads a v1.PodList, as a kubelet's `/pods` or `kubectl get pods -o json` gives it, from parsed JSON. One bad pod
 * is rejected with its place and takes no other with it; unknown fields are ignored, missing ones mean unknown.
 */
export function parsePodList(input: unknown): Result<ParsedPodList> {
  const list = asObject(input);
  if (list === undefined) return fault('type', 'list', 'a pod list must be an object with items');
  const kind = list['kind'];
  if (kind !== undefined && kind !== null && kind !== 'PodList' && kind !== 'List') {
    return fault('unknown', 'list.kind', `expected a PodList, found ${cut(JSON.stringify(kind), 64)}`);
  }
  // A kubelet without pods writes "items": null.
  const items = list['items'] === null ? [] : asList(list['items']);
  if (items === undefined) return fault('missing', 'list.items', 'the list has no items');
  const pods = new Map<string, { readonly pod: PodView; readonly mirror: boolean }>();
  const rejected: RejectedRecord[] = [];
  for (const [index, item] of items.entries()) {
    const place = `items[${index}]`;
    if (index >= KUBE_LIMITS.pods) {
      const left = items.length - index;
      const message = `${left} pods beyond the first ${KUBE_LIMITS.pods} were not taken`;
      rejected.push({ index, fault: { code: 'too_large', place, message } });
      break;
    }
    const parsed = parsePod(item, place);
    if (!parsed.ok) {
      rejected.push({ index, fault: parsed.fault });
      continue;
    }
    const { pod, mirror } = parsed.value;
    const other = pods.get(pod.podUid);
    // A static pod and its mirror are one pod; the mirror has what the API server knows.
    if (other === undefined || (mirror && !other.mirror)) pods.set(pod.podUid, parsed.value);
    else if (mirror === other.mirror) {
      const message = `a second pod with uid ${pod.podUid}`;
      rejected.push({ index, fault: { code: 'duplicate', place: `${place}.metadata.uid`, message } });
    }
  }
  return ok({ pods: [...pods.values()].map(({ pod }) => pod), rejected });
}

function parsePod(input: unknown, place: string): Result<{ pod: PodView; mirror: boolean }> {
  const object = asObject(input);
  if (object === undefined) return fault('type', place, 'a pod must be an object');
  const kind = object['kind'];
  if (kind !== undefined && kind !== 'Pod') {
    return fault('unknown', `${place}.kind`, `expected a Pod, found ${cut(JSON.stringify(kind), 64)}`);
  }
  const metadata = asObject(object['metadata']);
  if (metadata === undefined) return fault('missing', `${place}.metadata`, 'the pod has no metadata');
  const named = parseNames(metadata, `${place}.metadata`);
  if (!named.ok) return named;
  const spec = asObject(object['spec']) ?? {};
  const status = asObject(object['status']) ?? {};
  const containers = parseContainers(spec, status);
  if (containers.length > KUBE_LIMITS.containers) {
    return fault(
      'too_large',
      `${place}.spec.containers`,
      `more than ${KUBE_LIMITS.containers} containers in one pod`,
    );
  }
  const { mirror, ...names } = named.value;
  const pod: PodView = {
    ...names,
    ...lifetime(metadata),
    ...statusFields(status),
    ...ownership(metadata),
    containers,
    spec: specFields(spec),
    managers: fieldManagers(metadata['managedFields']),
  };
  return ok({ pod, mirror });
}

interface PodNames {
  readonly podUid: string;
  readonly podName: string;
  readonly namespace: string;
  readonly mirror: boolean;
}

function parseNames(metadata: JsonObject, place: string): Result<PodNames> {
  const uid = nameOf(metadata, 'uid', place);
  if (!uid.ok) return uid;
  const podName = nameOf(metadata, 'name', place);
  if (!podName.ok) return podName;
  const namespace = nameOf(metadata, 'namespace', place);
  if (!namespace.ok) return namespace;
  const annotations = asObject(metadata['annotations']) ?? {};
  const mirrored = manifestHash(annotations['kubernetes.io/config.mirror']);
  return ok({
    podUid: mirrored ?? uid.value,
    podName: podName.value,
    namespace: namespace.value,
    mirror: mirrored !== undefined,
  });
}

/** The uid by which events name a pod: for a static pod's mirror that of the static pod. */
export function podUidOf(pod: JsonObject): string | undefined {
  const metadata = asObject(pod['metadata']) ?? {};
  const annotations = asObject(metadata['annotations']) ?? {};
  return manifestHash(annotations['kubernetes.io/config.mirror']) ?? asText(metadata['uid']);
}

/** The kubelet's hash of a static pod's manifest, which is that pod's uid on its node. */
function manifestHash(value: unknown): string | undefined {
  const hash = asText(value);
  return hash !== undefined && /^[0-9a-f-]{8,64}$/.test(hash) ? hash : undefined;
}

function nameOf(metadata: JsonObject, key: string, place: string): Result<string> {
  const value = metadata[key];
  const at = `${place}.${key}`;
  if (value === undefined || value === '') return fault('missing', at, `the pod has no ${key}`);
  if (typeof value !== 'string') return fault('type', at, `${key} must be a string`);
  if (value.length > KUBE_LIMITS.nameLength) {
    return fault('too_large', at, `${key} has ${value.length} characters; at most ${KUBE_LIMITS.nameLength}`);
  }
  return ok(value);
}

function lifetime(metadata: JsonObject): Partial<PodView> {
  const createdUs = asTimeUs(metadata['creationTimestamp']);
  const deletionUs = asTimeUs(metadata['deletionTimestamp']);
  const graceSeconds = asCount(metadata['deletionGracePeriodSeconds']);
  const graceUs = graceSeconds === undefined ? undefined : graceSeconds * 1_000_000;
  const resourceVersion = asText(metadata['resourceVersion']);
  const generation = asCount(metadata['generation']);
  return {
    ...(resourceVersion === undefined ? {} : { resourceVersion: cut(resourceVersion, 64) }),
    ...(generation === undefined ? {} : { generation }),
    ...(createdUs === undefined ? {} : { createdUs }),
    ...(deletionUs === undefined ? {} : { deletionRequestedUs: deletionUs - (graceUs ?? 0) }),
    ...(deletionUs === undefined || graceUs === undefined ? {} : { graceUs }),
  };
}

function statusFields(status: JsonObject): Partial<PodView> {
  const qos = asText(status['qosClass']);
  const reason = asText(status['reason']);
  const message = asText(status['message']);
  const disruptedUs = (asList(status['conditions']) ?? [])
    .slice(0, 64)
    .map(asObject)
    .filter((condition) => condition?.['type'] === 'DisruptionTarget' && condition['status'] === 'True')
    .map((condition) => asTimeUs(condition?.['lastTransitionTime']))[0];
  return {
    ...(qos === undefined ? {} : { qos: cut(qos, 32) }),
    ...(reason === undefined ? {} : { statusReason: cut(reason, 128) }),
    ...(message === undefined ? {} : { statusMessage: scrubbedMessage(message) }),
    ...(disruptedUs === undefined ? {} : { disruptedUs }),
  };
}

function ownership(metadata: JsonObject): Partial<PodView> {
  const labels = asObject(metadata['labels']) ?? {};
  const createdUs = asTimeUs(metadata['creationTimestamp']);
  const workload = resolveWorkload({ ownerReferences: metadata['ownerReferences'], labels, createdUs });
  const revision = revisionOf(labels);
  return {
    ...(workload === undefined ? {} : { workload }),
    ...(revision === undefined ? {} : { revision }),
  };
}
