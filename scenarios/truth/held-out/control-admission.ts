import type { DumpFiles } from '../case.ts';
import { cluster, crashing, makeContainer, makeTemplate, refused } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';

type Builders = Readonly<Record<string, (id: string) => DumpFiles>>;

function imageGuard(c: Cluster): void {
  c.namespace('policy', 100_000);
  c.add({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { ...c.meta('image-guard', undefined, 99_000), generation: 3 },
    webhooks: [
      {
        name: 'images.guard.example.com',
        admissionReviewVersions: ['v1'],
        clientConfig: { service: { name: 'image-guard', namespace: 'policy', path: '/validate', port: 443 } },
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        namespaceSelector: {
          matchExpressions: [
            { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', 'policy'] },
          ],
        },
        rules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            operations: ['CREATE'],
            resources: ['pods'],
            scope: 'Namespaced',
          },
        ],
        sideEffects: 'None',
        timeoutSeconds: 10,
      },
    ],
  });
}

export const ADMISSION: Builders = {
  'control-01': (id) => {
    const c = cluster(id, 'retail');
    const quota = c.get('ResourceQuota', 'billing', 'compute');
    quota.spec = { hard: { 'requests.cpu': '1500m', 'requests.memory': '24Gi', pods: '80' } };
    const w = c.workload('billing', 'gateway').scale(5, 'kubectl-scale', 38);
    refused(w, {
      minutesAgo: 38,
      keep: 3,
      count: 26,
      reason:
        'pods "POD_NAME" is forbidden: exceeded quota: compute, requested: requests.cpu=100m, used: requests.cpu=1500m, limited: requests.cpu=1500m',
    });
    return c.files('json');
  },
  'control-01b': (id) => {
    const c = cluster(id, 'retail');
    c.remove(c.get('LimitRange', 'billing', 'containers'));
    const quota = c.get('ResourceQuota', 'billing', 'compute');
    quota.spec = { hard: { 'limits.cpu': '40', 'requests.cpu': '8', 'requests.memory': '24Gi', pods: '80' } };
    const w = c.workload('billing', 'gateway');
    w.roll(
      { by: 'kubectl-client-side-apply', minutesAgo: 30, fields: ['resources'], mode: 'stuck' },
      (container) => {
        container.resources = {};
      },
    );
    refused(w, {
      minutesAgo: 30,
      count: 18,
      reason:
        'pods "POD_NAME" is forbidden: failed quota: compute: must specify limits.cpu for: gateway; requests.cpu for: gateway; requests.memory for: gateway',
    });
    return c.files('json');
  },
  'control-02': (id) => {
    const c = cluster(id, 'media');
    const w = c.workload('media', 'transcoder');
    w.roll(
      { by: 'helm', minutesAgo: 25, fields: ['resources/limits/memory'], mode: 'stuck' },
      (container) => {
        container.resources.limits = { cpu: '1', memory: '12Gi' };
      },
    );
    refused(w, {
      minutesAgo: 25,
      count: 17,
      reason: 'pods "POD_NAME" is forbidden: maximum memory usage per Container is 8Gi, but limit is 12Gi',
    });
    return c.files('must-gather');
  },
  'control-02b': (id) => {
    const c = cluster(id, 'media');
    const apiVersion = 'admissionregistration.k8s.io/v1beta1';
    c.add({
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { ...c.meta('image-pinning', undefined, 300), generation: 1 },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
          ],
        },
        validations: [
          {
            expression: "object.spec.containers.all(c, c.image.contains('@sha256:'))",
            message: 'images must be given by digest',
          },
        ],
      },
    });
    c.add({
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: c.meta('image-pinning-media', undefined, 300),
      spec: {
        policyName: 'image-pinning',
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'media' } } },
      },
    });
    const w = c.workload('media', 'transcoder');
    w.roll({ by: 'kubectl-set', minutesAgo: 25, fields: ['image'], mode: 'stuck' }, (container) => {
      container.image = 'ghcr.io/example/transcoder:6.2.0';
    });
    refused(w, {
      minutesAgo: 25,
      count: 17,
      reason: `pods "POD_NAME" is forbidden: ValidatingAdmissionPolicy 'image-pinning' with binding 'image-pinning-media' denied request: images must be given by digest`,
    });
    return c.files('must-gather');
  },
  'control-03': (id) => {
    const c = cluster(id, 'media');
    const w = c.workload('social', 'notify');
    w.roll(
      { by: 'helm', minutesAgo: 33, fields: ['spec/template/spec/serviceAccountName'], mode: 'recreate' },
      (_, template) => {
        template.spec.serviceAccountName = 'notify-sender';
        template.spec['serviceAccount'] = 'notify-sender';
      },
    );
    refused(w, {
      minutesAgo: 33,
      count: 19,
      reason:
        'pods "POD_NAME" is forbidden: error looking up service account social/notify-sender: serviceaccount "notify-sender" not found',
    });
    return c.files('cluster-info');
  },
  'control-03b': (id) => {
    const c = cluster(id, 'media');
    const w = c.workload('social', 'notify');
    crashing(w, {
      exitCode: 1,
      minutesAgo: 33,
      restarts: 10,
      runsSeconds: 3,
      log: [
        'Traceback (most recent call last):',
        '  File "/app/notify/leader.py", line 27, in acquire',
        '    self.api.read_namespaced_config_map("notify-leader", self.namespace)',
        'kubernetes.client.exceptions.ApiException: (403)',
        'Reason: Forbidden',
        'HTTP response body: {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \\"notify-leader\\" is forbidden: User \\"system:serviceaccount:social:notify\\" cannot get resource \\"configmaps\\" in API group \\"\\" in the namespace \\"social\\"","reason":"Forbidden","details":{"name":"notify-leader","kind":"configmaps"},"code":403}',
      ],
    });
    return c.files('cluster-info');
  },
  'control-04': (id) => {
    const c = cluster(id, 'retail');
    imageGuard(c);
    const w = c.workload('shop', 'payments');
    w.roll({ by: 'kubectl-set', minutesAgo: 20, fields: ['image'], mode: 'stuck' }, (container) => {
      container.image = 'registry.example.com/shop/payments:2.7.1';
    });
    refused(w, {
      minutesAgo: 20,
      count: 15,
      reason:
        'Internal error occurred: failed calling webhook "images.guard.example.com": failed to call webhook: Post "https://image-guard.policy.svc:443/validate?timeout=10s": service "image-guard" not found',
    });
    return c.files('json');
  },
  'control-04b': (id) => {
    const c = cluster(id, 'retail');
    imageGuard(c);
    const container = makeContainer('image-guard', 'registry.example.com/platform/image-guard:1.3.0', {
      ports: [{ name: 'https', containerPort: 8443, protocol: 'TCP' }],
    });
    c.addWorkload({
      kind: 'Deployment',
      namespace: 'policy',
      name: 'image-guard',
      replicas: 2,
      template: makeTemplate({ app: 'image-guard' }, container),
      createdMinutesAgo: 99_000,
      podsMinutesAgo: 30_000,
      hosts: c.hosts,
    });
    c.service('policy', 'image-guard', {
      selector: { app: 'image-guard' },
      ports: [{ name: 'https', port: 443, targetPort: 'https', protocol: 'TCP' }],
    });
    const w = c.workload('shop', 'payments');
    w.roll({ by: 'kubectl-set', minutesAgo: 20, fields: ['image'], mode: 'stuck' }, (main) => {
      main.image = 'registry.example.com/shop/payments:latest';
    });
    refused(w, {
      minutesAgo: 20,
      count: 15,
      reason:
        'admission webhook "images.guard.example.com" denied the request: image registry.example.com/shop/payments:latest: tag latest is not allowed',
    });
    return c.files('json');
  },
};
