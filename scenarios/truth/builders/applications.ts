import type { Cluster } from './cluster.ts';
import { addCronJob, addJob, completeJob } from './jobs.ts';
import { templateOf } from './parts.ts';
import type { Part } from './themes.ts';
import type { Manifest } from './types.ts';

const DAY = 1440;

/** A claim and its volume, bound to each other. */
export function addClaim(
  c: Cluster,
  at: { namespace: string; name: string; size: string; zone: string; storageClass?: string },
): { claim: Manifest; volume: Manifest } {
  const { namespace, name, size, zone, storageClass = 'standard' } = at;
  const meta = c.meta(name, namespace, 88 * DAY);
  const volumeName = `pvc-${meta.uid}`;
  const claim = c.add({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      ...meta,
      annotations: {
        'pv.kubernetes.io/bind-completed': 'yes',
        'pv.kubernetes.io/bound-by-controller': 'yes',
        'volume.kubernetes.io/storage-provisioner': 'ebs.csi.aws.com',
      },
      finalizers: ['kubernetes.io/pvc-protection'],
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: size } },
      storageClassName: storageClass,
      volumeMode: 'Filesystem',
      volumeName,
    },
    status: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: size } },
  });
  const volume = c.add({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      ...c.meta(volumeName, undefined, 88 * DAY),
      annotations: { 'pv.kubernetes.io/provisioned-by': 'ebs.csi.aws.com' },
      finalizers: ['kubernetes.io/pv-protection'],
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: size },
      storageClassName: storageClass,
      volumeMode: 'Filesystem',
      persistentVolumeReclaimPolicy: 'Delete',
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid: meta.uid },
      csi: { driver: 'ebs.csi.aws.com', fsType: 'ext4', volumeHandle: `vol-0${c.dice.hex(16)}` },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: [zone] }] },
          ],
        },
      },
    },
    status: { phase: 'Bound' },
  });
  return { claim, volume };
}

function addPart(c: Cluster, at: { namespace: string; part: Part; siblings: readonly Part[] }): void {
  const { namespace, part, siblings } = at;
  const { name, kind, replicas, port, disk } = part;
  c.serviceAccount(namespace, name);
  if (part.config !== undefined) c.configMap(namespace, `${name}-config`, part.config, 60 * DAY);
  if (part.secret !== undefined) c.secret(namespace, `${name}-credentials`, { keys: part.secret });
  const claims = [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: disk } },
        storageClassName: 'standard',
        volumeMode: 'Filesystem',
      },
    },
  ];
  const spec =
    kind === 'StatefulSet'
      ? {
          serviceName: name,
          podManagementPolicy: 'OrderedReady',
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
          ...(disk === undefined ? {} : { volumeClaimTemplates: claims }),
        }
      : {};
  const workload = c.addWorkload({
    kind,
    namespace,
    name,
    replicas,
    spec,
    template: templateOf(part, siblings),
    createdMinutesAgo: 85 * DAY,
    podsMinutesAgo: (2 + c.dice.below(20)) * DAY,
    hosts: c.hosts,
  });
  const isNamed = kind === 'Deployment' && c.dice.below(2) === 0;
  c.service(namespace, name, {
    selector: { app: name },
    ports: [
      {
        name: kind === 'Deployment' ? 'http' : name,
        port: part.servicePort ?? port,
        targetPort: isNamed ? 'http' : port,
        protocol: 'TCP',
      },
    ],
  });
  if (disk === undefined) return;
  for (const pod of workload.pods) {
    const zone = c.theme.nodes.find((node) => node.name === pod.spec.nodeName)?.zone ?? '';
    const claim = kind === 'StatefulSet' ? `data-${pod.metadata.name}` : 'archive';
    addClaim(c, { namespace, name: claim, size: disk, zone });
  }
}

function addPolicies(c: Cluster, namespace: string): void {
  const kind = 'NetworkPolicy';
  const same = { podSelector: {} };
  const controller = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } },
  };
  c.add({
    apiVersion: 'networking.k8s.io/v1',
    kind,
    metadata: c.meta('same-namespace-and-ingress', namespace, 85 * DAY),
    spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [same, controller] }] },
  });
}

function addGovernance(c: Cluster, namespace: string): void {
  c.add({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: c.meta('compute', namespace, 85 * DAY),
    spec: { hard: { 'requests.cpu': '8', 'requests.memory': '24Gi', pods: '80' } },
    status: {},
  });
  c.add({
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: c.meta('containers', namespace, 85 * DAY),
    spec: {
      limits: [
        {
          type: 'Container',
          default: { cpu: '1', memory: '512Mi' },
          defaultRequest: { cpu: '50m', memory: '64Mi' },
          max: { cpu: '8', memory: '8Gi' },
        },
      ],
    },
  });
}

function addBudget(c: Cluster, namespace: string, name: string): void {
  c.add({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { ...c.meta(name, namespace, 70 * DAY), generation: 1 },
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: name } } },
    status: {},
  });
}

function addAutoscaler(c: Cluster, namespace: string, name: string): void {
  const replicas = c.workload(namespace, name).replicas;
  const at = c.ago(70 * DAY);
  c.add({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: c.meta(name, namespace, 70 * DAY),
    spec: {
      minReplicas: 2,
      maxReplicas: 8,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
        },
      ],
    },
    status: {
      currentReplicas: replicas,
      desiredReplicas: replicas,
      lastScaleTime: c.ago(3 * DAY),
      currentMetrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', current: { averageUtilization: 41, averageValue: '41m' } },
        },
      ],
      conditions: [
        {
          type: 'AbleToScale',
          status: 'True',
          reason: 'ReadyForNewScale',
          message: 'recommended size matches current size',
          lastTransitionTime: at,
        },
        {
          type: 'ScalingActive',
          status: 'True',
          reason: 'ValidMetricFound',
          message:
            'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
          lastTransitionTime: at,
        },
        {
          type: 'ScalingLimited',
          status: 'False',
          reason: 'DesiredWithinRange',
          message: 'the desired count is within the acceptable range',
          lastTransitionTime: at,
        },
      ],
    },
  });
}

function addIngress(c: Cluster, at: { namespace: string; name: string; host: string; secret: string }): void {
  const { namespace, name, host, secret } = at;
  c.secret(namespace, secret, { keys: ['tls.crt', 'tls.key'], type: 'kubernetes.io/tls' });
  c.add({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      ...c.meta(name, namespace, 84 * DAY),
      generation: 1,
      annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '8m' },
    },
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts: [host], secretName: secret }],
      rules: [
        {
          host,
          http: {
            paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } }],
          },
        },
      ],
    },
    status: { loadBalancer: { ingress: [{ ip: '203.0.113.24' }] } },
  });
}

/** The application namespaces with everything that people put into them. */
export function addApplications(c: Cluster): void {
  c.add({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      ...c.meta('standard', undefined, 139 * DAY),
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    provisioner: 'ebs.csi.aws.com',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
    allowVolumeExpansion: true,
  });
  for (const [namespace, parts] of Object.entries(c.theme.namespaces)) {
    for (const part of parts) addPart(c, { namespace, part, siblings: parts });
    addPolicies(c, namespace);
    addGovernance(c, namespace);
  }
  const isRetail = 'shop' in c.theme.namespaces;
  const [first, second] = isRetail ? (['shop', 'billing'] as const) : (['media', 'social'] as const);
  addBudget(c, first, isRetail ? 'checkout' : 'api');
  addBudget(c, second, isRetail ? 'ledger' : 'profile');
  addAutoscaler(c, isRetail ? first : second, isRetail ? 'frontend' : 'timeline');
  addIngress(
    c,
    isRetail
      ? { namespace: 'shop', name: 'frontend', host: 'shop.example.com', secret: 'shop-tls' }
      : { namespace: 'media', name: 'web', host: 'media.example.com', secret: 'media-tls' },
  );
  addCronJob(c, {
    namespace: first,
    name: isRetail ? 'nightly-report' : 'cleanup',
    image: 'ghcr.io/example/batch:1.4.0',
    schedule: '0 */2 * * *',
    everyMinutes: 120,
  });
  addCronJob(c, {
    namespace: second,
    name: isRetail ? 'statements' : 'digest',
    image: 'ghcr.io/example/batch:1.3.2',
    schedule: '30 */3 * * *',
    everyMinutes: 180,
  });
  const migrated = addJob(c, {
    namespace: second,
    name: 'migrate-42',
    image: 'ghcr.io/example/migrate:42',
    minutesAgo: 9 * DAY,
  });
  completeJob(c, migrated, { minutesAgo: 9 * DAY, seconds: 95 });
}
