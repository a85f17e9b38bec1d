import { knowsMost } from '../../relations/known.ts';
import { isReady, livePods, podTemplates } from '../../relations/pod-templates.ts';
import { servicesOf } from '../../relations/services.ts';
import { nameOf } from '../../snapshot/snapshot.ts';
import type { Check } from '../check.ts';
import { isClusterDns } from './cluster-dns.ts';
import { selected } from './service-selection.ts';

const NAMESPACE = 'kube-system';
const STARTING_US = 30_000_000;

/** The cluster’s DNS: without a ready server no name of a Service resolves. */
export const dnsServers: Check = {
  name: 'dns-servers',
  run(snapshot, emit) {
    if (!knowsMost(snapshot, 'Pod', NAMESPACE)) return;
    const service = servicesOf(snapshot, NAMESPACE).find(isClusterDns);
    const servers = podTemplates(snapshot).filter(
      ({ workload, labels }) =>
        workload.namespace === NAMESPACE && (workload.name === 'coredns' || labels['k8s-app'] === 'kube-dns'),
    );
    const [server] = servers;
    if (server === undefined) return;
    const { pods, replicas, object } = server;
    const isSelected = service === undefined || selected(snapshot, service).length > 0;
    const isStarting =
      pods.length > 0 && pods.every((pod) => snapshot.takenUs - (pod.createdUs ?? 0) < STARTING_US);
    if (servers.some((other) => livePods(other.pods).some(isReady)) && isSelected) return;
    if (isStarting) return;
    emit({
      type: 'dns_unavailable',
      about: object,
      ...(service && { refers: nameOf(service) }),
      data: {
        replicas,
        pods: pods.length,
        problem: !isSelected ? 'unselected' : replicas === 0 ? 'scaled' : 'not-ready',
      },
    });
  },
};
