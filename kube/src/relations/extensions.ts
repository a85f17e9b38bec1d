import { asList, asObject, asText } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { KubeObject, ObjectName } from '../snapshot/kube-object.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { oncePerSnapshot } from './once.ts';

/** A part of the API that a Service of the cluster serves. */
export interface Extension {
  readonly kind: 'api' | 'webhook';
  /** The APIService or webhook configuration. */
  readonly about: KubeObject;
  /** API group, or name of the webhook. */
  readonly group: string;
  readonly service: ObjectName;
}

const CONFIGURATIONS = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'] as const;
/** Webhooks of one configuration that are looked at. */
const WEBHOOKS = 200;

/** APIServices and webhooks that lead to a Service. */
export const extensions = oncePerSnapshot((snapshot): readonly Extension[] => [
  ...snapshot.all('APIService').flatMap((about): Extension[] => {
    const service = serviceOf(about.spec['service']);
    const group = asText(about.spec['group']) ?? about.name.split('.').slice(1).join('.');
    return service === undefined ? [] : [{ kind: 'api', about, group, service }];
  }),
  ...CONFIGURATIONS.flatMap((kind) =>
    snapshot.all(kind).flatMap((about) =>
      (asList(about.raw['webhooks']) ?? []).slice(0, WEBHOOKS).flatMap((entry): Extension[] => {
        const webhook = asObject(entry);
        const service = serviceOf(asObject(webhook?.['clientConfig'])?.['service']);
        const group = asText(webhook?.['name']) ?? '';
        return service === undefined ? [] : [{ kind: 'webhook', about, group, service }];
      }),
    ),
  ),
]);

function serviceOf(value: unknown): ObjectName | undefined {
  const reference: JsonObject | undefined = asObject(value);
  const name = asText(reference?.['name']);
  const namespace = asText(reference?.['namespace']);
  return name === undefined || namespace === undefined ? undefined : { kind: 'Service', namespace, name };
}

/** Objects that have the API server call a Service: each counts once. */
export function extensionsAt(snapshot: Snapshot, { namespace, name }: KubeObject): ReadonlySet<string> {
  return new Set(
    extensions(snapshot)
      .filter(({ service }) => service.namespace === namespace && service.name === name)
      .map(({ about }) => `${about.kind}/${about.name}`),
  );
}

/** The Service that a failed call of a webhook names: its address, or a complaint about its endpoints. */
export function serviceInMessage(snapshot: Snapshot, message: string): ObjectName | undefined {
  const address = /https?:\/\/([a-z0-9-]{1,63})\.([a-z0-9-]{1,63})\.svc\b/.exec(message);
  if (address !== null) return { kind: 'Service', namespace: address[2] ?? '', name: address[1] ?? '' };
  const named = /\bservice "([a-z0-9-]{1,63})"/.exec(message)?.[1];
  if (named === undefined) return undefined;
  const found = snapshot.all('Service').filter(({ name }) => name === named);
  return found.length === 1 && found[0] !== undefined
    ? { kind: 'Service', namespace: found[0].namespace, name: named }
    : undefined;
}

/** Who mostly serves an API of metrics, by the names that charts and manifests give. */
const METRICS: Readonly<Record<string, RegExp>> = {
  'metrics.k8s.io': /^(?:[\w-]+-)?metrics-server$|^prometheus-adapter$/,
  'custom.metrics.k8s.io': /prometheus-adapter|custom-metrics|datadog.*metrics/,
  'external.metrics.k8s.io':
    /^keda-(?:operator-)?metrics-apiserver$|prometheus-adapter|external-metrics|datadog.*metrics/,
};

/** The API group that a message complains about: `get pods.metrics.k8s.io`. */
export function metricsGroupIn(message: string): string | undefined {
  return /\b((?:custom\.|external\.)?metrics\.k8s\.io)\b/.exec(message)?.[1];
}

/** The Service behind an API of metrics where the APIServices were not read; undefined where several may be. */
export function metricsServiceOf(snapshot: Snapshot, group: string): ObjectName | undefined {
  const known = extensions(snapshot).find(
    (extension) => extension.kind === 'api' && extension.group === group,
  );
  if (known !== undefined) return known.service;
  if (snapshot.knowsAll('APIService')) return undefined;
  const found = snapshot.all('Service').filter(({ name }) => METRICS[group]?.test(name));
  const [only] = found;
  return found.length === 1 && only !== undefined
    ? { kind: 'Service', namespace: only.namespace, name: only.name }
    : undefined;
}
