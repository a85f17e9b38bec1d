import type { DumpFiles } from '../case.ts';
import {
  addressOfService,
  clearNode,
  cluster,
  failingClient,
  makeContainer,
  makeTemplate,
  refused,
  setCondition,
  taint,
} from '../builders/index.ts';
import type { Cluster, Manifest } from '../builders/index.ts';

type Builders = Readonly<Record<string, (id: string) => DumpFiles>>;

const DAY = 1440;

function scalerCondition(
  c: Cluster,
  at: { type: string; status: string; reason: string; message: string; minutesAgo: number },
): Manifest {
  const { minutesAgo, ...rest } = at;
  const scaler = c.get('HorizontalPodAutoscaler', 'social', 'timeline');
  const conditions = (scaler.status?.['conditions'] ?? []) as { type: string }[];
  scaler.status = {
    ...scaler.status,
    conditions: [
      ...conditions.filter(({ type }) => type !== at.type),
      { ...rest, lastTransitionTime: c.ago(minutesAgo) },
    ],
  };
  return scaler;
}

function drained(c: Cluster, node: string, minutesAgo: number): Manifest {
  const object = c.node(node);
  object.spec = { ...object.spec, unschedulable: true };
  taint(c, object, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', minutesAgo });
  c.changed(object, { by: 'kubectl-cordon', minutesAgo, fields: ['spec/unschedulable'] });
  c.event(object, {
    reason: 'NodeNotSchedulable',
    message: `Node ${node} status is now: NodeNotSchedulable`,
    minutesAgo,
    host: node,
  });
  return object;
}

export const CONTROLLERS: Builders = {
  'control-05': (id) => {
    const c = cluster(id, 'media');
    const w = c.workload('media', 'api');
    w.spec['paused'] = true;
    c.changed(w.manifest, { by: 'kubectl-rollout', minutesAgo: 190, fields: ['spec/paused'] });
    w.container.image = 'ghcr.io/example/media-api:2026.11.0';
    c.changed(w.manifest, {
      by: 'kubectl-set',
      minutesAgo: 150,
      fields: ['spec/template/spec/containers/{api}/image'],
    });
    w.replicaSet = undefined;
    const at = c.ago(190);
    w.manifest.status = {
      conditions: [
        {
          type: 'Progressing',
          status: 'Unknown',
          reason: 'DeploymentPaused',
          message: 'Deployment is paused',
          lastTransitionTime: at,
          lastUpdateTime: at,
        },
      ],
    };
    return c.files('cluster-info');
  },
  'control-05b': (id) => {
    const c = cluster(id, 'media');
    const gate = 'target-health.example.com/api-pool';
    const w = c.workload('media', 'api');
    w.roll(
      { by: 'helm', minutesAgo: 27, fields: ['spec/template/spec/readinessGates'], mode: 'stuck' },
      (_, template) => {
        template.spec['readinessGates'] = [{ conditionType: gate }];
      },
    );
    for (const pod of w.fresh) {
      setCondition(pod, 'Ready', {
        status: 'False',
        reason: 'ReadinessGatesNotReady',
        message: `corresponding condition of pod readiness gate "${gate}" does not exist.`,
        at: c.ago(26.8),
      });
    }
    return c.files('cluster-info');
  },
  'control-06': (id) => {
    const c = cluster(id, 'retail');
    c.workload('shop', 'inventory').scale(0, 'kubectl-scale', 57);
    const address = addressOfService(c, 'shop', 'inventory');
    failingClient(c, {
      namespace: 'shop',
      client: 'checkout',
      sinceMinutesAgo: 56,
      lines: [
        `{"level":"error","ts":"TIME","msg":"stock check failed","error":"Get \\"http://inventory/v1/stock\\": dial tcp ${address}: connect: connection refused"}`,
      ],
    });
    return c.files('text');
  },
  'control-06b': (id) => {
    const c = cluster(id, 'retail');
    const container = makeContainer('legacy-sync', 'registry.example.com/shop/legacy-sync:0.4.1', {
      resources: { requests: { cpu: '100m', memory: '64Mi' } },
      ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    });
    const w = c.addWorkload({
      kind: 'Deployment',
      namespace: 'shop',
      name: 'legacy-sync',
      replicas: 0,
      template: makeTemplate({ app: 'legacy-sync' }, container),
      createdMinutesAgo: 400 * DAY,
      podsMinutesAgo: 300 * DAY,
      hosts: c.hosts,
    });
    c.changed(w.manifest, { by: 'kubectl-scale', minutesAgo: 190 * DAY, fields: ['spec/replicas'] });
    c.service('shop', 'legacy-sync', {
      selector: { app: 'legacy-sync' },
      ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
      minutesAgo: 400 * DAY,
    });
    return c.files('cluster-info');
  },
  'control-07': (id) => {
    const c = cluster(id, 'media');
    for (const kind of ['LimitRange', 'ResourceQuota'])
      for (const object of c.ofKind(kind, 'social')) c.remove(object);
    const w = c.workload('social', 'timeline');
    w.roll({ by: 'kubectl-client-side-apply', minutesAgo: 53, fields: ['resources'] }, (container) => {
      container.resources = {};
    });
    const why = `failed to get cpu utilization: missing request for cpu in container timeline of Pod ${w.firstPod().metadata.name}`;
    const scaler = scalerCondition(c, {
      type: 'ScalingActive',
      status: 'False',
      reason: 'FailedGetResourceMetric',
      message: `the HPA was unable to compute the replica count: ${why}`,
      minutesAgo: 52,
    });
    scaler.status = { ...scaler.status, currentMetrics: null };
    const about = {
      type: 'Warning',
      component: 'horizontal-pod-autoscaler',
      sinceMinutesAgo: 52,
      minutesAgo: 0.2,
      count: 208,
    } as const;
    c.event(scaler, { ...about, reason: 'FailedGetResourceMetric', message: why });
    c.event(scaler, {
      ...about,
      reason: 'FailedComputeMetricsReplicas',
      message: `invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${why}`,
    });
    return c.files('must-gather');
  },
  'control-07b': (id) => {
    const c = cluster(id, 'media');
    const w = c.workload('social', 'timeline').scale(8, 'kube-controller-manager', 44);
    const scaler = scalerCondition(c, {
      type: 'ScalingLimited',
      status: 'True',
      reason: 'TooManyReplicas',
      message: 'the desired replica count is more than the maximum replica count',
      minutesAgo: 44,
    });
    scaler.status = {
      ...scaler.status,
      currentReplicas: w.replicas,
      desiredReplicas: w.replicas,
      lastScaleTime: c.ago(44),
      currentMetrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', current: { averageUtilization: 188, averageValue: '188m' } },
        },
      ],
    };
    c.event(scaler, {
      reason: 'SuccessfulRescale',
      message: 'New size: 8; reason: cpu resource utilization (percentage of request) above target',
      minutesAgo: 44,
      component: 'horizontal-pod-autoscaler',
    });
    return c.files('must-gather');
  },
  'control-09': (id) => {
    const c = cluster(id, 'media');
    const namespace = c.get('Namespace', '', 'social');
    namespace.metadata.deletionTimestamp = c.ago(6);
    const at = c.ago(5.5);
    const condition = (type: string, status: string, of: [reason: string, message: string]): object => ({
      type,
      status,
      reason: of[0],
      message: of[1],
      lastTransitionTime: at,
    });
    namespace.status = {
      phase: 'Terminating',
      conditions: [
        condition('NamespaceDeletionDiscoveryFailure', 'False', [
          'ResourcesDiscovered',
          'All resources successfully discovered',
        ]),
        condition('NamespaceDeletionContentFailure', 'False', [
          'ContentDeleted',
          'All content successfully deleted, may be waiting on finalization',
        ]),
        condition('NamespaceContentRemaining', 'True', [
          'SomeResourcesRemain',
          'Some resources are remaining: deployments.apps has 1 resource instances, replicasets.apps has 1 resource instances',
        ]),
        condition('NamespaceFinalizersRemaining', 'True', [
          'SomeFinalizersRemain',
          'Some content in the namespace has finalizers remaining: example.com/traffic-drain in 1 resource instances',
        ]),
      ],
    };
    const profile = c.workload('social', 'profile');
    profile.manifest.metadata.finalizers = ['example.com/traffic-drain'];
    refused(profile, {
      minutesAgo: 5.8,
      count: 12,
      reason:
        'pods "POD_NAME" is forbidden: unable to create new content in namespace social because it is being terminated',
    });
    const kept = new Set([profile.manifest, profile.replicaSet]);
    for (const object of c.objects.filter(({ metadata }) => metadata.namespace === 'social')) {
      if (!kept.has(object)) c.remove(object);
    }
    return c.files('json');
  },
  'control-09b': (id) => {
    const c = cluster(id, 'media');
    const service = c.service('social', 'edge', {
      type: 'LoadBalancer',
      selector: { app: 'image-proxy' },
      minutesAgo: 60 * DAY,
      ports: [{ name: 'http', port: 80, targetPort: 8081, protocol: 'TCP', nodePort: 30_880 }],
    });
    service.metadata.finalizers = ['service.kubernetes.io/load-balancer-cleanup'];
    service.metadata.deletionTimestamp = c.ago(190);
    service.metadata.deletionGracePeriodSeconds = 0;
    service.status = { loadBalancer: { ingress: [{ ip: '203.0.113.77' }] } };
    const about = { component: 'service-controller', count: 40, sinceMinutesAgo: 190 };
    c.event(service, {
      ...about,
      reason: 'DeletingLoadBalancer',
      message: 'Deleting load balancer',
      minutesAgo: 4.1,
    });
    c.event(service, {
      ...about,
      type: 'Warning',
      reason: 'SyncLoadBalancerFailed',
      message:
        "Error syncing load balancer: failed to delete load balancer: googleapi: Error 400: The firewall_rule resource 'k8s-fw-a51c' is already being used by another operation, resourceInUseByAnotherResource",
      minutesAgo: 4,
    });
    return c.files('json');
  },
  'control-10': (id) => {
    const c = cluster(id, 'media');
    const budget = c.get('PodDisruptionBudget', 'media', 'api');
    budget.spec = { selector: budget.spec?.['selector'], minAvailable: 3 };
    c.changed(budget, { by: 'kubectl-patch', minutesAgo: 3 * DAY, fields: ['spec/minAvailable'] });
    const node = drained(c, 'pool-a-m9vwd', 48);
    clearNode(c, 'pool-a-m9vwd', { minutesAgo: 47, except: [c.workload('media', 'api')] });
    c.event(node, {
      reason: 'DisruptionBlocked',
      message: 'Pdb prevents pod evictions (PodDisruptionBudget=media/api)',
      count: 24,
      sinceMinutesAgo: 47,
      minutesAgo: 1.5,
      component: 'karpenter',
    });
    return c.files('json');
  },
  'control-10b': (id) => {
    const c = cluster(id, 'media');
    drained(c, 'pool-a-m9vwd', 48);
    clearNode(c, 'pool-a-m9vwd', { minutesAgo: 47 });
    return c.files('json');
  },
};
