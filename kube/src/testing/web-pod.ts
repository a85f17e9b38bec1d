import type { JsonObject } from '../json.ts';
import { TAKEN_US } from './snapshots.ts';

/** Seconds before the snapshot, as the API writes times. */
export function ago(seconds: number): string {
  return new Date(TAKEN_US / 1000 - seconds * 1000).toISOString().replace('.000Z', 'Z');
}

export interface PodParts {
  readonly spec?: JsonObject;
  readonly container?: JsonObject;
  readonly status?: JsonObject;
  readonly podStatus?: JsonObject;
}

/** Pod shop/web-1 of Deployment web with the container `app`. */
export function webPod({ spec, container, status, podStatus }: PodParts = {}): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-5d9c7b8f64-abcde',
      namespace: 'shop',
      uid: 'pod-1',
      creationTimestamp: ago(3_600),
      labels: { app: 'web', 'pod-template-hash': '5d9c7b8f64' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d9c7b8f64', controller: true },
      ],
    },
    spec: {
      nodeName: 'n1',
      restartPolicy: 'Always',
      containers: [{ name: 'app', image: 'shop/web:1', ...container }],
      ...spec,
    },
    status: {
      phase: 'Running',
      containerStatuses: [
        {
          name: 'app',
          restartCount: 0,
          ready: true,
          started: true,
          state: { running: { startedAt: ago(3_000) } },
          ...status,
        },
      ],
      ...podStatus,
    },
  };
}

export function waiting(reason: string, message?: string): JsonObject {
  return {
    ready: false,
    started: false,
    state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
  };
}

let serial = 0;

/** An Event about that pod. */
export function podEvent(
  reason: string,
  message: string,
  more: { readonly secondsAgo?: number; readonly count?: number; readonly container?: string } = {},
): JsonObject {
  const { secondsAgo = 30, count = 1, container = 'app' } = more;
  serial += 1;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `event-${serial}`, namespace: 'shop' },
    involvedObject: {
      kind: 'Pod',
      namespace: 'shop',
      name: 'web-5d9c7b8f64-abcde',
      fieldPath: `spec.containers{${container}}`,
    },
    reason,
    message,
    count,
    firstTimestamp: ago(secondsAgo + 60),
    lastTimestamp: ago(secondsAgo),
    type: 'Warning',
  };
}
