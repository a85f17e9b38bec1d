import { asList, asObject, asText } from '../../json.ts';
import { reportsAbout } from '../../relations/object-reports.ts';
import { livePods } from '../../relations/pod-templates.ts';
import type { KubeObject, ObjectName } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check, Observation } from '../check.ts';
import { entriesOf } from './node-selection.ts';
import { claimsOf } from './pod-volumes.ts';
import { driverInMessage, driverOfClaim } from './storage-drivers.ts';

type Found = Pick<Observation, 'refers' | 'data'> & { readonly problem: string };

/** The kubelet tries again at once: what a new pod fails at in its first seconds is mostly over by the next try. */
const LASTING_US = 10_000_000;
const PASSING = /failed to sync (?:configmap|secret) cache|object "[^"]+"\/"[^"]+" not registered/;

/** Pods on a node whose volumes can't be attached or mounted, by what kubelet and attach-detach controller say. */
export const volumesCheck: Check = {
  name: 'volumes',
  run(snapshot, emit) {
    for (const pod of livePods(snapshot.all('Pod'))) {
      if (!isHeldUp(pod)) continue;
      const found = whyHeldUp(snapshot, pod);
      if (found === undefined) continue;
      const { problem, refers, data } = found;
      // A path that is not there is none by the next try either.
      if (problem !== 'host_path' && snapshot.takenUs - (pod.createdUs ?? 0) < LASTING_US) continue;
      emit({
        type: 'volume_failed',
        about: pod,
        ...(refers === undefined ? {} : { refers }),
        ...(pod.createdUs === undefined ? {} : { atUs: pod.createdUs }),
        discriminators: [String(data?.['volume'] ?? '')],
        data: { problem, driver: driverOf(snapshot, pod, found), ...data },
      });
    }
  },
};

function driverOf(snapshot: Snapshot, pod: KubeObject, { refers, data }: Found): string | undefined {
  const said = driverInMessage(String(data?.['message'] ?? ''));
  if (said !== undefined || refers?.kind !== 'PersistentVolumeClaim') return said;
  return driverOfClaim(snapshot, pod.namespace, refers.name);
}

/** It has a node, and none of its containers was ever made. */
function isHeldUp(pod: KubeObject): boolean {
  if (asText(pod.spec['nodeName']) === undefined || pod.status['phase'] !== 'Pending') return false;
  const statuses = [
    ...(asList(pod.status['initContainerStatuses']) ?? []),
    ...(asList(pod.status['containerStatuses']) ?? []),
  ];
  return statuses.every((entry) => {
    const status = asObject(entry);
    const waiting = asObject(asObject(status?.['state'])?.['waiting']);
    const reason = waiting?.['reason'];
    return (
      status?.['containerID'] === undefined &&
      (waiting === undefined || reason === 'ContainerCreating' || reason === 'PodInitializing')
    );
  });
}

const CONFIG = /(?:configmap|secret)s? "[^"]+" not found|references non-existent|couldn't find key/i;
const VOLUME = /[Vv]olume "([^"]{1,253})"/;

function whyHeldUp(snapshot: Snapshot, pod: KubeObject): Found | undefined {
  const reports = reportsAbout(snapshot, pod).filter(
    ({ lastUs }) => lastUs === undefined || lastUs >= (pod.createdUs ?? 0) - 2_000_000,
  );
  const attach = reports.findLast(({ reason }) => reason === 'FailedAttachVolume');
  if (attach !== undefined) return attachment(snapshot, pod, attach.message);
  const mounts = reports.filter(
    ({ reason, message }) => reason === 'FailedMount' && !CONFIG.test(message) && !PASSING.test(message),
  );
  if (mounts.length === 0) return heldElsewhere(snapshot, pod);
  const exact = mounts.findLast(({ message }) => VOLUME.test(message)) ?? mounts.at(-1);
  if (exact === undefined) return undefined;
  if (!VOLUME.test(exact.message) && reports.some(({ message }) => CONFIG.test(message))) return undefined;
  return mount(pod, exact.message);
}

/** pkg/controller/volume/attachdetach/reconciler: `Multi-Attach error for volume "pv" Volume is already ...`. */
function attachment(snapshot: Snapshot, pod: KubeObject, message: string): Found {
  const volume = VOLUME.exec(message)?.[1];
  const claim = claimOfVolume(snapshot, pod, volume);
  const refers = claimRef(pod, claim);
  if (/Multi-Attach error/.test(message)) {
    const users = /used by pod\(s\) ([^\s,]+)/.exec(message)?.[1] ?? otherUser(snapshot, pod, claim);
    return { problem: 'multi_attach', ...refers, data: { volume, other: users, message, proven: 'message' } };
  }
  return { problem: 'attach', ...refers, data: { volume, message, proven: 'message' } };
}

function mount(pod: KubeObject, message: string): Found {
  const named = VOLUME.exec(message)?.[1] ?? /unmounted volumes=\[([^\],\s]+)/.exec(message)?.[1];
  const path = /hostPath type check failed: (\S+) is not/.exec(message)?.[1];
  if (path !== undefined || /hostPath type check failed/.test(message)) {
    return { problem: 'host_path', data: { volume: named, path, message, proven: 'message' } };
  }
  const claims = claimsOf(pod);
  const claim =
    claims.find(({ volume }) => volume === named)?.claim ??
    (claims.length === 1 ? claims[0]?.claim : undefined);
  const isOfClaim = claims.some(({ volume }) => volume === named) || named?.startsWith('pvc-') === true;
  const problem =
    /timed out waiting for the condition|context deadline exceeded/.test(message) &&
    !/MountVolume\.|mount failed/.test(message)
      ? 'timeout'
      : 'mount';
  return {
    problem,
    ...(isOfClaim ? claimRef(pod, claim) : {}),
    data: { volume: named, path: hostPathOf(pod, named), message, proven: 'message' },
  };
}

/** Nobody says why: a claim for one node alone that a pod on another node has. */
function heldElsewhere(snapshot: Snapshot, pod: KubeObject): Found | undefined {
  if (snapshot.takenUs - (pod.createdUs ?? 0) < SILENT_US) return undefined;
  for (const { volume, claim } of claimsOf(pod)) {
    const modes =
      asList(snapshot.get('PersistentVolumeClaim', pod.namespace, claim)?.spec['accessModes']) ?? [];
    const other =
      modes.length > 0 && modes.every((mode) => mode === 'ReadWriteOnce')
        ? otherUser(snapshot, pod, claim)
        : undefined;
    if (other !== undefined)
      return { problem: 'multi_attach', ...claimRef(pod, claim), data: { volume, other, proven: 'objects' } };
  }
  return undefined;
}

/** A pod is started within seconds, with a large image in minutes; the message comes at once. */
const SILENT_US = 120_000_000;

function hostPathOf(pod: KubeObject, volume: string | undefined): string | undefined {
  const entry = entriesOf(pod.spec['volumes']).find(({ name }) => name === volume);
  return asText(asObject(entry?.['hostPath'])?.['path']);
}

function claimOfVolume(snapshot: Snapshot, pod: KubeObject, volume: string | undefined): string | undefined {
  const claims = claimsOf(pod);
  const bound = claims.find(
    ({ claim }) => snapshot.get('PersistentVolumeClaim', pod.namespace, claim)?.spec['volumeName'] === volume,
  );
  return (bound ?? (claims.length === 1 ? claims[0] : undefined))?.claim;
}

function otherUser(snapshot: Snapshot, pod: KubeObject, claim: string | undefined): string | undefined {
  return livePods(snapshot.all('Pod', pod.namespace)).find(
    (other) =>
      other.name !== pod.name &&
      other.spec['nodeName'] !== pod.spec['nodeName'] &&
      claimsOf(other).some((user) => user.claim === claim),
  )?.name;
}

function claimRef(pod: KubeObject, claim: string | undefined): { readonly refers?: ObjectName } {
  return claim === undefined
    ? {}
    : { refers: { kind: 'PersistentVolumeClaim', namespace: pod.namespace, name: claim } };
}
