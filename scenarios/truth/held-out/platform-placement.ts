import type { DumpFiles } from '../case.ts';
import {
  addClaim,
  addressOfService,
  clearNode,
  cluster,
  failingClient,
  moveTo,
  pending,
  taint,
  volumeZone,
  waiting,
} from '../builders/index.ts';
import type { Cluster, Manifest } from '../builders/index.ts';

type Builders = Readonly<Record<string, (id: string) => DumpFiles>>;

const CONTROL_PLANE = '1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }';
const NO_VICTIMS =
  'preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod.';
const NOT_HELPFUL = 'preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.';

function boundVolume(c: Cluster, claim: Manifest): Manifest {
  return c.get('PersistentVolume', '', String(claim.spec?.['volumeName']));
}

/** A claim that has no volume: made anew lately. */
function unbind(c: Cluster, claim: Manifest, at: { minutesAgo: number; storageClass: string }): void {
  c.remove(boundVolume(c, claim));
  claim.metadata.creationTimestamp = c.ago(at.minutesAgo);
  delete claim.metadata.annotations;
  claim.spec = { ...claim.spec, storageClassName: at.storageClass, volumeName: undefined };
  claim.status = { phase: 'Pending' };
}

function mountCache(
  c: Cluster,
  minutesAgo: number,
  mode: 'all' | 'recreate',
): ReturnType<Cluster['workload']> {
  const w = c.workload('media', 'cdn-sync');
  w.roll(
    {
      by: 'kubectl-client-side-apply',
      minutesAgo,
      fields: ['volumeMounts', 'spec/template/spec/volumes/{cache}'],
      mode,
    },
    (container, template) => {
      container.volumeMounts = [{ name: 'cache', mountPath: '/cache' }];
      template.spec.volumes = [{ name: 'cache', persistentVolumeClaim: { claimName: 'cdn-cache' } }];
    },
  );
  return w;
}

/** The billing database can only run on worker-1, and was made again lately. */
function databaseWaits(c: Cluster, at: { minutesAgo: number; why: string }): DumpFiles {
  const postgres = c.workload('billing', 'postgres');
  const old = postgres.firstPod();
  moveTo(c, old, 'worker-1');
  postgres.dropPods([old]);
  pending(postgres, { minutesAgo: at.minutesAgo, message: at.why, pods: [postgres.addPod(at.minutesAgo)] });
  const address = addressOfService(c, 'billing', 'postgres');
  failingClient(c, {
    namespace: 'billing',
    client: 'ledger',
    sinceMinutesAgo: at.minutesAgo,
    lines: [
      `time=TIME level=ERROR msg="query failed" error="failed to connect to \`host=postgres user=ledger database=ledger\`: dial error (dial tcp ${address}: connect: connection refused)"`,
    ],
    notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
  });
  return c.files('json');
}

export const PLACEMENT: Builders = {
  'platform-01': (id) => {
    const c = cluster(id, 'media');
    const quota = c.get('ResourceQuota', 'media', 'compute');
    quota.spec = { hard: { 'requests.cpu': '64', 'requests.memory': '128Gi', pods: '80' } };
    const w = c.workload('media', 'transcoder');
    w.roll(
      {
        by: 'kubectl-patch',
        minutesAgo: 29,
        fields: ['resources/requests/cpu', 'resources/limits/cpu'],
        mode: 'stuck',
      },
      (container) => {
        container.resources = {
          requests: { cpu: '8', memory: '128Mi' },
          limits: { cpu: '8', memory: '512Mi' },
        };
      },
    );
    pending(w, {
      minutesAgo: 29,
      message: `0/4 nodes are available: ${CONTROL_PLANE}, 3 Insufficient cpu. ${NO_VICTIMS}`,
    });
    return c.files('cluster-info');
  },
  'platform-01b': (id) => {
    const c = cluster(id, 'media');
    const w = c.workload('media', 'transcoder');
    w.roll(
      { by: 'kubectl-patch', minutesAgo: 29, fields: ['spec/template/spec/nodeSelector'], mode: 'stuck' },
      (_, template) => {
        template.spec.nodeSelector = { 'node.example.com/accelerator': 'nvenc' };
      },
    );
    pending(w, {
      minutesAgo: 29,
      message: `0/4 nodes are available: ${CONTROL_PLANE}, 3 node(s) didn't match Pod's node affinity/selector. ${NOT_HELPFUL}`,
    });
    return c.files('cluster-info');
  },
  'platform-02': (id) => {
    const c = cluster(id, 'retail');
    const claim = c.get('PersistentVolumeClaim', 'billing', 'archive');
    unbind(c, claim, { minutesAgo: 71, storageClass: 'fast-ssd' });
    c.event(claim, {
      type: 'Warning',
      reason: 'ProvisioningFailed',
      message: 'storageclass.storage.k8s.io "fast-ssd" not found',
      count: 282,
      sinceMinutesAgo: 71,
      minutesAgo: 0.3,
      component: 'persistentvolume-controller',
    });
    const w = c.workload('billing', 'exporter');
    w.dropPods(w.pods);
    const pod = w.addPod(70);
    pending(w, {
      minutesAgo: 70,
      pods: [pod],
      message: `0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims. ${NOT_HELPFUL}`,
    });
    return c.files('json');
  },
  'platform-02b': (id) => {
    const c = cluster(id, 'retail');
    const { claim } = addClaim(c, {
      namespace: 'billing',
      name: 'scratch',
      size: '10Gi',
      zone: 'eu-west-1a',
    });
    unbind(c, claim, { minutesAgo: 55, storageClass: 'standard' });
    c.event(claim, {
      reason: 'WaitForFirstConsumer',
      message: 'waiting for first consumer to be created before binding',
      count: 218,
      sinceMinutesAgo: 55,
      minutesAgo: 0.2,
      component: 'persistentvolume-controller',
    });
    return c.files('json');
  },
  'platform-03': (id) => {
    const c = cluster(id, 'media');
    volumeZone(boundVolume(c, c.get('PersistentVolumeClaim', 'social', 'data-kafka-1')), 'fra1-c');
    const kafka = c.workload('social', 'kafka');
    const [, pod] = kafka.pods;
    if (pod === undefined) throw new Error('kafka has three pods');
    pod.metadata.creationTimestamp = c.ago(48);
    pending(kafka, {
      minutesAgo: 48,
      pods: [pod],
      message: `0/4 nodes are available: ${CONTROL_PLANE}, 3 node(s) had volume node affinity conflict. ${NOT_HELPFUL}`,
    });
    return c.files('must-gather');
  },
  'platform-03b': (id) => {
    const c = cluster(id, 'media');
    const kafka = c.workload('social', 'kafka');
    kafka.roll({ by: 'helm', minutesAgo: 50_000, fields: ['spec/template/spec/affinity'] }, (_, template) => {
      template.spec.affinity = {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { labelSelector: { matchLabels: { app: 'kafka' } }, topologyKey: 'kubernetes.io/hostname' },
          ],
        },
      };
    });
    kafka.scale(4, 'kubectl-scale', 26);
    const { claim } = addClaim(c, {
      namespace: 'social',
      name: 'data-kafka-3',
      size: '30Gi',
      zone: 'fra1-a',
    });
    unbind(c, claim, { minutesAgo: 26, storageClass: 'standard' });
    c.event(claim, {
      reason: 'WaitForPodScheduled',
      message: 'waiting for pod kafka-3 to be scheduled',
      count: 102,
      sinceMinutesAgo: 26,
      minutesAgo: 0.3,
      component: 'persistentvolume-controller',
    });
    pending(kafka, {
      minutesAgo: 26,
      pods: kafka.pods.slice(3),
      message: `0/4 nodes are available: ${CONTROL_PLANE}, 3 node(s) didn't match pod anti-affinity rules. ${NO_VICTIMS}`,
    });
    return c.files('must-gather');
  },
  'platform-05': (id) => {
    const c = cluster(id, 'retail');
    const volume = boundVolume(c, c.get('PersistentVolumeClaim', 'billing', 'archive'));
    delete volume.spec?.['nodeAffinity'];
    const w = c.workload('billing', 'exporter');
    const old = w.firstPod();
    const node = c.hosts.find(({ name }) => name !== old.spec.nodeName)?.name ?? '';
    w.roll({ by: 'kubectl-set', minutesAgo: 23, fields: ['image'], mode: 'stuck', node }, (container) => {
      container.image = 'registry.example.com/billing/exporter:1.0.9';
    });
    waiting(w, {
      reason: 'ContainerCreating',
      minutesAgo: 23,
      about: 'pod',
      warnings: [
        [
          'FailedMount',
          'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition',
          9,
        ],
      ],
    });
    c.event(w.firstPod(), {
      type: 'Warning',
      reason: 'FailedAttachVolume',
      message: `Multi-Attach error for volume "${volume.metadata.name}" Volume is already used by pod(s) ${old.metadata.name}`,
      minutesAgo: 22.8,
      component: 'attachdetach-controller',
    });
    return c.files('json');
  },
  'platform-05b': (id) => {
    const c = cluster(id, 'retail');
    const volume = boundVolume(c, c.get('PersistentVolumeClaim', 'billing', 'archive'));
    const handle = (volume.spec?.['csi'] as { volumeHandle: string }).volumeHandle;
    const w = c.workload('billing', 'exporter');
    const node = w.firstPod().spec.nodeName ?? '';
    w.dropPods(w.pods);
    const pod = w.addPod(27, node);
    waiting(w, {
      reason: 'ContainerCreating',
      minutesAgo: 27,
      pods: [pod],
      about: 'pod',
      warnings: [
        [
          'FailedMount',
          'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition',
          10,
        ],
      ],
    });
    const instance = `i-0${c.dice.hex(16)}`;
    const attach = `attach volume "${handle}" to node "${instance}"`;
    c.event(pod, {
      type: 'Warning',
      reason: 'FailedAttachVolume',
      message: `AttachVolume.Attach failed for volume "${volume.metadata.name}" : rpc error: code = Internal desc = Could not ${attach}: could not ${attach}: InvalidVolume.NotFound: The volume '${handle}' does not exist.`,
      count: 20,
      sinceMinutesAgo: 27,
      minutesAgo: 1.1,
      component: 'attachdetach-controller',
    });
    return c.files('json');
  },
  'platform-10': (id) => {
    const c = cluster(id, 'media');
    const w = mountCache(c, 38, 'recreate');
    pending(w, {
      minutesAgo: 38,
      message: `0/4 nodes are available: persistentvolumeclaim "cdn-cache" not found. ${NOT_HELPFUL}`,
    });
    return c.files('yaml');
  },
  'platform-10b': (id) => {
    const c = cluster(id, 'media');
    const w = mountCache(c, 45_000, 'all');
    const { claim, volume } = addClaim(c, {
      namespace: 'media',
      name: 'cdn-cache',
      size: '100Gi',
      zone: 'fra1-b',
    });
    c.remove(volume);
    claim.status = { phase: 'Lost' };
    c.event(claim, {
      type: 'Warning',
      reason: 'ClaimLost',
      message: 'Bound claim has lost its PersistentVolume. Data on the volume is lost!',
      minutesAgo: 46,
      component: 'persistentvolume-controller',
    });
    w.dropPods(w.pods);
    const pod = w.addPod(38);
    pending(w, {
      minutesAgo: 38,
      pods: [pod],
      message: `0/4 nodes are available: ${CONTROL_PLANE}, 3 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s). ${NOT_HELPFUL}`,
    });
    return c.files('yaml');
  },
  'platform-11': (id) => {
    const c = cluster(id, 'retail');
    const node = c.node('worker-1');
    taint(c, node, { key: 'maintenance', value: 'true', effect: 'NoExecute', minutesAgo: 40 });
    c.changed(node, { by: 'kubectl-taint', minutesAgo: 40, fields: ['spec/taints'] });
    c.event(
      { apiVersion: 'v1', kind: 'Pod', namespace: 'billing', name: 'postgres-0' },
      {
        reason: 'TaintManagerEviction',
        message: 'Marking for deletion Pod billing/postgres-0',
        minutesAgo: 40,
        component: 'taint-eviction-controller',
      },
    );
    clearNode(c, 'worker-1', { minutesAgo: 40, except: [c.workload('billing', 'postgres')] });
    return databaseWaits(c, {
      minutesAgo: 39.5,
      why: `0/4 nodes are available: 1 node(s) had untolerated taint {maintenance: true}, ${CONTROL_PLANE}, 2 node(s) had volume node affinity conflict. ${NOT_HELPFUL}`,
    });
  },
  'platform-11b': (id) => {
    const c = cluster(id, 'retail');
    const node = c.node('worker-1');
    node.spec = { ...node.spec, unschedulable: true };
    taint(c, node, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', minutesAgo: 44 });
    c.changed(node, { by: 'kubectl-cordon', minutesAgo: 44, fields: ['spec/unschedulable'] });
    c.event(node, {
      reason: 'NodeNotSchedulable',
      message: 'Node worker-1 status is now: NodeNotSchedulable',
      minutesAgo: 44,
      host: 'worker-1',
    });
    return databaseWaits(c, {
      minutesAgo: 39.5,
      why: `0/4 nodes are available: ${CONTROL_PLANE}, 1 node(s) were unschedulable, 2 node(s) had volume node affinity conflict. ${NOT_HELPFUL}`,
    });
  },
};
