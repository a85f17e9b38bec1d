import type { Area, DumpFiles, Truth, TruthCase } from '../case.ts';
import { addressOfService, cluster, failingClient, makeContainer, makeTemplate } from '../builders/index.ts';
import type { Cluster, Container, Manifest, Pod, Workload } from '../builders/index.ts';

/** An open case as its file writes it: the cluster is made of its id and theme. */
export interface OpenCase {
  readonly id: string;
  readonly title: string;
  readonly sources: readonly string[];
  readonly truth: Truth | null;
  readonly twinOf?: string;
  readonly theme: 'retail' | 'media';
  readonly make: (c: Cluster) => DumpFiles;
}

/** `object` is Kind/namespace/name; the chain is from the root to the last effect, the root itself left out. */
export function truthOf(
  object: string,
  causes: readonly string[],
  more: { effects?: readonly string[]; change?: readonly [object: string, field: string] } = {},
): Truth {
  const [kind = '', namespace = '', name = ''] = object.split('/');
  const [changed, field] = more.change ?? [];
  return {
    object: { kind, namespace, name },
    causes,
    chain: [object, ...(more.effects ?? [])],
    change: changed === undefined || field === undefined ? null : { object: changed, field },
  };
}

export function casesOf(area: Area, cases: readonly OpenCase[]): TruthCase[] {
  return cases.map(({ theme, make, ...rest }) => ({
    ...rest,
    split: 'open',
    kind: 'composed',
    area: rest.truth === null ? 'healthy' : area,
    build: () => make(cluster(rest.id, theme)),
  }));
}

export function specOf(object: Manifest): Record<string, unknown> {
  object.spec ??= {};
  return object.spec;
}

type Trouble = 'refused' | 'timeout' | 'no-host';

/** Clients whose log says that a Service does not answer. */
export function ask(
  c: Cluster,
  at: {
    namespace: string;
    clients: readonly string[];
    service: string;
    trouble: Trouble;
    minutesAgo: number;
    address?: string;
    host?: string;
    notReady?: string;
  },
): void {
  const { namespace, service, minutesAgo, trouble, host = service } = at;
  const address = at.address ?? (trouble === 'no-host' ? '' : addressOfService(c, namespace, service));
  const text = {
    refused: `dial tcp ${address}: connect: connection refused`,
    timeout: `dial tcp ${address}: i/o timeout`,
    'no-host': `dial tcp: lookup ${host} on 10.96.0.10:53: no such host`,
  }[trouble];
  for (const client of at.clients) {
    failingClient(c, {
      namespace,
      client,
      sinceMinutesAgo: minutesAgo,
      lines: [`time=TIME level=ERROR msg="call failed" error="Get \\"http://${host}/v1/items\\": ${text}"`],
      ...(at.notReady === undefined ? {} : { notReady: at.notReady }),
    });
  }
}

/** Sets an environment variable of the main container and rolls that out. */
export function setEnv(
  w: Workload,
  at: { name: string; value: string; by?: string; minutesAgo: number; mode?: 'all' | 'stuck' },
): void {
  const { name, value, by = 'kubectl-set', minutesAgo, mode = 'all' } = at;
  w.roll({ by, minutesAgo, fields: [`env/{${name}}/value`], mode }, (container) => {
    const others = (container.env ?? []).filter((variable) => variable.name !== name);
    container.env = [...others, { name, value }];
  });
}

/** A static pod of the control plane, as the builders of states take it. */
export function staticPod(
  c: Cluster,
  component: string,
): { store: Cluster; namespace: string; container: Container; fresh: Pod[] } {
  const name = `${component}-${c.theme.controlPlane}`;
  const pod = c.get('Pod', 'kube-system', name) as Pod;
  return { store: c, namespace: 'kube-system', container: pod.spec.containers[0], fresh: [pod] };
}

/** A small Deployment with its Service, made lately. */
export function newApp(
  c: Cluster,
  at: {
    namespace: string;
    name: string;
    minutesAgo: number;
    replicas?: number;
    more?: Record<string, unknown>;
  },
): Workload {
  const { namespace, name, minutesAgo } = at;
  const container = makeContainer(name, `registry.example.com/apps/${name}:1.0.0`, {
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1', memory: '512Mi' } },
    readinessProbe: { httpGet: { path: '/ready', port: 8080, scheme: 'HTTP' }, periodSeconds: 10 },
  });
  c.service(namespace, name, {
    selector: { app: name },
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
    minutesAgo,
  });
  return c.addWorkload({
    kind: 'Deployment',
    namespace,
    name,
    replicas: at.replicas ?? 1,
    template: makeTemplate({ app: name }, container, at.more),
    createdMinutesAgo: minutesAgo,
    podsMinutesAgo: minutesAgo,
    hosts: c.hosts,
  });
}
