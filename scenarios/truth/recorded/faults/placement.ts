import type { RecordedFault } from '../fault.ts';
import { NEIGHBOURS, READY, caller, deployment, served, truthOf } from '../fault.ts';

const WITH_DATA = {
  pod: 'volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]',
  container: 'volumeMounts: [{name: data, mountPath: /data}]',
} as const;

const claim = (spec: string, name = 'data'): string =>
  `apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: ${name}}\nspec: {${spec}}\n---\n`;

const volume = (name: string, spec: string, labels = ''): string =>
  `apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: ${name}, labels: {${labels}}}\nspec: {${spec}, hostPath: {path: /var/tmp/${name}, type: DirectoryOrCreate}}\n---\n`;

const GIB = 'storageClassName: manual, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}';
const GIB_OF = 'storageClassName: manual, accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}';

interface Unbound {
  readonly id: string;
  readonly title: string;
  readonly namespace: string;
  readonly volume: string;
  readonly claim: string;
  readonly cause: string;
  readonly layout: RecordedFault['layout'];
}

/** A claim that gets none of the volumes that are there. */
const unbound = (fault: Unbound): RecordedFault => ({
  id: fault.id,
  title: fault.title,
  area: 'platform',
  namespace: fault.namespace,
  manifests: NEIGHBOURS + fault.volume + fault.claim + deployment({ name: 'store', ...WITH_DATA }),
  commands: [],
  ...(fault.volume === '' ? {} : { undo: [['delete', 'pv', `${fault.namespace}-0`, '--wait=false']] }),
  shows: [/unbound|volume node affinity|didn't match PersistentVolume/],
  settleSeconds: 5,
  lingerSeconds: 12,
  truth: truthOf(`PersistentVolumeClaim/${fault.namespace}/data`, [fault.cause], {
    chain: [`PersistentVolumeClaim/${fault.namespace}/data`, `Deployment/${fault.namespace}/store`],
  }),
  layout: fault.layout,
});

export const PLACEMENT_FAULTS: readonly RecordedFault[] = [
  {
    id: 'recorded-anti-affinity',
    title: 'two replicas that may not share a node, and one node',
    area: 'platform',
    namespace: 'spread',
    manifests:
      NEIGHBOURS +
      served('api', {
        replicas: 2,
        pod: 'affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: api}}}]}}',
      }),
    shows: [/anti-affinity/],
    truth: truthOf('Deployment/spread/api', ['pod-anti-affinity-unsatisfied']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-pod-affinity',
    title: 'a pod wants to be where a cache is that nobody deployed',
    area: 'platform',
    namespace: 'spread-b',
    manifests:
      NEIGHBOURS +
      served('api', {
        pod: 'affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: cache}}}]}}',
      }),
    shows: [/pod affinity/],
    truth: truthOf('Deployment/spread-b/api', ['pod-affinity-unsatisfied']),
    twinOf: 'recorded-anti-affinity',
    layout: 'get',
  },
  {
    id: 'recorded-spread',
    title: 'pods are to be spread over zones, and the nodes have none',
    area: 'platform',
    namespace: 'spread-c',
    manifests:
      NEIGHBOURS +
      served('api', {
        replicas: 2,
        pod: 'topologySpreadConstraints: [{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: api}}}]',
      }),
    shows: [/topology spread/],
    truth: truthOf('Deployment/spread-c/api', ['topology-spread-unsatisfied']),
    twinOf: 'recorded-anti-affinity',
    layout: 'cluster-info',
  },
  {
    id: 'recorded-gpu',
    title: 'a pod asks for a GPU, and no node has any',
    area: 'platform',
    namespace: 'spread-d',
    manifests:
      NEIGHBOURS + deployment({ name: 'trainer', container: 'resources: {limits: {nvidia.com/gpu: "1"}}' }),
    shows: [/Insufficient nvidia/],
    truth: truthOf('Deployment/spread-d/trainer', ['insufficient-extended-resource']),
    twinOf: 'recorded-cpu',
    layout: 'cluster-info',
  },
  {
    id: 'recorded-scratch',
    title: 'a pod asks for more scratch space than any node has',
    area: 'platform',
    namespace: 'spread-e',
    manifests:
      NEIGHBOURS +
      deployment({ name: 'trainer', container: 'resources: {requests: {ephemeral-storage: 90Ti}}' }),
    shows: [/Insufficient ephemeral/],
    truth: truthOf('Deployment/spread-e/trainer', ['insufficient-ephemeral-storage']),
    twinOf: 'recorded-cpu',
    layout: 'get',
  },
  {
    id: 'recorded-host-port',
    title:
      'a roll-out waits for itself: the old pod holds the port of the node, and may not go before the new',
    area: 'platform',
    namespace: 'spread-f',
    manifests:
      NEIGHBOURS +
      deployment({ name: 'edge', container: 'ports: [{containerPort: 8080, hostPort: 18080}]' }).replace(
        'spec:\n  replicas',
        'spec:\n  strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}\n  replicas',
      ),
    then: deployment({
      name: 'edge',
      container: 'ports: [{containerPort: 8080, hostPort: 18080}]\nenv: [{name: RELEASE, value: "2026-11"}]',
    }).replace(
      'spec:\n  replicas',
      'spec:\n  strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}\n  replicas',
    ),
    shows: [/free ports/],
    truth: truthOf('Deployment/spread-f/edge', ['host-port-conflict', 'rollout-blocked-by-strategy']),
    layout: 'get',
  },
  {
    id: 'recorded-node-name',
    title: 'a pod is bound by name to a node that is no more',
    area: 'platform',
    namespace: 'spread-g',
    manifests: NEIGHBOURS + deployment({ name: 'agent', pod: 'nodeName: worker-7' }),
    shows: [/"nodeName": "worker-7"/],
    lingerSeconds: 25,
    truth: truthOf('Deployment/spread-g/agent', ['node-name-invalid']),
    layout: 'get',
  },
  unbound({
    id: 'recorded-no-volume',
    title: 'a claim without a storage class, and no volume at all',
    namespace: 'disks',
    volume: '',
    claim: claim(GIB.replace('manual', '""')),
    cause: 'claim-no-matching-volume',
    layout: 'get',
  }),
  unbound({
    id: 'recorded-access-mode',
    title: 'the claim wants many writers, the volume allows one',
    namespace: 'disks-b',
    volume: volume('disks-b-0', GIB_OF),
    claim: claim(GIB.replace('ReadWriteOnce', 'ReadWriteMany')),
    cause: 'claim-access-mode-mismatch',
    layout: 'get',
  }),
  unbound({
    id: 'recorded-capacity',
    title: 'the claim is larger than the volume',
    namespace: 'disks-c',
    volume: volume('disks-c-0', GIB_OF),
    claim: claim(GIB.replace('1Gi', '10Gi')),
    cause: 'claim-capacity-mismatch',
    layout: 'get',
  }),
  unbound({
    id: 'recorded-claim-selector',
    title: 'the claim selects volumes by a label that the volume does not have',
    namespace: 'disks-d',
    volume: volume('disks-d-0', GIB_OF, 'tier: silver'),
    claim: claim(`${GIB}, selector: {matchLabels: {tier: gold}}`),
    cause: 'claim-selector-mismatch',
    layout: 'get',
  }),
  unbound({
    id: 'recorded-volume-node',
    title: 'the volume lies on a node that is not there',
    namespace: 'disks-e',
    volume: volume(
      'disks-e-0',
      `${GIB_OF}, nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [worker-4]}]}]}}`,
    ),
    claim: claim(GIB),
    cause: 'volume-zone-conflict',
    layout: 'get',
  }),
  {
    id: 'recorded-volume-taken',
    title: 'two claims name the same volume',
    area: 'platform',
    namespace: 'disks-f',
    manifests:
      NEIGHBOURS +
      volume('disks-f-0', GIB_OF) +
      claim(`${GIB}, volumeName: disks-f-0`, 'archive') +
      deployment({
        name: 'archive',
        ...WITH_DATA,
        pod: WITH_DATA.pod.replace('claimName: data', 'claimName: archive'),
      }),
    then: claim(`${GIB}, volumeName: disks-f-0`) + deployment({ name: 'store', ...WITH_DATA }),
    commands: [],
    undo: [['delete', 'pv', 'disks-f-0', '--wait=false']],
    shows: [/unbound/],
    lingerSeconds: 15,
    truth: truthOf('PersistentVolumeClaim/disks-f/data', ['claim-volume-taken'], {
      chain: ['PersistentVolumeClaim/disks-f/data', 'Deployment/disks-f/store'],
    }),
    layout: 'get',
  },
  {
    id: 'recorded-claim-lost',
    title: 'somebody deletes a volume that a claim is bound to',
    area: 'platform',
    namespace: 'disks-g',
    manifests:
      NEIGHBOURS + volume('disks-g-0', GIB_OF) + claim(GIB) + deployment({ name: 'store', ...WITH_DATA }),
    commands: [
      ['delete', 'pv', 'disks-g-0', '--wait=false'],
      ['patch', 'pv', 'disks-g-0', '--type=merge', '-p', '{"metadata":{"finalizers":null}}'],
      ['rollout', 'restart', 'deployment/store'],
    ],
    shows: [/"phase": "Lost"/],
    lingerSeconds: 12,
    truth: truthOf('PersistentVolumeClaim/disks-g/data', ['claim-lost'], {
      chain: ['PersistentVolumeClaim/disks-g/data', 'Deployment/disks-g/store'],
    }),
    layout: 'get',
  },
  {
    id: 'recorded-claim-terminating',
    title: 'a claim is deleted while a pod uses it; the next pod may not',
    area: 'platform',
    namespace: 'disks-h',
    manifests:
      NEIGHBOURS + volume('disks-h-0', GIB_OF) + claim(GIB) + deployment({ name: 'store', ...WITH_DATA }),
    commands: [
      ['delete', 'pvc', 'data', '--wait=false'],
      ['rollout', 'restart', 'deployment/store'],
    ],
    undo: [['delete', 'pv', 'disks-h-0', '--wait=false']],
    shows: [/is being deleted/],
    lingerSeconds: 8,
    truth: truthOf('PersistentVolumeClaim/disks-h/data', ['claim-terminating'], {
      chain: ['PersistentVolumeClaim/disks-h/data', 'Deployment/disks-h/store'],
    }),
    layout: 'get',
  },
  {
    id: 'recorded-preempted',
    title: 'a pod of higher priority takes the place of a batch worker',
    area: 'platform',
    namespace: 'rank',
    manifests:
      'apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: storefront}\nvalue: 100000\n---\n' +
      NEIGHBOURS +
      deployment({ name: 'batch', command: 'sleep 900', container: 'resources: {requests: {cpu: 1100m}}' }),
    then: served('web', {
      pod: 'priorityClassName: storefront',
      container: `${READY}\nresources: {requests: {cpu: 1100m}}`,
    }),
    commands: [],
    undo: [['delete', 'priorityclass', 'storefront']],
    shows: [/Preempted/],
    lingerSeconds: 12,
    truth: truthOf('Deployment/rank/batch', ['preempted', 'insufficient-cpu']),
    layout: 'get',
  },
  {
    id: 'recorded-kubelet',
    title: 'the kubelet of the only node is stopped',
    area: 'platform',
    namespace: 'rank-b',
    manifests: NEIGHBOURS + served('api') + caller('web', 'http://api/'),
    stops: 'kubelet',
    shows: [/NodeNotReady/],
    lingerSeconds: 20,
    truth: truthOf('Node//$NODE', ['node-kubelet-down', 'node-not-ready'], {
      chain: ['Node//$NODE', 'Deployment/rank-b/api'],
    }),
    layout: 'get',
  },
];
