import type { Snapshot } from '@tapio/kube';
import type { DiagnosedDump } from './diagnose-dump.ts';

/** Kinds that say much where something is wrong, as `kubectl get` takes them. */
const HELPFUL: readonly (readonly [kind: string, resource: string])[] = [
  ['Pod', 'pods'],
  ['Event', 'events'],
  ['Node', 'nodes'],
  ['Service', 'services'],
  ['Deployment', 'deployments'],
  ['ReplicaSet', 'replicasets'],
  ['StatefulSet', 'statefulsets'],
  ['DaemonSet', 'daemonsets'],
  ['Job', 'jobs'],
  ['ConfigMap', 'configmaps'],
  ['PersistentVolumeClaim', 'persistentvolumeclaims'],
  ['PersistentVolume', 'persistentvolumes'],
  ['StorageClass', 'storageclasses'],
  ['ResourceQuota', 'resourcequotas'],
  ['LimitRange', 'limitranges'],
  ['NetworkPolicy', 'networkpolicies'],
  ['Ingress', 'ingresses'],
  ['EndpointSlice', 'endpointslices'],
  ['ServiceAccount', 'serviceaccounts'],
  ['HorizontalPodAutoscaler', 'horizontalpodautoscalers'],
];

/** `34 pods, 120 events, 8 logs and 51 other objects of 12 files; taken 2026-03-04 20:24:41 UTC`. */
export function readWords({ dump, snapshot }: Pick<DiagnosedDump, 'dump' | 'snapshot'>): string {
  const pods = snapshot.all('Pod').length;
  const events = snapshot.all('Event').length;
  const others = snapshot.objects().length - pods - events;
  const { length: logs } = snapshot.logs;
  const taken = new Date(Math.floor(snapshot.takenUs / 1000)).toISOString().slice(0, 19).replace('T', ' ');
  const when = dump.isTimeKnown ? `taken ${taken} UTC` : `its time is not known, assumed ${taken} UTC`;
  return `${counted(pods, 'pod')}, ${counted(events, 'event')}, ${counted(logs, 'log')} and ${counted(others, 'other object')} of ${counted(dump.fileCount, 'file')}; ${when}`;
}

/** Which kinds were not read, and how to get them; empty where all that helps was. */
export function wouldHelpWords(snapshot: Snapshot): string {
  const namespaces = new Set(snapshot.all('Pod').map(({ namespace }) => namespace));
  const missing = HELPFUL.filter(
    ([kind]) =>
      snapshot.all(kind).length === 0 &&
      !snapshot.knowsAll(kind) &&
      ![...namespaces].some((n) => snapshot.knowsAll(kind, n)),
  ).map(([, resource]) => resource);
  const logs = snapshot.logs.length === 0 ? ' Logs of pods would help too.' : '';
  if (missing.length === 0) return logs.trim();
  return `Not in the dump, and would help: kubectl get ${missing.join(',')} -A -o json.${logs}`;
}

/** `1 pod`, `2 pods`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
