import {
  addJob,
  clearNode,
  cluster,
  completeJob,
  crashing,
  failingClient,
  makeContainer,
  makeTemplate,
  moveTo,
  notReady,
  refused,
  taint,
} from '../../builders/index.ts';
import type { Cluster } from '../../builders/index.ts';
import { ask, newApp, specOf } from '../../open/kit.ts';
import { quota } from '../../open/second-kit.ts';
import type { Builders } from '../rows.ts';

/** The pods were deleted with their node, and none is made again. */
function untaxed(c: Cluster, reason: string): ReturnType<Cluster['files']> {
  const w = c.workload('billing', 'tax');
  w.fresh = [...w.pods];
  refused(w, { reason, minutesAgo: 37, count: 17 });
  ask(c, {
    namespace: 'billing',
    clients: ['invoices'],
    service: 'tax',
    trouble: 'refused',
    minutesAgo: 36,
    notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
  });
  return c.files('json');
}

/** Gives the tax service, and all that was made of it, other resources. */
function taxAsks(c: Cluster, resources: { requests: Record<string, string> }): void {
  const w = c.workload('billing', 'tax');
  w.container.resources = resources;
  const set = w.replicaSet?.spec?.['template'] as { spec: { containers: { resources: unknown }[] } };
  for (const container of set.spec.containers) container.resources = structuredClone(resources);
}

export const CONTROL: Builders = {
  'second-control-11': (id) => {
    const c = cluster(id, 'media');
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }];
    c.add({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: c.meta('moderation', 'social', 80_000),
      rules,
    });
    c.add({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: c.meta('moderation', 'social', 80_000),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'moderation' },
      subjects: [{ kind: 'ServiceAccount', name: 'moderation', namespace: 'social' }],
    });
    const w = c.workload('social', 'moderation');
    w.roll(
      {
        by: 'helm',
        minutesAgo: 41,
        fields: ['image', 'spec/template/spec/serviceAccountName'],
        mode: 'stuck',
      },
      (container, template) => {
        container.image = 'ghcr.io/example/moderation:0.32.0';
        delete template.spec.serviceAccountName;
        delete template.spec['serviceAccount'];
      },
    );
    for (const pod of w.fresh)
      Object.assign(pod.spec, { serviceAccountName: 'default', serviceAccount: 'default' });
    crashing(w, {
      exitCode: 1,
      minutesAgo: 41,
      restarts: 12,
      runsSeconds: 3,
      log: [
        'Traceback (most recent call last):',
        '  File "/app/moderation/rules.py", line 41, in load',
        '    found = api.list_namespaced_config_map("social", label_selector="moderation=rules")',
        'kubernetes.client.exceptions.ApiException: (403)',
        'Reason: Forbidden',
        'HTTP response body: {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps is forbidden: User \\"system:serviceaccount:social:default\\" cannot list resource \\"configmaps\\" in API group \\"\\" in the namespace \\"social\\"","reason":"Forbidden","details":{"kind":"configmaps"},"code":403}',
      ],
    });
    return c.files('must-gather');
  },
  'second-control-12': (id) => {
    const c = cluster(id, 'retail');
    const range = c.get('LimitRange', 'billing', 'containers');
    const [limits] = specOf(range)['limits'] as { default: Record<string, string> }[];
    if (limits !== undefined) limits.default = { cpu: '200m', memory: '512Mi' };
    c.changed(range, { by: 'kubectl-edit', minutesAgo: 1600, fields: ['spec/limits'] });
    taxAsks(c, { requests: { cpu: '500m', memory: '64Mi' } });
    return untaxed(
      c,
      'Pod "POD_NAME" is invalid: spec.containers[0].resources.requests: Invalid value: "500m": must be less than or equal to cpu limit of 200m',
    );
  },
  'second-control-12b': (id) => {
    const c = cluster(id, 'retail');
    c.remove(c.get('LimitRange', 'billing', 'containers'));
    const counted = quota(
      c,
      { namespace: 'billing', name: 'limits', minutesAgo: 1600 },
      { 'limits.cpu': '40', 'limits.memory': '40Gi' },
    );
    c.changed(counted, { by: 'kubectl-create', minutesAgo: 1600, fields: ['spec/hard'] });
    taxAsks(c, { requests: { cpu: '500m', memory: '64Mi' } });
    return untaxed(
      c,
      'pods "POD_NAME" is forbidden: failed quota: limits: must specify limits.cpu for: tax; limits.memory for: tax',
    );
  },
  'second-control-13': (id) => {
    const c = cluster(id, 'retail');
    const budget = c.get('PodDisruptionBudget', 'billing', 'ledger');
    budget.spec = { minAvailable: 2, selector: { matchLabels: { app: 'ledger' } } };
    c.changed(budget, { by: 'argocd-controller', minutesAgo: 9000, fields: ['spec/minAvailable'] });
    const ledger = c.workload('billing', 'ledger');
    const [stays, other] = ledger.pods;
    if (stays === undefined || other === undefined) throw new Error('two replicas are needed');
    moveTo(c, stays, 'worker-1');
    moveTo(c, other, 'worker-3');
    const node = c.node('worker-1');
    clearNode(c, 'worker-1', { minutesAgo: 187, except: [ledger] });
    specOf(node)['unschedulable'] = true;
    taint(c, node, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', minutesAgo: 189 });
    node.metadata.annotations = {
      ...node.metadata.annotations,
      'weave.works/kured-reboot-in-progress': c.ago(189),
    };
    const w = c.addWorkload({
      kind: 'DaemonSet',
      namespace: 'kube-system',
      name: 'kured',
      replicas: 3,
      template: makeTemplate({ app: 'kured' }, makeContainer('kured', 'ghcr.io/kubereboot/kured:1.16.0')),
      createdMinutesAgo: 100_000,
      podsMinutesAgo: 40_000,
      hosts: c.hosts,
    });
    for (const pod of w.pods) {
      const isHere = pod.spec.nodeName === 'worker-1';
      const say = (minutes: number, text: string): string =>
        `time="${c.ago(minutes)}" level=info msg="${text}"`;
      c.log(
        { namespace: 'kube-system', pod: pod.metadata.name, container: 'kured' },
        isHere
          ? [
              say(189.3, 'Reboot required'),
              say(189.2, 'Acquired reboot lock'),
              say(189.1, 'Draining node worker-1'),
              `evicting pod billing/${stays.metadata.name}`,
              `evicting pod billing/${stays.metadata.name}`,
              `error when evicting pods/"${stays.metadata.name}" -n "billing" (will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.`,
            ]
          : [say(9000, 'Reboot not required')],
      );
    }
    return c.files('yaml');
  },
  'second-control-14': (id) => {
    const c = cluster(id, 'retail');
    c.namespace('flux-system', 120_000);
    const flux = newApp(c, { namespace: 'flux-system', name: 'helm-controller', minutesAgo: 90_000 });
    const service = c.get('Service', 'shop', 'cart');
    specOf(service)['selector'] = { 'app.kubernetes.io/name': 'cart', 'app.kubernetes.io/instance': 'cart' };
    c.changed(service, { by: 'helm-controller', minutesAgo: 52, fields: ['spec/selector'] });
    const error =
      'Helm upgrade failed for release shop/cart with chart cart@2.0.0: cannot patch \\"cart\\" with kind Deployment: Deployment.apps \\"cart\\" is invalid: spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{\\"app.kubernetes.io/instance\\":\\"cart\\", \\"app.kubernetes.io/name\\":\\"cart\\"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: field is immutable';
    for (const pod of flux.pods)
      c.log({ namespace: 'flux-system', pod: pod.metadata.name, container: 'helm-controller' }, [
        `{"level":"info","ts":"${c.ago(52.1)}","msg":"running 'upgrade' action with timeout of 5m0s","controller":"helmrelease","HelmRelease":{"name":"cart","namespace":"shop"}}`,
        ...[52, 37, 22, 7].map(
          (minutes) =>
            `{"level":"error","ts":"${c.ago(minutes)}","msg":"Reconciler error","controller":"helmrelease","HelmRelease":{"name":"cart","namespace":"shop"},"error":"${error}"}`,
        ),
      ]);
    ask(c, {
      namespace: 'shop',
      clients: ['checkout', 'frontend'],
      service: 'cart',
      trouble: 'refused',
      minutesAgo: 51,
    });
    return c.files('json');
  },
  'second-control-15': (id) => {
    const c = cluster(id, 'retail');
    const cron = c.get('CronJob', 'billing', 'statements');
    for (const job of c.ofKind('Job', 'billing')) {
      if (job.metadata.ownerReferences?.[0]?.uid !== cron.metadata.uid) continue;
      for (const pod of c.ofKind('Pod', 'billing'))
        if (pod.metadata.ownerReferences?.[0]?.uid === job.metadata.uid) c.remove(pod);
      c.remove(job);
    }
    const minute = Math.floor(c.nowMs / 60_000) - 3180;
    const job = addJob(c, {
      namespace: 'billing',
      name: `statements-${minute}`,
      image: 'ghcr.io/example/batch:1.3.2',
      minutesAgo: 3180,
      cronJob: cron,
    });
    completeJob(c, job, { minutesAgo: 3180, seconds: 44 });
    specOf(cron)['suspend'] = true;
    cron.status = { lastScheduleTime: c.ago(3180), lastSuccessfulTime: c.ago(3179) };
    c.changed(cron, { by: 'kubectl-patch', minutesAgo: 3020, fields: ['spec/suspend'] });
    const w = c.workload('billing', 'invoices');
    const newest = c.ago(3179).slice(0, 16);
    failingClient(c, {
      namespace: 'billing',
      client: 'invoices',
      sinceMinutesAgo: 300,
      lines: [
        `TIME  WARN 1 --- [   scheduling-1] c.e.billing.statements.StatementImport   : no statements since ${newest}, batch "statements" is overdue; invoices are not sent`,
      ],
    });
    notReady(w, {
      pods: w.pods.slice(0, 2),
      minutesAgo: 295,
      probe: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      count: 1770,
    });
    return c.files('json');
  },
  'second-control-16': (id) => {
    const c = cluster(id, 'media');
    const name = 'pods-name-a-team';
    const apiVersion = 'admissionregistration.k8s.io/v1beta1';
    const kind = 'ValidatingAdmissionPolicy';
    c.add({
      apiVersion,
      kind,
      metadata: { ...c.meta(name, undefined, 20_000), generation: 1 },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
          ],
        },
        validations: [{ expression: "has(object.metadata.labels) && 'team' in object.metadata.labels" }],
      },
    });
    const binding = c.add({
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { ...c.meta(name, undefined, 20_000), generation: 1 },
      spec: {
        policyName: name,
        validationActions: ['Deny'],
        matchResources: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'social' } },
        },
      },
    });
    c.changed(binding, { by: 'kubectl-edit', minutesAgo: 420, fields: ['spec/validationActions'] });
    const w = c.workload('social', 'chat');
    w.roll({ by: 'kubectl-set', minutesAgo: 29, fields: ['image'], mode: 'recreate' }, (container) => {
      container.image = 'ghcr.io/example/chat:2.1.0';
    });
    refused(w, {
      reason: `pods "POD_NAME" is forbidden: ValidatingAdmissionPolicy '${name}' with binding '${name}' denied request: failed expression: has(object.metadata.labels) && 'team' in object.metadata.labels`,
      minutesAgo: 29,
      count: 15,
    });
    return c.files('must-gather');
  },
};
