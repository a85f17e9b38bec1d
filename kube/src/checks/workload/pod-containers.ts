import type { JsonObject } from '../../json.ts';
import { asList, asObject, asText } from '../../json.ts';
import { oncePerSnapshot } from '../../relations/once.ts';
import { parseContainers } from '../../parse-container.ts';
import type { ContainerView } from '../../pod-view.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';

/** A container with what its pod's spec and status say of it. */
export interface PodContainer {
  readonly view: ContainerView;
  /** Empty where the spec was not read. */
  readonly spec: JsonObject;
  /** Undefined where there is no status. */
  readonly isReady: boolean | undefined;
  /** Its startup probe has passed, or it has none. */
  readonly isStarted: boolean | undefined;
}

const known = new WeakMap<KubeObject, readonly PodContainer[]>();

/** Containers of a pod, init containers first; ephemeral ones are nobody's workload. */
export function containersOf(pod: KubeObject): readonly PodContainer[] {
  const found = known.get(pod);
  if (found !== undefined) return found;
  const specs = new Map<string, JsonObject>();
  const statuses = new Map<string, JsonObject>();
  for (const key of ['initContainers', 'containers']) collect(pod.spec[key], specs);
  for (const key of ['initContainerStatuses', 'containerStatuses']) collect(pod.status[key], statuses);
  const containers = parseContainers(pod.spec, pod.status)
    .filter((view) => view.kind !== 'ephemeral')
    .map((view): PodContainer => {
      const status = statuses.get(view.name);
      return {
        view,
        spec: specs.get(view.name) ?? {},
        isReady: flagOf(status?.['ready']),
        isStarted: flagOf(status?.['started']),
      };
    });
  known.set(pod, containers);
  return containers;
}

function collect(list: unknown, into: Map<string, JsonObject>): void {
  for (const entry of (asList(list) ?? []).slice(0, 128)) {
    const object = asObject(entry);
    const name = asText(object?.['name']);
    if (object !== undefined && name !== undefined && !into.has(name)) into.set(name, object);
  }
}

function flagOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** Pods that run or are meant to: neither over nor being deleted. */
export const standingPods = oncePerSnapshot((snapshot) =>
  snapshot
    .all('Pod')
    .filter(
      (pod) =>
        pod.deletionUs === undefined &&
        pod.status['phase'] !== 'Succeeded' &&
        pod.status['reason'] !== 'Evicted',
    ),
);

/** `500m` or `2` as thousandths of a core; undefined where there is no limit. */
export function cpuLimitMillis(container: JsonObject): number | undefined {
  const cpu = asObject(asObject(container['resources'])?.['limits'])?.['cpu'];
  const text = typeof cpu === 'number' ? String(cpu) : (asText(cpu) ?? '');
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(text);
  return match === null ? undefined : Math.round(Number(match[1]) * (match[2] === 'm' ? 1 : 1000));
}

export function memoryLimit(container: JsonObject): string | undefined {
  const memory = asObject(asObject(container['resources'])?.['limits'])?.['memory'];
  return typeof memory === 'number' ? String(memory) : asText(memory);
}
