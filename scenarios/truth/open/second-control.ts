import { crashing, makeContainer, makeTemplate, refused } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { truthOf } from './kit.ts';
import { quota, webhook } from './second-kit.ts';

const QUOTA = 'https://kubernetes.io/docs/concepts/policy/resource-quotas/';
const WEBHOOK = 'staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/validating/dispatcher.go';
const KYVERNO = 'https://kyverno.io/docs/troubleshooting/';

/** A new version of the gateway, whose first pod is not admitted. */
function refusedGateway(
  c: Cluster,
  reason: string,
  limits?: Record<string, string>,
): ReturnType<Cluster['files']> {
  const w = c.workload('billing', 'gateway');
  w.roll(
    {
      by: 'helm',
      minutesAgo: 44,
      fields: ['image', ...(limits === undefined ? [] : ['resources/limits/cpu'])],
      mode: 'stuck',
    },
    (container) => {
      container.image = 'registry.example.com/billing/gateway:2.3.0';
      if (limits !== undefined) container.resources = { ...container.resources, limits };
    },
  );
  refused(w, { reason, minutesAgo: 44, count: 17 });
  return c.files('yaml');
}

/** Pods that somebody deleted to have them started anew, and that nobody lets in. */
function refusedUploads(c: Cluster, ending: string): void {
  const w = c.workload('media', 'uploader');
  w.fresh = [...w.pods];
  refused(w, {
    reason: `Internal error occurred: failed calling webhook "validate.kyverno.svc-fail": failed to call webhook: Post "https://kyverno-svc.kyverno.svc:443/validate/fail?timeout=10s": ${ending}`,
    minutesAgo: 33,
    count: 16,
  });
}

function kyvernoHook(c: Cluster): void {
  webhook(c, 'ValidatingWebhookConfiguration', {
    name: 'kyverno-resource-validating-webhook-cfg',
    hook: 'validate.kyverno.svc-fail',
    service: { namespace: 'kyverno', name: 'kyverno-svc', path: '/validate/fail' },
    minutesAgo: 120_000,
  });
}

export const SECOND_ADMISSION: readonly OpenCase[] = [
  {
    id: 'open-second-surge',
    title: 'a new version starts one pod more for a while, for which the budget of its team has no CPU',
    sources: [QUOTA, 'staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go'],
    theme: 'retail',
    truth: truthOf('ResourceQuota/billing/team-budget', ['quota-cpu-exceeded'], {
      effects: ['Deployment/billing/gateway'],
    }),
    make: (c) => {
      quota(
        c,
        { namespace: 'billing', name: 'team-budget', minutesAgo: 9000 },
        { 'requests.cpu': '1450m', 'requests.memory': '20Gi' },
      );
      return refusedGateway(
        c,
        'pods "POD_NAME" is forbidden: exceeded quota: team-budget, requested: requests.cpu=100m, used: requests.cpu=1400m, limited: requests.cpu=1450m',
      );
    },
  },
  {
    id: 'open-second-surge-b',
    twinOf: 'open-second-surge',
    title: 'the new version has a limit of CPU above what a container of its namespace may have',
    sources: [
      'plugin/pkg/admission/limitranger/admission.go (maxConstraint)',
      'https://kubernetes.io/docs/concepts/policy/limit-range/',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/billing/gateway', ['limit-range-violated'], {
      effects: ['LimitRange/billing/team-budget'],
      change: ['Deployment/billing/gateway', 'resources.limits.cpu'],
    }),
    make: (c) => {
      c.add({
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: c.meta('team-budget', 'billing', 9000),
        spec: { limits: [{ type: 'Container', max: { cpu: '2', memory: '4Gi' } }] },
      });
      return refusedGateway(
        c,
        'pods "POD_NAME" is forbidden: maximum cpu usage per Container is 2, but limit is 4',
        { cpu: '4', memory: '256Mi' },
      );
    },
  },
  {
    id: 'open-second-hook-left',
    title: 'a policy engine was uninstalled and its webhook stayed, so no pod is let in',
    sources: [WEBHOOK, KYVERNO],
    theme: 'media',
    truth: truthOf(
      'ValidatingWebhookConfiguration//kyverno-resource-validating-webhook-cfg',
      ['admission-webhook-unavailable'],
      { effects: ['Deployment/media/uploader', 'Service/media/uploader'] },
    ),
    make: (c) => {
      kyvernoHook(c);
      refusedUploads(c, 'service "kyverno-svc" not found');
      return c.files('json');
    },
  },
  {
    id: 'open-second-hook-left-b',
    twinOf: 'open-second-hook-left',
    title: 'the policy engine is installed and dies for want of memory, so its webhook has nobody to answer',
    sources: [WEBHOOK, KYVERNO],
    theme: 'media',
    truth: truthOf('Deployment/kyverno/kyverno-admission-controller', ['oom-container-limit'], {
      effects: [
        'Service/kyverno/kyverno-svc',
        'ValidatingWebhookConfiguration//kyverno-resource-validating-webhook-cfg',
        'Deployment/media/uploader',
      ],
    }),
    make: (c) => {
      kyvernoHook(c);
      c.namespace('kyverno', 120_000);
      c.serviceAccount('kyverno', 'kyverno-admission-controller', 120_000);
      c.service('kyverno', 'kyverno-svc', {
        selector: { app: 'kyverno-admission-controller' },
        ports: [{ name: 'https', port: 443, targetPort: 9443, protocol: 'TCP' }],
        minutesAgo: 120_000,
      });
      const container = makeContainer('kyverno', 'ghcr.io/kyverno/kyverno:v1.12.6', {
        ports: [{ name: 'https', containerPort: 9443, protocol: 'TCP' }],
        resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
      });
      const w = c.addWorkload({
        kind: 'Deployment',
        namespace: 'kyverno',
        name: 'kyverno-admission-controller',
        replicas: 1,
        template: makeTemplate({ app: 'kyverno-admission-controller' }, container, {
          serviceAccountName: 'kyverno-admission-controller',
        }),
        createdMinutesAgo: 120_000,
        podsMinutesAgo: 8000,
        hosts: c.hosts,
      });
      crashing(w, {
        exitCode: 137,
        reason: 'OOMKilled',
        minutesAgo: 58,
        restarts: 12,
        runsSeconds: 21,
        log: [
          `${c.ago(2.8)} INFO setup.leader-election leaderelection/leaderelection.go:82 started leading id=kyverno-admission-controller`,
          `${c.ago(2.7)} INFO webhooks.server starting`,
        ],
      });
      refusedUploads(c, 'no endpoints available for service "kyverno-svc"');
      return c.files('json');
    },
  },
  {
    id: 'open-second-restricted',
    title: 'a namespace was made a restricted one while its programs run with the usual rights',
    sources: [
      'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
      'staging/src/k8s.io/pod-security-admission/admission/admission.go',
    ],
    theme: 'media',
    truth: truthOf('Deployment/social/image-proxy', ['pod-security-violation'], {
      effects: ['Service/social/image-proxy'],
      change: ['Namespace//social', 'metadata.labels.pod-security.kubernetes.io/enforce'],
    }),
    make: (c) => {
      const namespace = c.get('Namespace', '', 'social');
      namespace.metadata.labels = {
        ...namespace.metadata.labels,
        'pod-security.kubernetes.io/enforce': 'restricted',
      };
      c.changed(namespace, {
        by: 'kubectl-label',
        minutesAgo: 300,
        fields: ['metadata/labels/pod-security.kubernetes.io~1enforce'],
      });
      const w = c.workload('social', 'image-proxy');
      w.roll(
        { by: 'argocd-controller', minutesAgo: 39, fields: ['image'], mode: 'recreate' },
        (container) => {
          container.image = 'ghcr.io/example/image-proxy:1.1.2';
        },
      );
      const must = (what: string): string => `(container "image-proxy" must set securityContext.${what})`;
      const all = (what: string): string =>
        `(pod or container "image-proxy" must set securityContext.${what})`;
      refused(w, {
        reason: `pods "POD_NAME" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false ${must('allowPrivilegeEscalation=false')}, unrestricted capabilities ${must('capabilities.drop=["ALL"]')}, runAsNonRoot != true ${all('runAsNonRoot=true')}, seccompProfile ${all('seccompProfile.type to "RuntimeDefault" or "Localhost"')}`,
        minutesAgo: 39,
        count: 17,
      });
      return c.files('must-gather');
    },
  },
];
