import type { JsonObject } from '../json.ts';

/** Manifests of a small shop, for tests of what objects say of each other. */
interface Workload {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly port?: number;
  /** Of the container besides name, image and ports. */
  readonly container?: JsonObject;
  readonly podSpec?: JsonObject;
  readonly replicas?: number;
  readonly ready?: boolean;
  readonly ip?: string;
}

/** A Deployment with one pod. */
export function deployment(workload: Workload): readonly JsonObject[] {
  const {
    name,
    namespace = 'shop',
    labels = { app: name },
    port,
    container,
    podSpec,
    replicas = 1,
  } = workload;
  const { ready = true, ip } = workload;
  const ports = port === undefined ? [] : [{ name: 'http', containerPort: port }];
  const spec: JsonObject = {
    containers: [{ name, image: `example/${name}:1`, ports, ...container }],
    ...podSpec,
  };
  const object: JsonObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
  const pod: JsonObject = {
    kind: 'Pod',
    metadata: {
      name: `${name}-5d9c6b5f4-x2lqv`,
      namespace,
      labels: { ...labels, 'pod-template-hash': '5d9c6b5f4' },
      ownerReferences: [{ kind: 'ReplicaSet', name: `${name}-5d9c6b5f4`, controller: true }],
    },
    spec,
    status: {
      phase: 'Running',
      ...(ip === undefined ? {} : { podIP: ip }),
      conditions: [
        { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2026-01-02T19:30:00Z' },
      ],
    },
  };
  return replicas === 0 ? [object] : [object, pod];
}

/** A Service; it selects `app: <name>` and leads port 80 to 8080 unless the spec says otherwise. */
export function service(name: string, spec: JsonObject = {}, namespace = 'shop'): JsonObject {
  return {
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      selector: { app: name },
      ports: [{ port: 80, targetPort: 8080 }],
      clusterIP: '10.96.0.9',
      ...spec,
    },
  };
}

/** A frontend that is told where checkout is, and checkout behind its Service. */
export function shop(
  settings: Readonly<Record<string, string>> = { CHECKOUT_ADDR: 'checkout:80' },
): readonly JsonObject[] {
  const env = Object.entries(settings).map(([name, value]) => ({ name, value }));
  return [
    { kind: 'Namespace', metadata: { name: 'shop' } },
    ...deployment({ name: 'frontend', port: 8080, container: { env }, ip: '10.244.1.5' }),
    ...deployment({ name: 'checkout', port: 8080, ip: '10.244.1.6' }),
    service('frontend', { clusterIP: '10.96.0.21' }),
    service('checkout', { clusterIP: '10.96.0.22' }),
  ];
}
