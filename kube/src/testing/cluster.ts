import type { JsonObject } from '../json.ts';
import { ago } from './web-pod.ts';

/** Node `name`: a ready worker of 2 cores and 4Gi unless told otherwise. */
export function node(
  name: string,
  more: { readonly labels?: JsonObject; readonly spec?: JsonObject; readonly status?: JsonObject } = {},
): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      creationTimestamp: ago(864_000),
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', ...more.labels },
    },
    spec: { ...more.spec },
    status: {
      allocatable: { cpu: '2', memory: '4Gi', pods: '110', 'ephemeral-storage': '20Gi' },
      conditions: [
        { type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: ago(864_000) },
      ],
      ...more.status,
    },
  };
}

/** The node of the control plane, with its taint. */
export function controlPlaneNode(name = 'cp1'): JsonObject {
  return node(name, {
    labels: { 'node-role.kubernetes.io/control-plane': '' },
    spec: { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] },
  });
}

export interface AnyObject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly apiVersion?: string;
  readonly metadata?: JsonObject;
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
  readonly more?: JsonObject;
}

/** An object of the namespace shop (or the cluster, with an empty namespace), an hour old. */
export function object({
  kind,
  name,
  namespace = 'shop',
  apiVersion = 'v1',
  metadata,
  spec,
  status,
  more,
}: AnyObject): JsonObject {
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === '' ? {} : { namespace }),
      uid: `uid-${kind}-${name}`,
      creationTimestamp: ago(3_600),
      ...metadata,
    },
    ...(spec === undefined ? {} : { spec }),
    ...(status === undefined ? {} : { status }),
    ...more,
  };
}

/** Pod shop/web-0 of Deployment web that has no node, with what the scheduler says of it. */
export function pendingPod(message: string | undefined, spec: JsonObject = {}, name = 'web-0'): JsonObject {
  const conditions =
    message === undefined
      ? []
      : [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message,
            lastTransitionTime: ago(3_590),
          },
        ];
  return object({
    kind: 'Pod',
    name,
    metadata: {
      labels: { app: 'web', 'pod-template-hash': '5d9c7b8f64' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-5d9c7b8f64', controller: true }],
    },
    spec: { containers: [{ name: 'app', image: 'shop/web:1' }], ...spec },
    status: { phase: 'Pending', conditions },
  });
}

/** A pod of another workload that runs on a node. */
export function runningPod(
  name: string,
  nodeName: string,
  more: {
    readonly spec?: JsonObject;
    readonly container?: JsonObject;
    readonly status?: JsonObject;
    readonly metadata?: JsonObject;
  } = {},
): JsonObject {
  return object({
    kind: 'Pod',
    name,
    metadata: { labels: { app: name }, ...more.metadata },
    spec: { nodeName, containers: [{ name: 'app', image: 'shop/other:1', ...more.container }], ...more.spec },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], ...more.status },
  });
}

let serial = 0;

/** An Event about an object. */
export function report(
  about: string,
  reason: string,
  message: string,
  more: { readonly secondsAgo?: number; readonly type?: string; readonly component?: string } = {},
): JsonObject {
  const [kind = '', namespace = '', name = ''] = about.split('/');
  serial += 1;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `report-${serial}`, namespace: namespace === '' ? 'default' : namespace },
    involvedObject: { kind, ...(namespace === '' ? {} : { namespace }), name },
    reason,
    message,
    type: more.type ?? 'Warning',
    count: 1,
    source: { component: more.component ?? 'test' },
    firstTimestamp: ago((more.secondsAgo ?? 60) + 60),
    lastTimestamp: ago(more.secondsAgo ?? 60),
  };
}
