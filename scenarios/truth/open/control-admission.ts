import { failingClient, refused } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { specOf, truthOf } from './kit.ts';

const QUOTA = 'https://kubernetes.io/docs/concepts/policy/resource-quotas/';
const QUOTA_CODE = 'staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go';
const WEBHOOK = 'staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go';

function quota(
  c: Cluster,
  at: `${string}/${string}`,
  hard: Record<string, string>,
  used: Record<string, string>,
): void {
  const [namespace, name = ''] = at.split('/');
  c.add({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: c.meta(name, namespace, 60_000),
    spec: { hard },
    status: { hard, used },
  });
}

/** A scale-up of which no further pod is admitted. */
function refusedScale(c: Cluster, reason: string): ReturnType<Cluster['files']> {
  const w = c.workload('billing', 'tax');
  w.scale(6, 'kubectl-scale', 22);
  refused(w, { reason, keep: 2, minutesAgo: 22, count: 14 });
  return c.files('json');
}

function webhook(c: Cluster, kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration'): void {
  c.add({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { ...c.meta('sidecar-injector', undefined, 90_000), generation: 3 },
    webhooks: [
      {
        name: 'inject.example.com',
        clientConfig: {
          service: { name: 'sidecar-injector', namespace: 'default', path: '/mutate', port: 443 },
          caBundle: 'LS0tLS1CRUdJTg==',
        },
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: '*' },
        ],
        failurePolicy: 'Fail',
        sideEffects: 'None',
        timeoutSeconds: 10,
        admissionReviewVersions: ['v1'],
      },
    ],
  });
  c.service('default', 'sidecar-injector', {
    ports: [{ name: 'https', port: 443, targetPort: 10_250, protocol: 'TCP' }],
  });
  c.add({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: c.meta('sidecar-injector', 'default', 90_000),
    subsets: [
      { addresses: [{ ip: '10.0.0.61' }], ports: [{ name: 'https', port: 10_250, protocol: 'TCP' }] },
    ],
  });
}

/** A roll-out whose first pod is not admitted. */
function refusedRoll(c: Cluster, reason: string, mutate?: (spec: Record<string, unknown>) => void): void {
  const w = c.workload('shop', 'mailer');
  w.roll(
    { by: 'kubectl-client-side-apply', minutesAgo: 26, fields: ['image'], mode: 'stuck' },
    (container, template) => {
      container.image = 'registry.example.com/shop/mailer:1.2.0';
      mutate?.(template.spec);
    },
  );
  refused(w, { reason, minutesAgo: 26, count: 16 });
}

export const ADMISSION: readonly OpenCase[] = [
  {
    id: 'open-quota-pods',
    title: 'a namespace may hold no more pods',
    sources: [QUOTA, QUOTA_CODE],
    theme: 'retail',
    truth: truthOf('ResourceQuota/billing/objects', ['quota-pods-exceeded'], {
      effects: ['Deployment/billing/tax'],
    }),
    make: (c) => {
      quota(c, 'billing/objects', { pods: '14' }, { pods: '14' });
      return refusedScale(
        c,
        'pods "POD_NAME" is forbidden: exceeded quota: objects, requested: pods=1, used: pods=14, limited: pods=14',
      );
    },
  },
  {
    id: 'open-quota-pods-b',
    twinOf: 'open-quota-pods',
    title: "a namespace's memory is used up",
    sources: [QUOTA, QUOTA_CODE],
    theme: 'retail',
    truth: truthOf('ResourceQuota/billing/memory', ['quota-memory-exceeded'], {
      effects: ['Deployment/billing/tax'],
    }),
    make: (c) => {
      quota(c, 'billing/memory', { 'limits.memory': '14Gi' }, { 'limits.memory': '14208Mi' });
      return refusedScale(
        c,
        'pods "POD_NAME" is forbidden: exceeded quota: memory, requested: limits.memory=256Mi, used: limits.memory=14208Mi, limited: limits.memory=14Gi',
      );
    },
  },
  {
    id: 'open-quota-storage',
    title: 'a further broker gets no claim, since the namespace has no storage left',
    sources: [QUOTA, 'pkg/controller/statefulset/stateful_pod_control.go'],
    theme: 'media',
    truth: truthOf('ResourceQuota/social/storage', ['quota-storage-exceeded'], {
      effects: ['StatefulSet/social/kafka'],
    }),
    make: (c) => {
      quota(c, 'social/storage', { 'requests.storage': '100Gi' }, { 'requests.storage': '94Gi' });
      const w = c.workload('social', 'kafka');
      specOf(w.manifest)['replicas'] = 4;
      c.changed(w.manifest, { by: 'kubectl-scale', minutesAgo: 37, fields: ['spec/replicas'] });
      const error =
        'persistentvolumeclaims "data-kafka-3" is forbidden: exceeded quota: storage, requested: requests.storage=30Gi, used: requests.storage=94Gi, limited: requests.storage=100Gi';
      for (const message of [
        `create Claim data-kafka-3 for Pod kafka-3 in StatefulSet kafka failed error: ${error}`,
        `create Pod kafka-3 in StatefulSet kafka failed error: failed to create PVC data-kafka-3: ${error}`,
      ])
        c.event(w.manifest, {
          type: 'Warning',
          reason: 'FailedCreate',
          message,
          count: 18,
          sinceMinutesAgo: 37,
          minutesAgo: 2,
          component: 'statefulset-controller',
        });
      return c.files('yaml');
    },
  },
  {
    id: 'open-quota-storage-b',
    twinOf: 'open-quota-storage',
    title: "a CronJob's run is refused since the namespace may hold no more Jobs",
    sources: [QUOTA, 'pkg/controller/cronjob/cronjob_controllerv2.go'],
    theme: 'media',
    truth: truthOf('ResourceQuota/social/storage', ['quota-objects-exceeded'], {
      effects: ['CronJob/social/digest'],
    }),
    make: (c) => {
      quota(
        c,
        'social/storage',
        { 'count/jobs.batch': '3', 'requests.storage': '200Gi' },
        { 'count/jobs.batch': '3', 'requests.storage': '94Gi' },
      );
      c.event(c.get('CronJob', 'social', 'digest'), {
        type: 'Warning',
        reason: 'FailedCreate',
        message:
          'Error creating job: jobs.batch "digest-29402190" is forbidden: exceeded quota: storage, requested: count/jobs.batch=1, used: count/jobs.batch=3, limited: count/jobs.batch=3',
        count: 40,
        sinceMinutesAgo: 37,
        minutesAgo: 0.5,
        component: 'cronjob-controller',
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-webhook-certificate',
    title: 'the API server does not trust the certificate of a webhook that must be asked for every pod',
    sources: [
      WEBHOOK,
      'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/',
    ],
    theme: 'retail',
    truth: truthOf('MutatingWebhookConfiguration//sidecar-injector', ['admission-webhook-unavailable'], {
      effects: ['Deployment/shop/mailer'],
    }),
    make: (c) => {
      webhook(c, 'MutatingWebhookConfiguration');
      refusedRoll(
        c,
        'Internal error occurred: failed calling webhook "inject.example.com": failed to call webhook: Post "https://sidecar-injector.default.svc:443/mutate?timeout=10s": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      );
      return c.files('must-gather');
    },
  },
  {
    id: 'open-webhook-certificate-b',
    twinOf: 'open-webhook-certificate',
    title: 'the webhook answers that the pod must name an owner',
    sources: ['staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/errors/statuserror.go'],
    theme: 'retail',
    truth: truthOf('Deployment/shop/mailer', ['admission-webhook-denied']),
    make: (c) => {
      webhook(c, 'ValidatingWebhookConfiguration');
      refusedRoll(
        c,
        'admission webhook "inject.example.com" denied the request: pods must carry the label example.com/owner',
      );
      return c.files('must-gather');
    },
  },
  {
    id: 'open-runtime-class',
    title: 'the pods name a RuntimeClass that is not there',
    sources: [
      'plugin/pkg/admission/runtimeclass/admission.go',
      'https://kubernetes.io/docs/concepts/containers/runtime-class/',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/shop/mailer', ['runtime-class-missing'], {
      change: ['Deployment/shop/mailer', 'runtimeClassName'],
    }),
    make: (c) => {
      refusedRoll(
        c,
        'pods "POD_NAME" is forbidden: pod rejected: RuntimeClass "gvisor" not found',
        (spec) => {
          spec['runtimeClassName'] = 'gvisor';
        },
      );
      return c.files('yaml');
    },
  },
  {
    id: 'open-runtime-class-b',
    twinOf: 'open-runtime-class',
    title: 'the pods name a PriorityClass that is not there',
    sources: ['plugin/pkg/admission/priority/admission.go'],
    theme: 'retail',
    truth: truthOf('Deployment/shop/mailer', ['priority-class-missing'], {
      change: ['Deployment/shop/mailer', 'priorityClassName'],
    }),
    make: (c) => {
      refusedRoll(
        c,
        'pods "POD_NAME" is forbidden: no PriorityClass with name business-critical was found',
        (spec) => {
          spec['priorityClassName'] = 'business-critical';
        },
      );
      return c.files('yaml');
    },
  },
  {
    id: 'open-token',
    title: 'a program needs its token, which the pod was told not to mount',
    sources: [
      'https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/',
      'client-go rest/config.go (InClusterConfig)',
    ],
    theme: 'media',
    truth: truthOf('Deployment/media/cdn-sync', ['token-mount-disabled'], {
      effects: ['Service/media/cdn-sync'],
      change: ['Deployment/media/cdn-sync', 'automountServiceAccountToken'],
    }),
    make: (c) => {
      c.workload('media', 'cdn-sync').roll(
        { by: 'kubectl-patch', minutesAgo: 43, fields: ['spec/template/spec/automountServiceAccountToken'] },
        (_, template) => {
          template.spec['automountServiceAccountToken'] = false;
        },
      );
      failingClient(c, {
        namespace: 'media',
        client: 'cdn-sync',
        sinceMinutesAgo: 42,
        lines: [
          'time=TIME level=ERROR msg="cannot list ingresses" error="open /var/run/secrets/kubernetes.io/serviceaccount/token: no such file or directory"',
        ],
        notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      });
      return c.files('json');
    },
  },
  {
    id: 'open-token-b',
    twinOf: 'open-token',
    title: 'the token is there, and its account may not do what the program asks for',
    sources: [
      'staging/src/k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go',
      'https://kubernetes.io/docs/reference/access-authn-authz/rbac/',
    ],
    theme: 'media',
    truth: truthOf('Deployment/media/cdn-sync', ['access-denied'], { effects: ['Service/media/cdn-sync'] }),
    make: (c) => {
      failingClient(c, {
        namespace: 'media',
        client: 'cdn-sync',
        sinceMinutesAgo: 42,
        lines: [
          'time=TIME level=ERROR msg="cannot list ingresses" error="ingresses.networking.k8s.io is forbidden: User \\"system:serviceaccount:media:cdn-sync\\" cannot list resource \\"ingresses\\" in API group \\"networking.k8s.io\\" in the namespace \\"media\\""',
        ],
        notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      });
      return c.files('json');
    },
  },
];
