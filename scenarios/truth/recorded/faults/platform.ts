import type { RecordedFault } from '../fault.ts';
import { NEIGHBOURS, deployment, service, truthOf } from '../fault.ts';

const quota = (name: string, hard: string): string =>
  `apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: ${name}}\nspec: {hard: {${hard}}}\n---\n`;

const claim = (name: string, over: string): string =>
  `apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: ${name}}\nspec:\n  accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Gi}}\n${over}---\n`;

const WITH_DATA = {
  pod: 'volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]',
  container: 'volumeMounts: [{name: data, mountPath: /data}]',
} as const;

export const PLATFORM_FAULTS: readonly RecordedFault[] = [
  {
    id: 'recorded-cpu',
    title: 'a pod asks for more CPU than any node has',
    area: 'platform',
    namespace: 'render',
    manifests: NEIGHBOURS + deployment({ name: 'encoder', container: 'resources: {requests: {cpu: "64"}}' }),
    shows: [/Insufficient cpu/],
    truth: truthOf('Deployment/render/encoder', ['insufficient-cpu']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-memory',
    title: 'a pod asks for more memory than any node has',
    area: 'platform',
    namespace: 'render-b',
    manifests:
      NEIGHBOURS + deployment({ name: 'encoder', container: 'resources: {requests: {memory: 900Gi}}' }),
    shows: [/Insufficient memory/],
    truth: truthOf('Deployment/render-b/encoder', ['insufficient-memory']),
    twinOf: 'recorded-cpu',
    layout: 'get',
  },
  {
    id: 'recorded-selector',
    title: 'a node selector that no node has',
    area: 'platform',
    namespace: 'train',
    manifests: NEIGHBOURS + deployment({ name: 'model', pod: 'nodeSelector: {disktype: nvme}' }),
    shows: [/node affinity\/selector/],
    truth: truthOf('Deployment/train/model', ['node-selector-mismatch']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-affinity',
    title: 'a required node affinity that no node meets',
    area: 'platform',
    namespace: 'train-b',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'model',
        pod: 'affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [north-2]}]}]}}}',
      }),
    shows: [/node affinity/],
    truth: truthOf('Deployment/train-b/model', ['node-affinity-mismatch']),
    twinOf: 'recorded-selector',
    layout: 'get',
  },
  {
    id: 'recorded-claim-missing',
    title: 'a claim that is not there',
    area: 'platform',
    namespace: 'store',
    manifests: NEIGHBOURS + deployment({ name: 'files', ...WITH_DATA }),
    shows: [/persistentvolumeclaim .*not found/],
    truth: truthOf('Deployment/store/files', ['claim-missing']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-storage-class',
    title: 'a claim of a storage class that is not there',
    area: 'platform',
    namespace: 'store-b',
    manifests:
      NEIGHBOURS +
      claim('data', '  storageClassName: fast-ssd\n') +
      deployment({ name: 'files', ...WITH_DATA }),
    shows: [/storageclass.*not found/, /unbound/],
    truth: truthOf('PersistentVolumeClaim/store-b/data', ['storage-class-missing'], {
      chain: ['PersistentVolumeClaim/store-b/data', 'Deployment/store-b/files'],
    }),
    twinOf: 'recorded-claim-missing',
    layout: 'get',
  },
  {
    id: 'recorded-host-path',
    title: 'a directory of the node that is not there',
    area: 'platform',
    namespace: 'agents',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'collector',
        container: 'volumeMounts: [{name: spool, mountPath: /spool}]',
        pod: 'volumes: [{name: spool, hostPath: {path: /srv/spool-missing, type: Directory}}]',
      }),
    shows: [/FailedMount/],
    truth: truthOf('Deployment/agents/collector', ['host-path-missing', 'volume-mount-failed']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-cordon',
    title: 'the only node is cordoned',
    area: 'platform',
    namespace: 'night',
    manifests: NEIGHBOURS,
    commands: [
      ['cordon', '$NODE'],
      ['rollout', 'restart', 'deployment/catalog'],
    ],
    undo: [['uncordon', '$NODE']],
    shows: [/unschedulable/],
    lingerSeconds: 5,
    truth: truthOf('Node//$NODE', ['node-cordoned'], { chain: ['Node//$NODE', 'Deployment/night/catalog'] }),
    layout: 'get',
  },
  {
    id: 'recorded-taint',
    title: 'the only node gets a taint that nobody tolerates',
    area: 'platform',
    namespace: 'night-b',
    manifests: NEIGHBOURS,
    commands: [
      ['taint', 'node', '$NODE', 'maintenance=true:NoSchedule'],
      ['rollout', 'restart', 'deployment/catalog'],
    ],
    undo: [['taint', 'node', '$NODE', 'maintenance=true:NoSchedule-']],
    shows: [/untolerated taint/],
    lingerSeconds: 5,
    truth: truthOf('Node//$NODE', ['untolerated-taint'], {
      chain: ['Node//$NODE', 'Deployment/night-b/catalog'],
    }),
    twinOf: 'recorded-cordon',
    layout: 'cluster-info',
  },
  {
    id: 'recorded-quota',
    title: 'a quota leaves no room for another pod',
    area: 'control',
    namespace: 'tenant',
    manifests: quota('team', 'pods: "1"') + NEIGHBOURS,
    then: deployment({ name: 'export' }),
    shows: [/exceeded quota/],
    truth: truthOf('ResourceQuota/tenant/team', ['quota-pods-exceeded'], {
      chain: ['ResourceQuota/tenant/team', 'Deployment/tenant/export'],
    }),
    layout: 'get',
  },
  {
    id: 'recorded-quota-requires',
    title: 'a quota on CPU demands requests that a pod lacks',
    area: 'control',
    namespace: 'tenant-b',
    manifests: quota('team', 'requests.cpu: "4"') + deployment({ name: 'export' }),
    shows: [/must specify/],
    truth: truthOf('Deployment/tenant-b/export', ['quota-requires-resources']),
    twinOf: 'recorded-quota',
    layout: 'cluster-info',
  },
  {
    id: 'recorded-limit-range',
    title: 'a container asks for more than a LimitRange allows',
    area: 'control',
    namespace: 'tenant-c',
    manifests:
      'apiVersion: v1\nkind: LimitRange\nmetadata: {name: bounds}\nspec: {limits: [{type: Container, max: {memory: 64Mi}}]}\n---\n' +
      NEIGHBOURS +
      deployment({ name: 'cache', container: 'resources: {limits: {memory: 512Mi}}' }),
    shows: [/maximum memory usage/],
    truth: truthOf('Deployment/tenant-c/cache', ['limit-range-violated']),
    layout: 'get',
  },
  {
    id: 'recorded-service-account',
    title: 'a service account that is not there',
    area: 'control',
    namespace: 'ci',
    manifests: NEIGHBOURS + deployment({ name: 'runner', pod: 'serviceAccountName: runner' }),
    shows: [/serviceaccount .*not found/],
    truth: truthOf('Deployment/ci/runner', ['service-account-missing']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-priority-class',
    title: 'a priority class that is not there',
    area: 'control',
    namespace: 'ci-b',
    manifests: NEIGHBOURS + deployment({ name: 'runner', pod: 'priorityClassName: business-critical' }),
    shows: [/no PriorityClass/],
    truth: truthOf('Deployment/ci-b/runner', ['priority-class-missing']),
    twinOf: 'recorded-service-account',
    layout: 'get',
  },
  {
    id: 'recorded-job',
    title: 'a Job whose program fails until no try is left',
    area: 'control',
    namespace: 'nightly',
    manifests:
      NEIGHBOURS +
      'apiVersion: batch/v1\nkind: Job\nmetadata: {name: cleanup}\nspec:\n  backoffLimit: 1\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{name: cleanup, image: $IMAGE, imagePullPolicy: IfNotPresent, command: [sh, -c, "echo panic: index out of range; exit 2"]}]\n---\n',
    shows: [/BackoffLimitExceeded/],
    truth: truthOf('Job/nightly/cleanup', ['application-error', 'job-backoff-limit-exceeded']),
    layout: 'get',
  },
  {
    id: 'recorded-pod-security',
    title: 'a namespace refuses privileged pods',
    area: 'control',
    namespace: 'hardened',
    manifests:
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: hardened, labels: {pod-security.kubernetes.io/enforce: baseline}}\n---\n' +
      NEIGHBOURS +
      deployment({ name: 'probe', container: 'securityContext: {privileged: true}' }),
    shows: [/violates PodSecurity/],
    truth: truthOf('Deployment/hardened/probe', ['pod-security-violation']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-service-selector',
    title: 'a Service selects a label that no pod has',
    area: 'network',
    namespace: 'web',
    manifests:
      NEIGHBOURS +
      deployment({ name: 'cart', container: 'ports: [{containerPort: 8080}]' }) +
      service('cart', 'selector: {app: carts}'),
    shows: [/"readyReplicas": 1/],
    lingerSeconds: 8,
    truth: truthOf('Service/web/cart', ['service-selector-mismatch']),
    layout: 'get',
  },
  {
    id: 'recorded-target-port',
    title: 'a Service sends to a port that the pod does not serve',
    area: 'network',
    namespace: 'web-b',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'cart',
        container:
          'ports: [{containerPort: 8080}]\nreadinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 2}',
      }) +
      service('cart', 'selector: {app: cart}', '{port: 80, targetPort: 9090}'),
    shows: [/"readyReplicas": 1/],
    lingerSeconds: 8,
    truth: truthOf('Service/web-b/cart', ['service-target-port-mismatch']),
    twinOf: 'recorded-service-selector',
    layout: 'cluster-info',
  },
];

export const HEALTHY_STATES: readonly RecordedFault[] = [
  {
    id: 'recorded-healthy',
    title: 'everything runs',
    area: 'healthy',
    namespace: 'calm',
    manifests: NEIGHBOURS,
    shows: [/"readyReplicas": 1/],
    lingerSeconds: 5,
    truth: null,
    layout: 'cluster-info',
  },
  {
    id: 'recorded-healthy-job',
    title: 'a Job is done, a CronJob waits, a Deployment was scaled down on purpose',
    area: 'healthy',
    namespace: 'calm-b',
    manifests:
      NEIGHBOURS +
      deployment({ name: 'preview', replicas: 0 }) +
      'apiVersion: batch/v1\nkind: Job\nmetadata: {name: seed}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{name: seed, image: $IMAGE, imagePullPolicy: IfNotPresent, command: [sh, -c, "echo done"]}]\n---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: digest}\nspec:\n  schedule: "0 3 * * *"\n  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: digest, image: $IMAGE, command: ["true"]}]}}}}\n---\n',
    shows: [/"readyReplicas": 1/, /"succeeded": 1/],
    truth: null,
    layout: 'get',
  },
  {
    id: 'recorded-healthy-late-start',
    title:
      'a probe failed while the program started, a ConfigMap came a moment after its pod, all is well now',
    area: 'healthy',
    namespace: 'calm-c',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'slow',
        command: `sleep 6; mkdir -p /tmp/www && exec httpd -f -p 8080 -h /tmp/www`,
        container:
          'readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 2}\nenvFrom: [{configMapRef: {name: late}}]',
      }),
    then: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: late}\ndata: {mode: quiet}\n---\n',
    shows: [/Readiness probe failed/, /"readyReplicas": 1/],
    lingerSeconds: 20,
    truth: null,
    layout: 'get',
  },
];
