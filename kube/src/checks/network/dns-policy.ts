import { asList, asObject, asText } from '../../json.ts';
import { dependencies } from '../../relations/dependencies.ts';
import type { PodTemplate } from '../../relations/pod-templates.ts';
import { servicesOf } from '../../relations/services.ts';
import type { Check } from '../check.ts';
import { isClusterDns } from './cluster-dns.ts';

/** Link-local addresses on which caches of the cluster’s DNS listen on each node. */
const NODE_CACHE = /^169\.254\./;

/** Workloads that are given names of Services but do not ask the cluster’s DNS for them. */
export const dnsPolicy: Check = {
  name: 'dns-policy',
  run(snapshot, emit) {
    const server = asText(servicesOf(snapshot, 'kube-system').find(isClusterDns)?.spec['clusterIP']);
    const told = new Set<PodTemplate>();
    for (const { client, address, target } of dependencies(snapshot)) {
      if (told.has(client) || target.is !== 'service' || target.exists === false || address.form === 'looks')
        continue;
      // An address needs no name server.
      if (!/[a-z]/.test(address.host) || address.host.includes(':')) continue;
      if (client.workload.namespace === 'kube-system') continue;
      if (asksCluster(client, { host: address.host, server })) continue;
      told.add(client);
      const { podSpec } = client;
      emit({
        type: 'dns_policy_wrong',
        about: client.object,
        container: address.container,
        data: {
          policy: asText(podSpec['dnsPolicy']) ?? 'ClusterFirst',
          host_network: podSpec['hostNetwork'] === true,
          nameservers: nameServers(client).join(', ') || undefined,
          host: address.host,
          setting: address.setting,
        },
      });
    }
  },
};

/** "Pod's DNS Policy": ClusterFirst of a pod in the node's network is Default. */
function asksCluster(
  client: PodTemplate,
  { host, server }: { readonly host: string; readonly server: string | undefined },
): boolean {
  const { podSpec } = client;
  const servers = nameServers(client);
  const added = servers.some((address) => address === server || NODE_CACHE.test(address));
  switch (asText(podSpec['dnsPolicy']) ?? 'ClusterFirst') {
    case 'ClusterFirstWithHostNet':
      return true;
    case 'ClusterFirst':
      return podSpec['hostNetwork'] !== true || added;
    case 'Default':
      return added;
    case 'None': {
      const searches = asList(asObject(podSpec['dnsConfig'])?.['searches']) ?? [];
      const isShort = !host.includes('.svc.');
      return server === undefined || (added && (!isShort || searches.length > 0));
    }
    default:
      return true;
  }
}

function nameServers({ podSpec }: PodTemplate): readonly string[] {
  return (asList(asObject(podSpec['dnsConfig'])?.['nameservers']) ?? []).flatMap(
    (entry) => asText(entry) ?? [],
  );
}
