import { asList, asObject, asTimeUs } from '../../json.ts';
import { knowsMost } from '../../relations/known.ts';
import { isReady, livePods } from '../../relations/pod-templates.ts';
import { isExternalName, isHeadless, selectorOf, servicesOf } from '../../relations/services.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Check } from '../check.ts';
import { isClusterDns } from './cluster-dns.ts';
import { selected } from './service-selection.ts';
import { clientCount } from './service-users.ts';

/** Pods that were just made are not expected to be ready. */
const STARTING_US = 30_000_000;
/** What has lasted longer is told as of now: rules look that far back for what stands beside it. */
const LASTING_US = 20 * 86_400_000_000;
const WORKLOADS_LIMIT = 8;

/** Services that select workloads of which no pod is ready; Jobs come and go and are left out. */
export const serviceReadiness: Check = {
  name: 'service-readiness',
  run(snapshot, emit) {
    for (const service of servicesOf(snapshot)) {
      if (isExternalName(service) || service.deletionUs !== undefined || isClusterDns(service)) continue;
      if (service.spec['publishNotReadyAddresses'] === true) continue;
      const pods = livePods(snapshot.podsWithLabels(service.namespace, selectorOf(service)));
      if (pods.some(isReady) || !knowsMost(snapshot, 'Pod', service.namespace)) continue;
      if (pods.length > 0 && pods.every((pod) => snapshot.takenUs - (pod.createdUs ?? 0) < STARTING_US))
        continue;
      const workloads = selected(snapshot, service).filter(({ workload }) => !/Job$/.test(workload.kind));
      for (const { workload, replicas } of workloads.slice(0, WORKLOADS_LIMIT)) {
        const since = Math.max(0, ...pods.map(unreadySince));
        emit({
          type: 'service_without_ready_pods',
          about: service,
          refers: workload,
          ...(since > snapshot.takenUs - LASTING_US && since <= snapshot.takenUs ? { atUs: since } : {}),
          discriminators: [workload.kind, workload.name],
          data: {
            pods: pods.length,
            replicas,
            headless: isHeadless(service),
            clients: clientCount(snapshot, service),
          },
        });
      }
    }
  },
};

function unreadySince(pod: KubeObject): number {
  const condition = (asList(pod.status['conditions']) ?? [])
    .map(asObject)
    .find((c) => c?.['type'] === 'Ready');
  return asTimeUs(condition?.['lastTransitionTime']) ?? pod.createdUs ?? 0;
}
