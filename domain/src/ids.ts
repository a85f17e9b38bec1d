/**
 * Event ids. Every id is the same for every redelivery of an event and after every restart of every
 * part, so that the graph can hold each event exactly once. Parts are joined by `/`; a part that
 * contains `/` or `%` is escaped, so an id can be taken apart again.
 */

const UNSAFE = /[%/]/g;

function part(value: string | number): string {
  return typeof value === 'number'
    ? String(value)
    : value.replace(UNSAFE, (c) => (c === '%' ? '%25' : '%2F'));
}

function join(parts: readonly (string | number)[]): string {
  return parts.map(part).join('/');
}

export interface KernelEventIdentity {
  readonly cluster: string;
  readonly node: string;
  /** Names one capture: it changes when the pinned maps are made anew, never when the agent restarts. */
  readonly captureEpoch: string;
  readonly ring: string;
  /** Counted in BPF, per ring, without holes among the records that the ring took. */
  readonly sequence: number | bigint;
}

/** `<cluster>/<node>/<capture epoch>/<ring>/<sequence>` */
export function kernelEventId(identity: KernelEventIdentity): string {
  const { cluster, node, captureEpoch, ring, sequence } = identity;
  return join([cluster, node, captureEpoch, ring, sequence.toString()]);
}

export interface ApiEventIdentity {
  readonly cluster: string;
  readonly objectUid: string;
  readonly resourceVersion: string;
  readonly type: string;
  /** What tells apart several events of one type and version: a container, a field. */
  readonly discriminators?: readonly (string | number)[];
}

/** `<cluster>/<object uid>/<resourceVersion>/<type>[/<discriminator>...]` */
export function apiEventId(identity: ApiEventIdentity): string {
  const { cluster, objectUid, resourceVersion, type, discriminators = [] } = identity;
  return join([cluster, objectUid, resourceVersion, type, ...discriminators]);
}

export interface ContainerRunIdentity {
  readonly cluster: string;
  readonly podUid: string;
  readonly container: string;
  /** The kubelet's `restartCount` while this run was the current one: 0 for the first. */
  readonly restartCount: number;
}

/**
 * `<cluster>/<pod uid>/<type>/<container>/<restart count>`: for facts of one run of a container
 * (`container_started`, `container_died`), whatever version of the pod's status they are read from.
 * A resourceVersion would make a second event of the same death when it is read again later
 * (docs/adr/0003).
 */
export function containerRunEventId(type: string, run: ContainerRunIdentity): string {
  return join([run.cluster, run.podUid, type, run.container, run.restartCount]);
}

/**
 * `<cluster>/<pod uid>/<type>[/<discriminator>...]`: for facts that a pod has once (`pod_created`) or that the
 * discriminators name whole (a field and its new value), whatever version of the pod they are read from.
 */
export function podEventId(
  type: string,
  pod: { readonly cluster: string; readonly podUid: string },
  discriminators: readonly (string | number)[] = [],
): string {
  return join([pod.cluster, pod.podUid, type, ...discriminators]);
}

/** `<parent id>/<discriminator>`: an event that Tapio derives from another. */
export function derivedEventId(parentId: string, discriminator: string): string {
  return `${parentId}/${part(discriminator)}`;
}

/** Takes an id apart into its unescaped parts. */
export function eventIdParts(id: string): string[] {
  return id.split('/').map((p) => p.replaceAll('%2F', '/').replaceAll('%25', '%'));
}
