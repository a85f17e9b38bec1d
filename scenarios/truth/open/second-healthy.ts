import { isPod, moveTo, unsay } from '../builders/index.ts';
import type { Cluster, Pod } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { klog, quota, CONTROL, unhelpful } from './second-kit.ts';

/** A pod whose containers have run since then. */
function startedLately(c: Cluster, pod: Pod, minutesAgo: number): void {
  const at = c.ago(minutesAgo);
  pod.metadata.creationTimestamp = at;
  pod.status.startTime = at;
  pod.status.conditions = pod.status.conditions.map((one) => ({ ...one, lastTransitionTime: at }));
  for (const status of pod.status.containerStatuses ?? []) status.state = { running: { startedAt: at } };
}

export const SECOND_WELL: readonly OpenCase[] = [
  {
    id: 'open-second-well-scale-up',
    title: 'pods waited two minutes for a node that the cluster autoscaler made, and run on it',
    sources: [
      'kubernetes/autoscaler cluster-autoscaler/processors/status/eventing_scale_up_processor.go',
      'https://kubernetes.io/docs/concepts/cluster-administration/node-autoscaling/',
    ],
    theme: 'media',
    truth: null,
    make: (c) => {
      const w = c.workload('media', 'thumbnails');
      w.scale(4, 'kubectl-scale', 31);
      const name = 'pool-b-t4zzs';
      c.node(name).metadata.creationTimestamp = c.ago(29.4);
      for (const pod of c.ofKind('Pod').filter(isPod)) {
        if (pod.spec.nodeName !== name || w.pods.includes(pod)) continue;
        if (pod.metadata.ownerReferences?.[0]?.kind === 'DaemonSet') startedLately(c, pod, 29.3);
        else moveTo(c, pod, 'pool-a-m9vwd');
      }
      for (const pod of w.pods.slice(2)) {
        unsay(w, pod, ['Scheduled', 'Pulled', 'Created', 'Started']);
        moveTo(c, pod, name);
        startedLately(c, pod, 28.6);
        pod.metadata.creationTimestamp = c.ago(31);
        const says = (type: 'Normal' | 'Warning', reason: string, message: string, minutes: number): void => {
          const component = reason === 'TriggeredScaleUp' ? 'cluster-autoscaler' : 'default-scheduler';
          c.event(pod, { type, reason, message, minutesAgo: minutes, component });
        };
        says(
          'Warning',
          'FailedScheduling',
          `0/3 nodes are available: ${CONTROL}, 2 Insufficient cpu. ${unhelpful(3, 2)}`,
          30.9,
        );
        says('Normal', 'TriggeredScaleUp', 'pod triggered scale-up: [{pool-b 0->1 (max: 4)}]', 30.7);
        says('Normal', 'Scheduled', `Successfully assigned media/${pod.metadata.name} to ${name}`, 28.7);
      }
      return c.files('json');
    },
  },
  {
    id: 'open-second-well-leaders',
    title: 'etcd was slow for a moment in the night and the controllers chose their leaders anew',
    sources: ['https://etcd.io/docs/v3.5/faq/', 'client-go tools/leaderelection/leaderelection.go'],
    theme: 'retail',
    truth: null,
    make: (c) => {
      for (const component of ['kube-controller-manager', 'kube-scheduler']) {
        const pod = c.get('Pod', 'kube-system', `${component}-cp-1`);
        if (!isPod(pod)) continue;
        for (const status of pod.status.containerStatuses ?? [])
          Object.assign(status, {
            restartCount: 3,
            state: { running: { startedAt: c.ago(640) } },
            lastState: {
              terminated: {
                exitCode: 1,
                reason: 'Error',
                startedAt: c.ago(9000),
                finishedAt: c.ago(640.3),
                containerID: `containerd://${c.dice.hex(64)}`,
              },
            },
          });
        c.log(
          { namespace: 'kube-system', pod: `${component}-cp-1`, container: component },
          [
            klog(c, 'I', 640, 'serving.go:386] Generated self-signed cert in-memory'),
            klog(c, 'I', 639, `leaderelection.go:268] successfully acquired lease kube-system/${component}`),
          ],
          [
            klog(
              c,
              'E',
              640.4,
              `leaderelection.go:436] error retrieving resource lock kube-system/${component}: Get "https://10.0.0.10:6443/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/${component}?timeout=5s": context deadline exceeded`,
            ),
            klog(c, 'E', 640.3, 'server.go:242] "Leaderelection lost"'),
          ],
        );
      }
      c.log({ namespace: 'kube-system', pod: 'etcd-cp-1', container: 'etcd' }, [
        `{"level":"warn","ts":"${c.ago(640.5)}","caller":"wal/wal.go:805","msg":"slow fdatasync","took":"11.2s","expected-duration":"1s"}`,
        `{"level":"warn","ts":"${c.ago(212)}","caller":"etcdserver/util.go:170","msg":"apply request took too long","took":"131.4ms","expected-duration":"100ms","prefix":"read-only range ","request":"key:\\"/registry/health\\" ","response":"range_response_count:0 size:7"}`,
        `{"level":"info","ts":"${c.ago(9)}","caller":"mvcc/kvstore_compaction.go:68","msg":"finished scheduled compaction","compact-revision":48172933,"took":"1.2s"}`,
      ]);
      return c.files('must-gather');
    },
  },
  {
    id: 'open-second-well-quota-turn',
    title: 'a new version waited for room under its quota, got it when an old pod ended, and is all there',
    sources: ['https://kubernetes.io/docs/concepts/policy/resource-quotas/'],
    theme: 'retail',
    truth: null,
    make: (c) => {
      quota(c, { namespace: 'billing', name: 'team', minutesAgo: 60_000 }, { pods: '14' });
      const w = c.workload('billing', 'rates');
      w.roll({ by: 'argocd-controller', minutesAgo: 34, fields: ['image'] }, (container) => {
        container.image = 'registry.example.com/billing/rates:1.6.1';
      });
      const set = w.replicaSet;
      if (set !== undefined)
        c.event(set, {
          type: 'Warning',
          reason: 'FailedCreate',
          message: `Error creating: pods "${set.metadata.name}-${c.dice.letters(5)}" is forbidden: exceeded quota: team, requested: pods=1, used: pods=14, limited: pods=14`,
          count: 4,
          sinceMinutesAgo: 34,
          minutesAgo: 33.9,
          component: 'replicaset-controller',
        });
      return c.files('json');
    },
  },
];
