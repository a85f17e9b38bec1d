import type { Settled } from './settle.ts';
import { isPod, isReady } from './settle.ts';
import type { Pod } from './types.ts';
import type { Workload } from './workload.ts';

interface Bystander {
  readonly w: Workload;
  readonly pod: Pod;
}

type Herring = (store: Settled, bystander: Bystander) => void;

/** A probe that timed out twice in an hour; three in a row would be needed. */
function slowProbe(store: Settled, { w, pod }: Bystander): void {
  const probe = w.container.readinessProbe?.httpGet;
  if (probe === undefined) return;
  const url = `http://${pod.status.podIP ?? ''}:${probe.port}${probe.path}`;
  store.event(pod, {
    type: 'Warning',
    reason: 'Unhealthy',
    message: `Readiness probe failed: Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    count: 2,
    sinceMinutesAgo: 46,
    minutesAgo: 9 + store.dice.below(10),
    container: w.container.name,
    host: pod.spec.nodeName ?? '',
  });
}

/** What a restarted kubelet says before it knows the objects of its pods. */
function notRegistered(store: Settled, { w, pod }: Bystander): void {
  const volume = (pod.spec.volumes ?? [])
    .map(({ name }) => String(name))
    .find((name) => name.startsWith('kube-api-access'));
  if (volume === undefined) return;
  const minutesAgo = 40 + store.dice.below(15);
  const host = pod.spec.nodeName ?? '';
  const message = `MountVolume.SetUp failed for volume "${volume}" : object "${w.namespace}"/"kube-root-ca.crt" not registered`;
  store.event(pod, {
    type: 'Warning',
    reason: 'FailedMount',
    message,
    count: 2,
    sinceMinutesAgo: minutesAgo + 0.1,
    minutesAgo,
    host,
  });
  const node = store.find('Node', '', host);
  if (node === undefined) return;
  store.event(node, { reason: 'Starting', message: 'Starting kubelet.', minutesAgo: minutesAgo + 0.2, host });
  store.event(node, {
    type: 'Warning',
    reason: 'InvalidDiskCapacity',
    message: 'invalid capacity 0 on image filesystem',
    minutesAgo: minutesAgo + 0.2,
    host,
  });
}

/** Events of a pod that somebody made by hand and took away. */
function goneShell(store: Settled, { w, pod }: Bystander): void {
  const name = `debug-${store.dice.letters(5)}`;
  const about = { apiVersion: 'v1', kind: 'Pod', namespace: w.namespace, name };
  const host = pod.spec.nodeName ?? '';
  const message = `Back-off restarting failed container shell in pod ${name}_${w.namespace}(${store.dice.uid()})`;
  store.event(about, {
    type: 'Warning',
    reason: 'BackOff',
    message,
    count: 6,
    sinceMinutesAgo: 58,
    minutesAgo: 53,
    container: 'shell',
    host,
  });
  store.event(about, {
    reason: 'Killing',
    message: 'Stopping container shell',
    minutesAgo: 52.8,
    container: 'shell',
    host,
  });
}

/** Two controllers wrote at once; the next try succeeded. */
function staleSlice(store: Settled, { w }: Bystander): void {
  const service = store.find('Service', w.namespace, w.name);
  const slice = store
    .ofKind('EndpointSlice', w.namespace)
    .find(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === w.name);
  if (service === undefined || slice === undefined) return;
  const at = `${w.namespace}/${w.name}`;
  store.event(service, {
    type: 'Warning',
    reason: 'FailedToUpdateEndpointSlices',
    message: `Error updating Endpoint Slices for Service ${at}: failed to update ${slice.metadata.name} EndpointSlice for Service ${at}: Operation cannot be fulfilled on endpointslices.discovery.k8s.io "${slice.metadata.name}": the object has been modified; please apply your changes to the latest version and try again`,
    minutesAgo: 11 + store.dice.below(40),
    component: 'endpoint-slice-controller',
  });
}

/** The node's resolv.conf has more servers than the C library takes: said all day long, and harmless. */
function manyNameservers(store: Settled): void {
  const pod = store
    .ofKind('Pod', 'kube-system')
    .filter(isPod)
    .find(({ metadata }) => metadata.labels?.['k8s-app'] === 'kube-proxy');
  if (pod === undefined) return;
  const message =
    'Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 10.0.0.2 10.0.0.3 10.0.0.4';
  store.event(pod, {
    type: 'Warning',
    reason: 'DNSConfigForming',
    message,
    count: 9811,
    sinceMinutesAgo: 30_000,
    minutesAgo: 0.3,
    host: pod.spec.nodeName ?? '',
  });
}

/** A program that started before what it needs, and found it a moment later. */
function earlyStart(store: Settled, { w, pod }: Bystander): void {
  const at = (minutes: number): string => store.ago(2880 - minutes);
  store.log({ namespace: w.namespace, pod: pod.metadata.name, container: w.container.name }, [
    `time=${at(0)} level=INFO msg="starting"`,
    `time=${at(0.1)} level=ERROR msg="dial tcp 10.96.77.4:8080: connect: connection refused, trying again in 1s"`,
    `time=${at(0.2)} level=INFO msg="connected" attempts=2`,
    `time=${store.ago(8)} level=INFO msg="request" status=200`,
  ]);
}

const HERRINGS: readonly Herring[] = [
  slowProbe,
  notRegistered,
  goneShell,
  staleSlice,
  manyNameservers,
  earlyStart,
];

/** Workloads that nothing is said about: ready, without a Warning, their logs not set by the case. */
function bystanders(store: Settled): Bystander[] {
  const warned = new Set(
    store.events
      .filter(({ type }) => type === 'Warning')
      .map((event) => (event['involvedObject'] as { uid?: string }).uid),
  );
  return store.workloads.flatMap((w) => {
    const [pod] = w.pods;
    const isSystem = ['kube-system', 'ingress-nginx', 'policy'].includes(w.namespace);
    if (
      pod === undefined ||
      isSystem ||
      !w.pods.every(isReady) ||
      store.find('Pod', w.namespace, pod.metadata.name) === undefined
    )
      return [];
    const isSaid = w.pods.some(
      ({ metadata }) =>
        warned.has(metadata.uid) || store.logs.has(`${w.namespace}/${metadata.name}/${w.container.name}`),
    );
    return isSaid ? [] : [{ w, pod }];
  });
}

/** Warnings and log lines that point elsewhere, on workloads that are well: four kinds a case. */
export function addRedHerrings(store: Settled): void {
  const around = bystanders(store);
  const first = store.dice.below(HERRINGS.length);
  for (let index = 0; index < 4; index += 1) {
    const herring = HERRINGS[(first + index) % HERRINGS.length];
    const [bystander] = around.splice(store.dice.below(Math.max(1, around.length)), 1);
    if (herring !== undefined && bystander !== undefined) herring(store, bystander);
  }
}
