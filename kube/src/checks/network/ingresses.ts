import { asList, asObject, asText } from '../../json.ts';
import { nearestName } from '../../relations/near-names.ts';
import { servicePorts, serviceNamed, servicesOf } from '../../relations/services.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check } from '../check.ts';
import { ingressBackends } from './service-users.ts';

/** Controllers and certificate makers need a moment after an Ingress was made. */
const SETTLED_AFTER_US = 120_000_000;

/** Backends of Ingresses that are no Service, or no port of it. */
export const ingressServices: Check = {
  name: 'ingress-services',
  run(snapshot, emit) {
    for (const { ingress, host, path, service: name, port } of ingressBackends(snapshot)) {
      const { namespace } = ingress;
      const service = serviceNamed(snapshot, namespace, name);
      if (service === undefined && !snapshot.knowsAll('Service', namespace)) continue;
      const ports = service === undefined ? [] : servicePorts(service);
      if (
        service !== undefined &&
        (port === undefined || ports.some((p) => p.port === port || p.name === port))
      )
        continue;
      const names = servicesOf(snapshot, namespace).map((other) => other.name);
      emit({
        type: 'ingress_backend_missing',
        about: ingress,
        refers: { kind: 'Service', namespace, name },
        discriminators: [host, path ?? '', name, port ?? ''],
        data: {
          host,
          path,
          problem: service === undefined ? 'service' : 'port',
          port,
          ports:
            service && ports.map((p) => (p.name === undefined ? p.port : `${p.port} (${p.name})`)).join(', '),
          nearest: service === undefined ? nearestName(name, names) : undefined,
        },
      });
    }
  },
};

/** Ingresses that no controller takes: their class is not there, or they have none and none is the default. */
export const ingressClasses: Check = {
  name: 'ingress-classes',
  run(snapshot, emit) {
    const classes = snapshot.all('IngressClass');
    const names = classes.map((c) => c.name);
    const hasDefault = classes.some(
      (c) => annotation(c, 'ingressclass.kubernetes.io/is-default-class') === 'true',
    );
    for (const ingress of snapshot.all('Ingress')) {
      if (ingress.deletionUs !== undefined) continue;
      const named = asText(ingress.spec['ingressClassName']);
      if (named === undefined) {
        // The older annotation is matched by controllers themselves and needs no object.
        const isAnnotated = annotation(ingress, 'kubernetes.io/ingress.class') !== undefined;
        if (isAnnotated || hasDefault || classes.length === 0 || isServed(ingress)) continue;
        if (isUnsettled(snapshot, ingress)) continue;
        if (!snapshot.knowsAll('IngressClass')) continue;
      } else {
        if (names.includes(named)) continue;
        if (!snapshot.knowsAll('IngressClass') && nearestName(named, names) === undefined) continue;
      }
      emit({
        type: 'ingress_class_missing',
        about: ingress,
        ...(named !== undefined && { refers: { kind: 'IngressClass', namespace: '', name: named } }),
        data: { class: named ?? '', classes: names.join(', ') },
      });
    }
  },
};

/** TLS Secrets that Ingresses name and that are not there. */
export const ingressSecrets: Check = {
  name: 'ingress-secrets',
  run(snapshot, emit) {
    for (const ingress of snapshot.all('Ingress')) {
      if (ingress.deletionUs !== undefined || !snapshot.knowsAll('Secret', ingress.namespace)) continue;
      if (isUnsettled(snapshot, ingress) && isIssued(ingress)) continue;
      for (const { secret, hosts } of ingressTls(ingress)) {
        if (snapshot.get('Secret', ingress.namespace, secret) !== undefined) continue;
        emit({
          type: 'ingress_tls_secret_missing',
          about: ingress,
          refers: { kind: 'Secret', namespace: ingress.namespace, name: secret },
          discriminators: [secret],
          data: { hosts: hosts.join(', ') || undefined },
        });
      }
    }
  },
};

export interface IngressTls {
  readonly secret: string;
  readonly hosts: readonly string[];
}

export function ingressTls(ingress: KubeObject): readonly IngressTls[] {
  return (asList(ingress.spec['tls']) ?? []).slice(0, 64).flatMap((entry) => {
    const secret = asText(asObject(entry)?.['secretName']);
    const hosts = (asList(asObject(entry)?.['hosts']) ?? []).flatMap((host) => asText(host) ?? []);
    return secret === undefined ? [] : [{ secret, hosts }];
  });
}

function isUnsettled(snapshot: Snapshot, ingress: KubeObject): boolean {
  return ingress.createdUs !== undefined && snapshot.takenUs - ingress.createdUs < SETTLED_AFTER_US;
}

/** cert-manager or a forerunner of it makes the Secret. */
function isIssued(ingress: KubeObject): boolean {
  const keys = Object.keys(asObject(ingress.metadata['annotations']) ?? {});
  return keys.some((key) => key.startsWith('cert-manager.io/') || key === 'kubernetes.io/tls-acme');
}

/** A controller has given it an address. */
function isServed(ingress: KubeObject): boolean {
  return (asList(asObject(ingress.status['loadBalancer'])?.['ingress']) ?? []).length > 0;
}

function annotation(object: KubeObject, key: string): string | undefined {
  return asText(asObject(object.metadata['annotations'])?.[key]);
}
