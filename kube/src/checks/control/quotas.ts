import { parseQuantity } from '@tapio/domain';
import { asObject, asText } from '../../json.ts';
import { reportsAbout } from '../../relations/object-reports.ts';
import { podTemplates } from '../../relations/pod-templates.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check } from '../check.ts';
import { requestsOf } from '../platform/node-facts.ts';
import { resourceOf } from './refusal-message.ts';

/**
 * Quotas that leave no room for the pods that a workload lacks, where the controller's Event is lost: the quota's own
 * status and the pod's requests show it.
 */
export const quotasCheck: Check = {
  name: 'quotas',
  run(snapshot, emit) {
    for (const { object, workload, podSpec, pods, replicas } of podTemplates(snapshot)) {
      if (replicas === undefined || pods.length >= replicas || isTold(snapshot, object)) continue;
      if (!snapshot.knowsAll('Pod', object.namespace)) continue;
      for (const quota of snapshot.all('ResourceQuota', object.namespace)) {
        const full = fullFor(quota, podSpec);
        if (full === undefined) continue;
        emit({
          type: 'pod_refused',
          about: snapshot.get(workload.kind, workload.namespace, workload.name) ?? object,
          refers: { kind: 'ResourceQuota', namespace: quota.namespace, name: quota.name },
          data: {
            problem: 'quota',
            resource: resourceOf(full.key),
            quota_key: full.key,
            requested: full.requested,
            used: full.used,
            limited: full.limited,
            subject: quota.name,
            missing_pods: replicas - pods.length,
            proven: 'objects',
          },
        });
        emit({
          type: 'pods_refused_by',
          about: quota,
          discriminators: ['quota', full.key],
          data: { problem: 'quota', quota_key: full.key, used: full.used, limited: full.limited },
        });
        break;
      }
    }
  },
};

/** A controller has said why it makes no pods. */
export function isTold(snapshot: Snapshot, workload: KubeObject): boolean {
  const makers = [
    workload,
    ...snapshot
      .all('ReplicaSet', workload.namespace)
      .filter((set) => snapshot.ownerOf(set).name === workload.name),
  ];
  return makers.some((maker) =>
    reportsAbout(snapshot, maker).some(({ reason }) => reason === 'FailedCreate'),
  );
}

interface Full {
  readonly key: string;
  readonly requested: string;
  readonly used: string;
  readonly limited: string;
}

/** The first entry that one more pod would exceed. */
function fullFor(quota: KubeObject, podSpec: KubeObject['spec']): Full | undefined {
  const hard = asObject(quota.status['hard']) ?? asObject(quota.spec['hard']) ?? {};
  const used = asObject(quota.status['used']) ?? {};
  const requests = requestsOf(podSpec);
  for (const [key, value] of Object.entries(hard).slice(0, 100)) {
    const limited = asText(value) ?? String(value);
    const usedText = asText(used[key]) ?? '0';
    const wanted = key === 'pods' || key === 'count/pods' ? 1 : requests.get(key.replace(/^requests\./, ''));
    const room = (parseQuantity(limited) ?? Infinity) - (parseQuantity(usedText) ?? 0);
    if (wanted === undefined || key.startsWith('limits.') || wanted <= room) continue;
    return { key, requested: String(wanted), used: usedText, limited };
  }
  return undefined;
}
