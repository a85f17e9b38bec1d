import type { ObservationEvent } from './event.ts';

/** Node of events that are about no node: what the API server holds of Services, claims, quotas. */
export const NO_NODE = '-';

/**
 * The object that an event is about, as `Kind/namespace/name` (namespace empty for objects of the cluster): what
 * `data.object` says, else the workload or bare pod that the event names. Undefined when it names none.
 */
export function objectOf(event: ObservationEvent): string | undefined {
  const { data, namespace, workload, podName } = event;
  if (data['object'] !== undefined) return data['object'];
  if (namespace === undefined) return undefined;
  if (workload !== undefined) {
    const slash = workload.indexOf('/');
    return `${workload.slice(0, slash)}/${namespace}/${workload.slice(slash + 1)}`;
  }
  return podName === undefined ? undefined : `Pod/${namespace}/${podName}`;
}

/** Takes `Kind/namespace/name` apart; undefined when it is none. */
export function parseObject(
  text: string,
): { readonly kind: string; readonly namespace: string; readonly name: string } | undefined {
  const [kind, namespace, ...name] = text.split('/');
  if (kind === undefined || kind === '' || namespace === undefined || name.length === 0) return undefined;
  return { kind, namespace, name: name.join('/') };
}

/** `Service shop/checkout`, `Node worker-1`: what `Kind/namespace/name` is to a person; other text as it is. */
export function objectWords(text: string): string {
  const object = parseObject(text);
  if (object === undefined) return text;
  const { kind, namespace, name } = object;
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}
