import type { Truth } from '../case.ts';

/** Something to do to a real cluster, what is then wrong in it, and how one sees that it has come about. */
export interface RecordedFault {
  readonly id: string;
  readonly title: string;
  readonly area: 'workload' | 'platform' | 'network' | 'control' | 'healthy';
  /** Its own, made for it and deleted afterwards. */
  readonly namespace: string;
  /** YAML for `kubectl apply`; `$IMAGE` stands for an image with busybox. */
  readonly manifests: string;
  /** Applied once `settled` holds for the manifests: the change that brings the fault. */
  readonly then?: string;
  /** How long the manifests are left alone before the change; twelve unless given. */
  readonly settleSeconds?: number;
  /** A service of the node that is stopped before `then`, and started again afterwards. */
  readonly stops?: 'kubelet' | 'kube-scheduler' | 'kube-controller-manager' | 'containerd';
  /** kubectl arguments run after `then`, and those that undo them. */
  readonly commands?: readonly (readonly string[])[];
  readonly undo?: readonly (readonly string[])[];
  /** Words that the objects and events of the namespace hold when the fault shows. */
  readonly shows: readonly RegExp[];
  /** How long to go on after that, so that what follows shows too. */
  readonly lingerSeconds?: number;
  readonly truth: Truth | null;
  readonly twinOf?: string;
  /** As files of `kubectl get`, or as `kubectl cluster-info dump` writes them. */
  readonly layout: 'get' | 'cluster-info';
}

interface Workload {
  readonly name: string;
  readonly command?: string;
  readonly image?: string;
  /** YAML of further fields of the container, indented by nothing. */
  readonly container?: string;
  /** YAML of further fields of the pod's spec. */
  readonly pod?: string;
  readonly replicas?: number;
  readonly annotations?: string;
}

function indent(yaml: string | undefined, spaces: number): string {
  if (yaml === undefined || yaml === '') return '';
  return yaml
    .trim()
    .split('\n')
    .map((line) => `${' '.repeat(spaces)}${line}`)
    .join('\n')
    .concat('\n');
}

export const SERVE =
  'mkdir -p /tmp/www && echo ok > /tmp/www/index.html && exec httpd -f -v -p 8080 -h /tmp/www';

export function deployment(workload: Workload): string {
  const { name, command = SERVE, image = '$IMAGE', container, pod, replicas = 1 } = workload;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels: {app: ${name}}
spec:
  replicas: ${String(replicas)}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      terminationGracePeriodSeconds: 1
${indent(pod, 6)}      containers:
      - name: ${name}
        image: ${image}
        imagePullPolicy: IfNotPresent
        command: [sh, -c, ${JSON.stringify(command)}]
${indent(container, 8)}---
`;
}

export function service(
  name: string,
  over = `selector: {app: ${name}}`,
  ports = '{port: 80, targetPort: 8080}',
): string {
  return `apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec:
  ${over}
  ports: [${ports}]
---
`;
}

/** A port, and a probe that holds when it is served. */
export const READY =
  'ports: [{containerPort: 8080}]\nreadinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 2}';

/** A server that is ready when it serves, and its Service. */
export function served(name: string, over: Partial<Workload> = {}): string {
  return deployment({ name, container: READY, ...over }) + service(name);
}

/** Something that asks `url` again and again, and says in its log when that fails. */
export function caller(name: string, url: string, over: Partial<Workload> = {}): string {
  return deployment({
    name,
    command:
      'while sleep 3; do wget -q -O- "$UPSTREAM_URL" >/dev/null && echo "GET $UPSTREAM_URL 200" || echo "ERROR GET $UPSTREAM_URL failed"; done',
    container: `env: [{name: UPSTREAM_URL, value: "${url}"}]`,
    ...over,
  });
}

/** Something healthy besides: a server, its Service and a client that calls it. */
export const NEIGHBOURS =
  deployment({
    name: 'catalog',
    container: 'ports: [{containerPort: 8080}]\nreadinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 2}',
  }) + service('catalog');

/** `Deployment/<namespace>/<name>` as truth. */
export function truthOf(
  object: string,
  causes: readonly string[],
  more: { readonly chain?: readonly string[]; readonly change?: Truth['change'] } = {},
): Truth {
  const [kind = '', namespace = '', name = ''] = object.split('/');
  return {
    object: { kind, namespace, name },
    causes,
    chain: more.chain ?? [object],
    change: more.change ?? null,
  };
}
