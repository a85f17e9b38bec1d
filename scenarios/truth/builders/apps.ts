import type { DumpFiles } from '../case.ts';
import type { Cluster } from './cluster.ts';
import { makeContainer, makeTemplate } from './parts.ts';
import type { DumpFormat } from './render/files.ts';
import { initRunning, initUnfinished, unsay } from './states.ts';
import type { Container, Pod } from './types.ts';
import type { Workload } from './workload.ts';

const DAY = 1440;

/** An application beside those of the theme; its namespace is made when it is not there. */
export interface AppPlan {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly port: number;
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly replicas?: number;
  /** Port of its Service where that is another one; null for none at all. */
  readonly servicePort?: number | null;
  readonly portName?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly container?: Partial<Container>;
  /** Further fields of the pod's spec. */
  readonly more?: Record<string, unknown>;
  /** Further fields of the workload's spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Age of its pods; of Deployment and Service too, where `createdMinutesAgo` is left out. */
  readonly minutesAgo?: number;
  readonly createdMinutesAgo?: number;
}

export function addApp(c: Cluster, plan: AppPlan): Workload {
  const { namespace, name, image, port, kind = 'Deployment', servicePort = port } = plan;
  const { minutesAgo = 9 * DAY, portName = 'http' } = plan;
  const createdMinutesAgo = plan.createdMinutesAgo ?? Math.max(minutesAgo, plan.minutesAgo ?? 40 * DAY);
  if (c.find('Namespace', '', namespace) === undefined) c.namespace(namespace, 70 * DAY);
  const env = Object.entries(plan.env ?? {}).map(([key, value]) => ({ name: key, value }));
  const container = makeContainer(name, image, {
    ...(env.length === 0 ? {} : { env }),
    ports: [{ name: portName, containerPort: port, protocol: 'TCP' }],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1', memory: '768Mi' } },
    readinessProbe: {
      httpGet: { path: '/health', port, scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    },
    ...plan.container,
  });
  const labels = { app: name, ...plan.labels };
  if (servicePort !== null)
    c.service(namespace, name, {
      selector: { app: name },
      ports: [{ name: portName, port: servicePort, targetPort: port, protocol: 'TCP' }],
      minutesAgo: createdMinutesAgo,
    });
  const w = c.addWorkload({
    kind,
    namespace,
    name,
    replicas: plan.replicas ?? (kind === 'DaemonSet' ? c.hosts.length : 1),
    template: makeTemplate(labels, container, plan.more),
    spec: { ...(kind === 'StatefulSet' ? { serviceName: name } : {}), ...plan.spec },
    createdMinutesAgo,
    podsMinutesAgo: minutesAgo,
    hosts: c.hosts,
  });
  return w;
}

/** The same lines for every pod of a workload, or for those given. */
export function say(
  w: Workload,
  lines: readonly string[],
  at: { pods?: Workload['pods']; container?: string } = {},
): void {
  for (const pod of at.pods ?? w.pods)
    w.store.log(
      { namespace: w.namespace, pod: pod.metadata.name, container: at.container ?? w.container.name },
      lines,
    );
}

/** A pod's first init container runs and does not end, so nothing was said of the containers behind it. */
export function stuckInInit(w: Workload, pod: Pod, at: { minutesAgo: number; log: readonly string[] }): void {
  const [init] = pod.spec.initContainers ?? [];
  if (init === undefined) throw new Error(`pod ${pod.metadata.name} has no init container`);
  const { name, image } = init;
  initUnfinished(w, pod, at.minutesAgo, name);
  initRunning(w, pod, init, at.log);
  unsay(w, pod, ['Pulled', 'Created', 'Started']);
  for (const [reason, message] of [
    ['Pulled', `Container image "${image}" already present on machine`],
    ['Created', `Created container ${name}`],
    ['Started', `Started container ${name}`],
  ] as const)
    w.store.event(pod, {
      reason,
      message,
      minutesAgo: at.minutesAgo - 0.05,
      container: name,
      initContainer: true,
      host: pod.spec.nodeName ?? '',
    });
}

/** A dump for which nobody took logs. */
export function withoutLogs(files: DumpFiles): DumpFiles {
  return Object.fromEntries(
    Object.entries(files).filter(([path]) => !/(?:^|\/)logs(?:\/|\.txt$)/u.test(path)),
  );
}

/** The events of before are gone: the API server keeps them for an hour. */
export function forgetEvents(c: Cluster): void {
  c.events.length = 0;
}

/** A dump of nodes on which CRI-O runs the containers. */
export function crioFiles(c: Cluster, format: DumpFormat, version = '1.30.6'): DumpFiles {
  for (const node of c.ofKind('Node')) {
    const info = (node.status?.['nodeInfo'] ?? {}) as Record<string, string>;
    info['containerRuntimeVersion'] = `cri-o://${version}`;
  }
  return Object.fromEntries(
    Object.entries(c.files(format)).map(([path, text]) => [
      path,
      text.replaceAll('containerd://', 'cri-o://'),
    ]),
  );
}
