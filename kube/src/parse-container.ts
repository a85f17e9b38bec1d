import { scrubText } from '@tapio/domain';
import type { JsonObject } from './json.ts';
import { asCount, asList, asObject, asText, asTimeUs, cut } from './json.ts';
import { KUBE_LIMITS } from './limits.ts';
import type { ContainerKind, ContainerState, ContainerView, TerminatedState } from './pod-view.ts';

/** `containerd://<id>` -> `<id>`. */
function bareContainerId(value: unknown): string | undefined {
  const id = asText(value)?.replace(/^[a-z0-9.+-]{1,32}:\/\//, '');
  return id === undefined || id === '' || id.length > 128 ? undefined : id;
}

/** Joins the containers of a pod's spec with their status, in the order of the spec. */
export function parseContainers(spec: JsonObject, status: JsonObject): readonly ContainerView[] {
  return [
    ...joined(spec['initContainers'], status['initContainerStatuses'], 'init'),
    ...joined(spec['containers'], status['containerStatuses'], 'container'),
    ...joined(spec['ephemeralContainers'], status['ephemeralContainerStatuses'], 'ephemeral'),
  ];
}

function joined(specs: unknown, statuses: unknown, kind: ContainerKind): ContainerView[] {
  const statusByName = byName(statuses);
  const views: ContainerView[] = [];
  const specByName = byName(specs);
  for (const name of new Set([...specByName.keys(), ...statusByName.keys()])) {
    const spec = specByName.get(name);
    const status = statusByName.get(name);
    const isSidecar = kind === 'init' && spec?.['restartPolicy'] === 'Always';
    const image = asText(spec?.['image']) ?? asText(status?.['image']);
    const containerId = bareContainerId(status?.['containerID']);
    const last = terminatedState(asObject(status?.['lastState'])?.['terminated']);
    views.push({
      name,
      kind: isSidecar ? 'sidecar' : kind,
      restartCount: asCount(status?.['restartCount']) ?? 0,
      state: containerState(asObject(status?.['state'])),
      ...(image === undefined ? {} : { image: cut(image, 512) }),
      ...(containerId === undefined ? {} : { containerId }),
      ...(last === undefined ? {} : { last }),
    });
  }
  return views;
}

function byName(list: unknown): Map<string, JsonObject> {
  const entries = new Map<string, JsonObject>();
  for (const entry of (asList(list) ?? []).slice(0, KUBE_LIMITS.containers + 1)) {
    const object = asObject(entry);
    const name = asText(object?.['name']);
    if (object !== undefined && name !== undefined && name.length <= KUBE_LIMITS.nameLength) {
      entries.set(name, object);
    }
  }
  return entries;
}

function containerState(state: JsonObject | undefined): ContainerState {
  const end = terminatedState(state?.['terminated']);
  if (end !== undefined) return { is: 'terminated', end };
  const running = asObject(state?.['running']);
  if (running !== undefined) {
    const startedUs = asTimeUs(running['startedAt']);
    return { is: 'running', ...(startedUs === undefined ? {} : { startedUs }) };
  }
  const waiting = asObject(state?.['waiting']);
  return { is: 'waiting', ...reasonAndMessage(waiting) };
}

function terminatedState(value: unknown): TerminatedState | undefined {
  const object = asObject(value);
  const exitCode = object?.['exitCode'];
  if (object === undefined || !Number.isSafeInteger(exitCode)) return undefined;
  const containerId = bareContainerId(object['containerID']);
  const signal = asCount(object['signal']);
  const startedUs = asTimeUs(object['startedAt']);
  const finishedUs = asTimeUs(object['finishedAt']);
  return {
    exitCode: exitCode as number,
    ...reasonAndMessage(object),
    ...(containerId === undefined ? {} : { containerId }),
    ...(signal === undefined || signal === 0 ? {} : { signal }),
    ...(startedUs === undefined ? {} : { startedUs }),
    ...(finishedUs === undefined ? {} : { finishedUs }),
  };
}

function reasonAndMessage(object: JsonObject | undefined): { reason?: string; message?: string } {
  const reason = asText(object?.['reason']);
  const message = asText(object?.['message']);
  return {
    ...(reason === undefined ? {} : { reason: cut(reason, 128) }),
    ...(message === undefined ? {} : { message: scrubbedMessage(message) }),
  };
}

/** Scrubs before it cuts: half a secret is one too. The input is bounded first, generously. */
export function scrubbedMessage(message: string): string {
  return cut(scrubText(message.slice(0, 16_384)), KUBE_LIMITS.messageLength);
}
