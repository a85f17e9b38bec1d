import { asList, asObject, asText } from '../../json.ts';
import { clientsOf } from '../../relations/dependencies.ts';
import { extensionsAt } from '../../relations/extensions.ts';
import { oncePerSnapshot } from '../../relations/once.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import { objectText } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';

/** A Service that an Ingress leads to, as the Ingress names it. */
export interface IngressBackend {
  readonly ingress: KubeObject;
  /** `*` where the rule is for every host. */
  readonly host: string;
  readonly path: string | undefined;
  readonly service: string;
  /** Number or name; undefined where the backend names none. */
  readonly port: number | string | undefined;
}

/** Backends of all Ingresses (networking.k8s.io/v1, and the older `serviceName`, `servicePort`). */
export const ingressBackends = oncePerSnapshot((snapshot): readonly IngressBackend[] =>
  snapshot.all('Ingress').flatMap((ingress) => {
    const base = { ingress, host: '*', path: undefined };
    const byDefault = backendOf(ingress.spec['defaultBackend'] ?? ingress.spec['backend']);
    const ofRules = (asList(ingress.spec['rules']) ?? []).slice(0, 256).flatMap((entry) => {
      const rule = asObject(entry);
      const host = asText(rule?.['host']) ?? '*';
      return (asList(asObject(rule?.['http'])?.['paths']) ?? []).slice(0, 256).flatMap((item) => {
        const backend = backendOf(asObject(item)?.['backend']);
        return backend === undefined
          ? []
          : [{ ingress, host, path: asText(asObject(item)?.['path']), ...backend }];
      });
    });
    return byDefault === undefined ? ofRules : [{ ...base, ...byDefault }, ...ofRules];
  }),
);

function backendOf(value: unknown): Pick<IngressBackend, 'service' | 'port'> | undefined {
  const backend = asObject(value);
  const service = asObject(backend?.['service']);
  const name = asText(service?.['name']) ?? asText(backend?.['serviceName']);
  if (name === undefined) return undefined;
  const port = asObject(service?.['port']);
  const wanted = port?.['number'] ?? port?.['name'] ?? backend?.['servicePort'];
  return { service: name, port: typeof wanted === 'number' ? wanted : asText(wanted) };
}

/**
 * Workloads, Ingresses, webhooks and APIServices that are configured to use a Service, without workloads that it selects
 * itself.
 */
export function clientCount(snapshot: Snapshot, service: KubeObject): number {
  const workloads = new Set(clientsOf(snapshot, service).map(({ client }) => objectText(client.workload)));
  const ingresses = new Set(
    ingressBackends(snapshot)
      .filter(
        ({ ingress, service: name }) => ingress.namespace === service.namespace && name === service.name,
      )
      .map(({ ingress }) => ingress.name),
  );
  return workloads.size + ingresses.size + extensionsAt(snapshot, service).size;
}
