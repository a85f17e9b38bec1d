import { asList, asObject, asText, asTimeUs } from '../../json.ts';
import { conditionOf } from '../../relations/conditions.ts';
import type { ObjectReport } from '../../relations/object-reports.ts';
import { allReports, reportsAbout } from '../../relations/object-reports.ts';
import { isReady, templateOfWorkload } from '../../relations/pod-templates.ts';
import { unseenObject } from '../../relations/unseen-object.ts';
import type { KubeObject, ObjectName } from '../../snapshot/kube-object.ts';
import { objectText } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check, Emit } from '../check.ts';

/** Evicted pods stay in the list for long: those of before are history once the workload is whole again. */
const RECENT_US = 90 * 60_000_000;

/** Evicted and preempted pods, by the resource that ran short. */
export const evictionsCheck: Check = {
  name: 'evictions',
  run(snapshot, emit) {
    evicted(snapshot, emit);
    preempted(snapshot, emit);
  },
};

function evicted(snapshot: Snapshot, emit: Emit): void {
  const groups = new Map<string, KubeObject[]>();
  for (const pod of snapshot.all('Pod')) {
    if (pod.status['reason'] !== 'Evicted' || pod.deletionUs !== undefined) continue;
    const owner = snapshot.ownerOf(pod);
    if (!isCurrent(snapshot, owner, evictedUs(snapshot, pod))) continue;
    const key = `${objectText(owner)} ${problemOf(messageOf(pod))}`;
    groups.set(key, [...(groups.get(key) ?? []), pod]);
  }
  for (const pods of groups.values()) {
    const newest = pods.toSorted((a, b) => (evictedUs(snapshot, b) ?? 0) - (evictedUs(snapshot, a) ?? 0))[0];
    if (newest === undefined) continue;
    const node = asText(newest.spec['nodeName']);
    const atUs = evictedUs(snapshot, newest);
    emit({
      type: 'pods_evicted',
      about: newest,
      ...(node === undefined ? {} : { refers: { kind: 'Node', namespace: '', name: node } }),
      ...(atUs === undefined ? {} : { atUs }),
      discriminators: [problemOf(messageOf(newest))],
      data: { problem: problemOf(messageOf(newest)), pods: pods.length, message: messageOf(newest) },
    });
    const shortage = SHORTAGES[problemOf(messageOf(newest))];
    if (node === undefined || shortage === undefined) continue;
    const name = { kind: 'Node', namespace: '', name: node };
    emit({
      type: 'node_refuses_pods',
      about: snapshot.get('Node', '', node) ?? unseenObject(name),
      ...(atUs === undefined ? {} : { atUs }),
      discriminators: [shortage],
      data: { problem: shortage },
    });
  }
}

const SHORTAGES: Readonly<Record<string, string>> = {
  memory: 'short_of_memory',
  disk: 'short_of_disk',
  pid: 'short_of_pids',
};

function messageOf({ status }: KubeObject): string {
  return asText(status['message']) ?? '';
}

/** Texts of pkg/kubelet/eviction/helpers.go and eviction_manager.go. */
function problemOf(message: string): string {
  if (
    /exceeds the total limit of containers|exceeded its local ephemeral storage limit|Usage of EmptyDir volume/.test(
      message,
    )
  ) {
    return 'storage_limit';
  }
  if (/low on resource: memory|MemoryPressure/.test(message)) return 'memory';
  if (/low on resource: (?:ephemeral-storage|inodes|nodefs|imagefs|containerfs)|DiskPressure/.test(message))
    return 'disk';
  if (/low on resource: pids|PIDPressure/.test(message)) return 'pid';
  return 'other';
}

function evictedUs(snapshot: Snapshot, pod: KubeObject): number | undefined {
  const report = reportsAbout(snapshot, pod).findLast(({ reason }) => reason === 'Evicted');
  const ends = (asList(pod.status['containerStatuses']) ?? []).flatMap(
    (entry) => asTimeUs(asObject(asObject(asObject(entry)?.['state'])?.['terminated'])?.['finishedAt']) ?? [],
  );
  return (
    conditionOf(pod, 'DisruptionTarget')?.sinceUs ??
    report?.lastUs ??
    ends[0] ??
    asTimeUs(pod.status['startTime']) ??
    pod.createdUs
  );
}

/** It was lately, or the workload still lacks pods. */
function isCurrent(snapshot: Snapshot, owner: ObjectName, atUs: number | undefined): boolean {
  if (atUs !== undefined && snapshot.takenUs - atUs < RECENT_US) return true;
  return owner.kind !== 'Pod' && lacksPods(snapshot, owner);
}

function lacksPods(snapshot: Snapshot, owner: ObjectName): boolean {
  const template = templateOfWorkload(snapshot, owner);
  if (template === undefined) return false;
  const ready = template.pods.filter(isReady).length;
  return template.replicas === undefined
    ? template.pods.length > 0 && ready < template.pods.length
    : ready < template.replicas;
}

const PREEMPTED_US = 3_600_000_000;

function preempted(snapshot: Snapshot, emit: Emit): void {
  const groups = new Map<string, { readonly about: KubeObject; readonly reports: ObjectReport[] }>();
  for (const report of allReports(snapshot)) {
    if (report.reason !== 'Preempted' || report.about.kind !== 'Pod') continue;
    if (snapshot.takenUs - (report.lastUs ?? snapshot.takenUs) > PREEMPTED_US) continue;
    const about = makerOf(snapshot, report.about);
    if (about === undefined) continue;
    const key = objectText(snapshot.ownerOf(about));
    const group = groups.get(key) ?? { about, reports: [] };
    group.reports.push(report);
    groups.set(key, group);
  }
  for (const { about, reports } of groups.values()) {
    const owner = snapshot.ownerOf(about);
    const last = reports.at(-1);
    if (last === undefined || !(about.kind === 'Pod' || lacksPods(snapshot, owner))) continue;
    const node = / on node ([a-z0-9.-]+)/.exec(last.message)?.[1]?.replace(/\.$/, '');
    emit({
      type: 'pods_evicted',
      about,
      ...(node === undefined ? {} : { refers: { kind: 'Node', namespace: '', name: node } }),
      ...(last.lastUs === undefined ? {} : { atUs: last.lastUs }),
      discriminators: ['preempted'],
      data: {
        problem: 'preempted',
        pods: new Set(reports.map(({ about: pod }) => pod.name)).size,
        by: preemptor(snapshot, last.message),
        message: last.message,
      },
    });
  }
}

/** The preempted pod is gone: what made it is found by the name, less its random end. */
function makerOf(snapshot: Snapshot, { namespace, name }: ObjectName): KubeObject | undefined {
  const pod = snapshot.get('Pod', namespace, name);
  if (pod !== undefined) return pod;
  const stem = name.replace(/-[a-z0-9]+$/, '');
  for (const kind of ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job']) {
    const maker = snapshot.get(kind, namespace, stem);
    if (maker !== undefined) return maker;
  }
  return undefined;
}

/** `Preempted by pod <uid> on node n`, before 1.27 `Preempted by <namespace>/<name> on node n`. */
function preemptor(snapshot: Snapshot, message: string): string | undefined {
  const named = /Preempted by (?:a )?(?:pod )?(\S+) on node/.exec(message)?.[1];
  const pod = snapshot.all('Pod').find(({ uid }) => uid !== undefined && uid === named);
  return pod === undefined ? named : `${pod.namespace}/${pod.name}`;
}
