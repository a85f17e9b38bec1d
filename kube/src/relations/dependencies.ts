import type { KubeObject } from '../snapshot/kube-object.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { ConfiguredAddress } from './addresses.ts';
import { configuredAddresses } from './addresses.ts';
import { oncePerSnapshot } from './once.ts';
import type { PodTemplate } from './pod-templates.ts';
import { podTemplates } from './pod-templates.ts';
import type { HostTarget } from './resolve-host.ts';
import { resolveHost } from './resolve-host.ts';
import { serviceNamed } from './services.ts';

/** An address that a workload is configured to use, and what it stands for. */
export interface Dependency {
  readonly client: PodTemplate;
  readonly address: ConfiguredAddress;
  readonly target: HostTarget;
  /** The Service, where there is one. */
  readonly service: KubeObject | undefined;
}

/** Whom workloads are configured to talk to, external hosts and themselves included. */
export const dependencies = oncePerSnapshot((snapshot: Snapshot): readonly Dependency[] =>
  podTemplates(snapshot).flatMap((client) =>
    configuredAddresses(snapshot, client).flatMap((address) => {
      const target = resolveHost(snapshot, client.workload.namespace, address.host);
      if (target === undefined) return [];
      const { object } = target;
      const service =
        target.is === 'service' && object !== undefined
          ? serviceNamed(snapshot, object.namespace, object.name)
          : undefined;
      return [{ client, address, target, service }];
    }),
  ),
);

const byService = oncePerSnapshot((snapshot) => {
  const clients = new Map<string, Dependency[]>();
  for (const dependency of dependencies(snapshot)) {
    const { service } = dependency;
    if (service === undefined) continue;
    const key = `${service.namespace}/${service.name}`;
    clients.set(key, [...(clients.get(key) ?? []), dependency]);
  }
  return clients;
});

/** Workloads that are configured to use a Service. */
export function clientsOf(snapshot: Snapshot, service: KubeObject): readonly Dependency[] {
  return byService(snapshot).get(`${service.namespace}/${service.name}`) ?? [];
}
