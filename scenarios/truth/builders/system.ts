import type { Cluster } from './cluster.ts';
import { makeContainer, makeTemplate } from './parts.ts';
import { makePod } from './pods.ts';
import type { Manifest } from './types.ts';

const DAY = 1440;

/** A node that is well. */
export function addNode(
  c: Cluster,
  at: { name: string; zone: string; ip: string; isControlPlane: boolean },
): void {
  const { name, zone, ip, isControlPlane } = at;
  const condition = (
    type: string,
    status: string,
    reason: string,
    message: string,
  ): Record<string, unknown> => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: c.ago(1.5),
    lastTransitionTime: c.ago(140 * DAY),
  });
  c.add({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      ...c.meta(name, undefined, 140 * DAY),
      labels: {
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': isControlPlane ? 'm6i.large' : 'm6i.2xlarge',
        'topology.kubernetes.io/region': zone.replace(/-?[a-z]$/u, ''),
        'topology.kubernetes.io/zone': zone,
        ...(isControlPlane ? { 'node-role.kubernetes.io/control-plane': '' } : {}),
      },
      annotations: {
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
    },
    spec: {
      podCIDR: `10.244.${c.ofKind('Node').length}.0/24`,
      ...(isControlPlane
        ? { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] }
        : {}),
    },
    status: {
      addresses: [
        { type: 'InternalIP', address: ip },
        { type: 'Hostname', address: name },
      ],
      capacity: {
        cpu: isControlPlane ? '2' : '8',
        memory: isControlPlane ? '7934984Ki' : '32131224Ki',
        pods: '110',
        'ephemeral-storage': '101430960Ki',
      },
      allocatable: {
        cpu: isControlPlane ? '1930m' : '7910m',
        memory: isControlPlane ? '7300000Ki' : '31106200Ki',
        pods: '110',
        'ephemeral-storage': '93478772Ki',
      },
      conditions: [
        condition(
          'MemoryPressure',
          'False',
          'KubeletHasSufficientMemory',
          'kubelet has sufficient memory available',
        ),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
        condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
      ],
      nodeInfo: {
        architecture: 'amd64',
        operatingSystem: 'linux',
        osImage: 'Ubuntu 22.04.5 LTS',
        kernelVersion: '5.15.0-122-generic',
        containerRuntimeVersion: 'containerd://1.7.22',
        kubeletVersion: c.theme.version,
        kubeProxyVersion: c.theme.version,
      },
    },
  });
}

const HOST = { hostNetwork: true, tolerations: [{ operator: 'Exists' }] };

function staticPod(c: Cluster, name: string, command: string[]): void {
  const node = c.theme.controlPlane;
  const image =
    name === 'etcd' ? 'registry.k8s.io/etcd:3.5.15-0' : `registry.k8s.io/${name}:${c.theme.version}`;
  const container = makeContainer(name, image, { command, resources: { requests: { cpu: '100m' } } });
  const template = makeTemplate({ component: name, tier: 'control-plane' }, container, {
    ...HOST,
    priorityClassName: 'system-node-critical',
  });
  const host = c.host(node);
  const mirror = c.get('Node', '', node);
  const owner = {
    apiVersion: 'v1',
    kind: 'Node',
    name: node,
    uid: mirror.metadata.uid,
    controller: true,
    blockOwnerDeletion: false,
  };
  const pod = c.add(
    makePod(
      c,
      template,
      { name: `${name}-${node}`, namespace: 'kube-system', node, owner, minutesAgo: 30 * DAY },
      host,
    ),
  );
  pod.metadata.annotations = {
    'kubernetes.io/config.source': 'file',
    'kubernetes.io/config.hash': c.dice.hex(32),
  };
}

const COREFILE = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`;

/** The control plane, DNS, proxy, network plugin and metrics server. */
export function addSystem(c: Cluster): void {
  const namespace = 'kube-system';
  const all = [...c.hosts, c.host(c.theme.controlPlane)];
  staticPod(c, 'etcd', ['etcd', '--data-dir=/var/lib/etcd', '--listen-client-urls=https://127.0.0.1:2379']);
  staticPod(c, 'kube-apiserver', [
    'kube-apiserver',
    '--etcd-servers=https://127.0.0.1:2379',
    '--service-cluster-ip-range=10.96.0.0/12',
  ]);
  staticPod(c, 'kube-controller-manager', [
    'kube-controller-manager',
    '--leader-elect=true',
    '--kubeconfig=/etc/kubernetes/controller-manager.conf',
  ]);
  staticPod(c, 'kube-scheduler', [
    'kube-scheduler',
    '--leader-elect=true',
    '--kubeconfig=/etc/kubernetes/scheduler.conf',
  ]);
  c.configMap(namespace, 'coredns', { Corefile: COREFILE });
  c.configMap(namespace, 'kube-proxy', {
    'config.conf':
      'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: iptables\n',
  });
  const dns = makeContainer('coredns', 'registry.k8s.io/coredns/coredns:v1.11.3', {
    args: ['-conf', '/etc/coredns/Corefile'],
    ports: [
      { name: 'dns', containerPort: 53, protocol: 'UDP' },
      { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
      { name: 'metrics', containerPort: 9153, protocol: 'TCP' },
    ],
    resources: { requests: { cpu: '100m', memory: '70Mi' }, limits: { memory: '170Mi' } },
    livenessProbe: {
      httpGet: { path: '/health', port: 8080, scheme: 'HTTP' },
      initialDelaySeconds: 60,
      timeoutSeconds: 5,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 5,
    },
    readinessProbe: {
      httpGet: { path: '/ready', port: 8181, scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    },
    volumeMounts: [{ name: 'config-volume', mountPath: '/etc/coredns', readOnly: true }],
  });
  const dnsTemplate = makeTemplate({ 'k8s-app': 'kube-dns', app: 'kube-dns' }, dns, {
    serviceAccountName: 'coredns',
    dnsPolicy: 'Default',
    priorityClassName: 'system-cluster-critical',
    volumes: [
      {
        name: 'config-volume',
        configMap: { name: 'coredns', defaultMode: 420, items: [{ key: 'Corefile', path: 'Corefile' }] },
      },
    ],
  });
  c.addWorkload({
    kind: 'Deployment',
    namespace,
    name: 'coredns',
    replicas: 2,
    template: dnsTemplate,
    createdMinutesAgo: 140 * DAY,
    podsMinutesAgo: 30 * DAY,
    hosts: c.hosts,
  });
  c.service(namespace, 'kube-dns', {
    selector: { 'k8s-app': 'kube-dns' },
    clusterIP: '10.96.0.10',
    ports: [
      { name: 'dns', port: 53, targetPort: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, targetPort: 53, protocol: 'TCP' },
      { name: 'metrics', port: 9153, targetPort: 9153, protocol: 'TCP' },
    ],
  });
  const proxy = makeContainer('kube-proxy', `registry.k8s.io/kube-proxy:${c.theme.version}`, {
    command: ['/usr/local/bin/kube-proxy', '--config=/var/lib/kube-proxy/config.conf'],
  });
  daemon(c, 'kube-proxy', {
    container: proxy,
    hosts: all,
    volumes: [{ name: 'kube-proxy', configMap: { name: 'kube-proxy', defaultMode: 420 } }],
  });
  const plugin = c.theme.network === 'calico' ? 'calico-node' : 'kindnet';
  const image =
    c.theme.network === 'calico'
      ? 'docker.io/calico/node:v3.27.3'
      : 'docker.io/kindest/kindnetd:v20241007-36f62932';
  const agent = makeContainer(plugin, image, {
    env:
      c.theme.network === 'calico'
        ? [
            { name: 'DATASTORE_TYPE', value: 'kubernetes' },
            { name: 'IP_AUTODETECTION_METHOD', value: 'first-found' },
            { name: 'CALICO_IPV4POOL_CIDR', value: '10.244.0.0/16' },
          ]
        : [{ name: 'POD_SUBNET', value: '10.244.0.0/16' }],
    resources: { requests: { cpu: '100m', memory: '50Mi' } },
  });
  daemon(c, plugin, { container: agent, hosts: all });
  const metrics = makeContainer('metrics-server', 'registry.k8s.io/metrics-server/metrics-server:v0.7.2', {
    args: ['--secure-port=10250', '--kubelet-preferred-address-types=InternalIP'],
    ports: [{ name: 'https', containerPort: 10250, protocol: 'TCP' }],
    resources: { requests: { cpu: '100m', memory: '200Mi' } },
  });
  c.addWorkload({
    kind: 'Deployment',
    namespace,
    name: 'metrics-server',
    replicas: 1,
    template: makeTemplate({ app: 'metrics-server' }, metrics, { serviceAccountName: 'metrics-server' }),
    createdMinutesAgo: 139 * DAY,
    podsMinutesAgo: 21 * DAY,
    hosts: c.hosts,
  });
  c.service(namespace, 'metrics-server', {
    selector: { app: 'metrics-server' },
    ports: [{ name: 'https', port: 443, targetPort: 'https', protocol: 'TCP' }],
  });
  addIngressController(c);
}

function daemon(
  c: Cluster,
  name: string,
  at: {
    container: ReturnType<typeof makeContainer>;
    hosts: Cluster['hosts'];
    volumes?: Record<string, unknown>[];
  },
): void {
  const template = makeTemplate({ 'k8s-app': name, app: name }, at.container, {
    ...HOST,
    serviceAccountName: name,
    priorityClassName: 'system-node-critical',
    ...(at.volumes === undefined ? {} : { volumes: at.volumes }),
  });
  c.addWorkload({
    kind: 'DaemonSet',
    namespace: 'kube-system',
    name,
    replicas: at.hosts.length,
    template,
    spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } } },
    createdMinutesAgo: 140 * DAY,
    podsMinutesAgo: 30 * DAY,
    hosts: at.hosts,
  });
}

function addIngressController(c: Cluster): void {
  const namespace = 'ingress-nginx';
  const controller = makeContainer('controller', 'registry.k8s.io/ingress-nginx/controller:v1.11.3', {
    args: [
      '/nginx-ingress-controller',
      '--ingress-class=nginx',
      '--publish-service=$(POD_NAMESPACE)/ingress-nginx-controller',
    ],
    env: [
      {
        name: 'POD_NAMESPACE',
        valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } },
      },
    ],
    ports: [
      { name: 'http', containerPort: 80, protocol: 'TCP' },
      { name: 'https', containerPort: 443, protocol: 'TCP' },
    ],
    resources: { requests: { cpu: '100m', memory: '90Mi' } },
  });
  c.addWorkload({
    kind: 'Deployment',
    namespace,
    name: 'ingress-nginx-controller',
    replicas: 1,
    template: makeTemplate({ app: 'ingress-nginx' }, controller, { serviceAccountName: 'ingress-nginx' }),
    createdMinutesAgo: 120 * DAY,
    podsMinutesAgo: 11 * DAY,
    hosts: c.hosts,
  });
  const service = c.service(namespace, 'ingress-nginx-controller', {
    type: 'LoadBalancer',
    selector: { app: 'ingress-nginx' },
    ports: [
      { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP', nodePort: 31080 },
      { name: 'https', port: 443, targetPort: 'https', protocol: 'TCP', nodePort: 31443 },
    ],
  });
  service.status = { loadBalancer: { ingress: [{ ip: '203.0.113.24' }] } };
  const ingressClass: Manifest = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: c.meta('nginx', undefined, 120 * DAY),
    spec: { controller: 'k8s.io/ingress-nginx' },
  };
  c.add(ingressClass);
}
