import { asObject, asText } from '../../json.ts';
import type { ObjectReport } from '../../relations/object-reports.ts';
import { allReports, reportsAbout } from '../../relations/object-reports.ts';
import { oncePerSnapshot } from '../../relations/once.ts';
import { livePods } from '../../relations/pod-templates.ts';
import { unseenObject } from '../../relations/unseen-object.ts';
import type { KubeObject, ObjectName } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check, Observation } from '../check.ts';
import { claimsOf } from './pod-volumes.ts';
import type { Mismatch } from './volume-facts.ts';
import {
  classOf,
  defaultClass,
  differenceOf,
  mismatchOf,
  nearestClass,
  waitsForConsumer,
} from './volume-facts.ts';

/** A claim is bound within seconds; a provisioner may take a minute. */
const SETTLED_US = 30_000_000;

/** Claims that are not bound, and why: by the controller's words, the class and the volumes that there are. */
export const claimsCheck: Check = {
  name: 'claims',
  run(snapshot, emit) {
    for (const claim of [...snapshot.all('PersistentVolumeClaim'), ...unseenClaims(snapshot)]) {
      const found = whyNotBound(snapshot, claim);
      if (found === undefined) continue;
      const { problem, refers, data } = found;
      emit({
        type: 'claim_pending',
        about: claim,
        ...(refers === undefined ? {} : { refers }),
        ...(claim.createdUs === undefined ? {} : { atUs: claim.createdUs }),
        data: { problem, class: claim.place === '' ? undefined : (classOf(claim) ?? ''), ...data },
      });
    }
  },
};

/** Claims that were not read, by what their Events say, where pods still wait for them. */
function unseenClaims(snapshot: Snapshot): readonly KubeObject[] {
  const claims = new Map<string, KubeObject>();
  for (const { about, reason } of allReports(snapshot)) {
    const { kind, namespace, name } = about;
    if (kind !== 'PersistentVolumeClaim' || !TOLD.has(reason) || snapshot.knowsAll(kind, namespace)) continue;
    if (snapshot.get(kind, namespace, name) !== undefined) continue;
    const claim = { ...unseenObject(about), status: { phase: 'Pending' } };
    if (waitingUsers(snapshot, claim).length > 0) claims.set(`${namespace}/${name}`, claim);
  }
  return [...claims.values()];
}

type Found = Pick<Observation, 'refers' | 'data'> & { readonly problem: string };

function whyNotBound(snapshot: Snapshot, claim: KubeObject): Found | undefined {
  const phase = claim.status['phase'];
  const volumeName = asText(claim.spec['volumeName']);
  if (claim.deletionUs !== undefined) {
    const users = waitingUsers(snapshot, claim);
    return users.length > 0 && snapshot.takenUs - claim.deletionUs > SETTLED_US
      ? { problem: 'terminating', data: { proven: 'objects' } }
      : undefined;
  }
  const lost = reportsAbout(snapshot, claim).findLast(({ reason }) => reason === 'ClaimLost');
  const isGone =
    phase === 'Bound' &&
    volumeName !== undefined &&
    snapshot.knowsAll('PersistentVolume') &&
    snapshot.get('PersistentVolume', '', volumeName) === undefined;
  if (phase === 'Lost' || isGone) {
    return {
      problem: 'lost',
      ...volumeRef(volumeName),
      data: { volume: volumeName, message: lost?.message, proven: 'objects' },
    };
  }
  if (phase !== 'Pending') return undefined;
  const isTold = reportsAbout(snapshot, claim).some(
    ({ reason }) => reason === 'ProvisioningFailed' || reason === 'VolumeMismatch',
  );
  if (!isTold && snapshot.takenUs - (claim.createdUs ?? 0) < SETTLED_US) return undefined;
  return whyPending(snapshot, claim, volumeName);
}

function whyPending(
  snapshot: Snapshot,
  claim: KubeObject,
  volumeName: string | undefined,
): Found | undefined {
  const said = reportsAbout(snapshot, claim)
    .filter(({ reason }) => TOLD.has(reason))
    .at(-1);
  if (volumeName !== undefined) return whyNotThatVolume(snapshot, { claim, volumeName, said });
  const named = classOf(claim);
  const storageClass = named === undefined ? defaultClass(snapshot) : snapshot.get('StorageClass', '', named);
  const missing = /storageclass(?:\.storage\.k8s\.io)? "([^"]+)" not found/.exec(said?.message ?? '')?.[1];
  const isMissing =
    named !== undefined && named !== '' && storageClass === undefined && snapshot.knowsAll('StorageClass');
  const fit = bestVolume(snapshot, claim);
  if (missing !== undefined || isMissing) {
    // A class need not be there where volumes are made by hand under its name.
    const byHand = fit !== undefined && fit.mismatch !== 'volume_class' && fit.mismatch !== 'volume_taken';
    if (byHand) return mismatched(claim, fit, said);
    const name = missing ?? named ?? '';
    return {
      problem: 'class_missing',
      refers: { kind: 'StorageClass', namespace: '', name },
      data: {
        class: name,
        nearest: nearestClass(snapshot, name),
        message: said?.message,
        proven: missing === undefined ? 'objects' : isMissing ? 'both' : 'message',
      },
    };
  }
  const failed = said?.reason === 'ProvisioningFailed' ? said : undefined;
  const waits = reportsAbout(snapshot, claim).findLast(
    ({ reason }) => reason === 'ExternalProvisioning' || reason === 'Provisioning',
  );
  const provisioner = asText(storageClass?.raw['provisioner']);
  const isDynamic = provisioner !== undefined && provisioner !== 'kubernetes.io/no-provisioner';
  if (failed !== undefined)
    return { problem: 'provisioner', data: { provisioner, message: failed.message, proven: 'message' } };
  if (waitsForConsumer(storageClass) || said?.reason === 'WaitForFirstConsumer') {
    const users = waitingUsers(snapshot, claim);
    if (!isDynamic && users.length > 0) return mismatched(claim, fit, said);
    const isNodeChosen =
      asObject(claim.metadata['annotations'])?.['volume.kubernetes.io/selected-node'] !== undefined;
    return users.length > 0 && (waits !== undefined || isNodeChosen)
      ? { problem: 'provisioner', data: { provisioner, message: waits?.message, proven: 'message' } }
      : undefined;
  }
  if (isDynamic || waits !== undefined) {
    return {
      problem: 'provisioner',
      data: {
        provisioner,
        message: (said ?? waits)?.message,
        proven: waits === undefined ? 'objects' : 'message',
      },
    };
  }
  if (
    named === undefined &&
    storageClass === undefined &&
    (fit === undefined || fit.mismatch === 'volume_class') &&
    snapshot.knowsAll('StorageClass')
  ) {
    return {
      problem: 'no_default_class',
      data: {
        nearest: nearestClass(snapshot, ''),
        message: said?.message,
        proven: said === undefined ? 'objects' : 'both',
      },
    };
  }
  return mismatched(claim, fit, said);
}

const TOLD: ReadonlySet<string> = new Set([
  'ProvisioningFailed',
  'FailedBinding',
  'VolumeMismatch',
  'WaitForFirstConsumer',
  'ClaimMisbound',
]);

/** pkg/controller/volume/persistentvolume: `Cannot bind to requested volume "pv": <why>`. */
const MISBOUND: readonly (readonly [RegExp, string])[] = [
  [/requested PV is too small/, 'capacity'],
  [/incompatible accessMode/, 'access_mode'],
  [/storageClassName does not match/, 'volume_class'],
  [/incompatible volumeMode/, 'access_mode'],
  [/volume already bound to a different claim/, 'volume_taken'],
  [/two claims are bound to the same volume/, 'volume_taken'],
];

function whyNotThatVolume(
  snapshot: Snapshot,
  {
    claim,
    volumeName,
    said,
  }: { readonly claim: KubeObject; readonly volumeName: string; readonly said: ObjectReport | undefined },
): Found | undefined {
  const volume = snapshot.get('PersistentVolume', '', volumeName);
  const told = MISBOUND.find(([pattern]) => pattern.test(said?.message ?? ''))?.[1];
  if (volume === undefined) {
    if (told === undefined && !snapshot.knowsAll('PersistentVolume')) return undefined;
    return {
      problem: told ?? 'volume_missing',
      ...volumeRef(volumeName),
      data: {
        volume: volumeName,
        message: said?.message,
        proven: told === undefined ? 'objects' : 'message',
      },
    };
  }
  const mismatch = mismatchOf(claim, volume);
  if (mismatch === undefined)
    return told === undefined
      ? undefined
      : {
          problem: told,
          ...volumeRef(volumeName),
          data: { volume: volumeName, message: said?.message, proven: 'message' },
        };
  return mismatched(claim, { volume, mismatch }, said);
}

interface Fit {
  readonly volume: KubeObject;
  readonly mismatch: Mismatch;
}

const CLOSENESS: readonly Mismatch[] = [
  'volume_taken',
  'volume_class',
  'selector',
  'access_mode',
  'capacity',
];

/** The volume that misses by least; undefined where there is none, or where one fits. */
function bestVolume(snapshot: Snapshot, claim: KubeObject): Fit | undefined {
  if (!snapshot.knowsAll('PersistentVolume')) return undefined;
  let best: Fit | undefined;
  for (const volume of snapshot.all('PersistentVolume')) {
    const mismatch = mismatchOf(claim, volume);
    if (mismatch === undefined) return undefined;
    if (best === undefined || CLOSENESS.indexOf(mismatch) > CLOSENESS.indexOf(best.mismatch))
      best = { volume, mismatch };
  }
  return best;
}

function mismatched(
  claim: KubeObject,
  fit: Fit | undefined,
  said: ObjectReport | undefined,
): Found | undefined {
  if (
    fit === undefined ||
    (fit.mismatch === 'volume_taken' && asText(claim.spec['volumeName']) === undefined)
  ) {
    return {
      problem: 'no_volume',
      data: {
        wanted: classOf(claim) ?? '',
        message: said?.message,
        proven: said === undefined ? 'objects' : 'message',
      },
    };
  }
  const { volume, mismatch } = fit;
  const { wanted, offered } = differenceOf(mismatch, claim, volume);
  return {
    problem: mismatch,
    ...volumeRef(volume.name),
    data: {
      volume: volume.name,
      wanted,
      offered,
      taken_by: mismatch === 'volume_taken' ? offered : undefined,
      message: said?.message,
      proven: said === undefined ? 'objects' : 'both',
    },
  };
}

function volumeRef(name: string | undefined): { readonly refers?: ObjectName } {
  return name === undefined ? {} : { refers: { kind: 'PersistentVolume', namespace: '', name } };
}

const usersByClaim = oncePerSnapshot((snapshot) => {
  const users = new Map<string, KubeObject[]>();
  for (const pod of livePods(snapshot.all('Pod'))) {
    for (const { claim } of claimsOf(pod)) {
      const key = `${pod.namespace}/${claim}`;
      users.set(key, [...(users.get(key) ?? []), pod]);
    }
  }
  return users;
});

function waitingUsers(snapshot: Snapshot, claim: KubeObject): readonly KubeObject[] {
  return (usersByClaim(snapshot).get(`${claim.namespace}/${claim.name}`) ?? []).filter(
    ({ status }) => status['phase'] === 'Pending',
  );
}
