import { addApp, crashing, klog, refused } from '../builders/index.ts';
import type { Cluster, Workload } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { newApp, truthOf } from './kit.ts';
import { webhook } from './second-kit.ts';

function admissionPolicy(c: Cluster, name: string, minutesAgo: number): void {
  const about = { apiVersion: 'admissionregistration.k8s.io/v1' };
  c.add({
    ...about,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { ...c.meta(name, undefined, minutesAgo), generation: 1 },
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
          message: 'images must be named by their digest',
        },
      ],
    },
  });
  c.add({
    ...about,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { ...c.meta(`${name}-press`, undefined, minutesAgo), generation: 1 },
    spec: {
      policyName: name,
      validationActions: ['Deny'],
      matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'press' } } },
    },
  });
}

function press(c: Cluster): Workload {
  const w = addApp(c, {
    namespace: 'press',
    name: 'layout',
    image: 'registry.example.com/press/layout:8.0.2',
    port: 8080,
    replicas: 2,
  });
  return w.roll({ by: 'kubectl-set', minutesAgo: 24, fields: ['image'], mode: 'stuck' }, (container) => {
    container.image = 'registry.example.com/press/layout:8.1.0';
  });
}

export const THIRD_ADMISSION: readonly OpenCase[] = [
  {
    id: 'open-third-admission-policy',
    title: 'a policy of the API server itself wants images by digest, and a new version is named by its tag',
    sources: [
      'https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/',
      'staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/validating/dispatcher.go',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/press/layout', ['admission-policy-denied'], {
      effects: ['the new version has no pod'],
    }),
    make: (c) => {
      const w = press(c);
      admissionPolicy(c, 'images-by-digest', 2000);
      refused(w, {
        minutesAgo: 24,
        reason: `pods "POD_NAME" is forbidden: ValidatingAdmissionPolicy 'images-by-digest' with binding 'images-by-digest-press' denied request: images must be named by their digest`,
      });
      return c.files('json');
    },
  },
  {
    id: 'open-third-admission-policy-b',
    twinOf: 'open-third-admission-policy',
    title:
      "the API server's policy does not deny; a webhook that wants probes does, and no objects of policy are in the dump",
    sources: ['https://open-policy-agent.github.io/gatekeeper-library/website/validation/requiredprobes/'],
    theme: 'retail',
    truth: truthOf('Deployment/press/layout', ['admission-webhook-denied'], {
      effects: ['the new version has no pod'],
    }),
    make: (c) => {
      const w = press(c);
      webhook(c, 'ValidatingWebhookConfiguration', {
        name: 'gatekeeper-validating-webhook-configuration',
        hook: 'validation.gatekeeper.sh',
        service: { namespace: 'gatekeeper-system', name: 'gatekeeper-webhook-service', path: '/v1/admit' },
        minutesAgo: 90_000,
      });
      addApp(c, {
        namespace: 'gatekeeper-system',
        name: 'gatekeeper-webhook-service',
        image: 'openpolicyagent/gatekeeper:v3.17.1',
        port: 8443,
        servicePort: 443,
        portName: 'https',
      });
      refused(w, {
        minutesAgo: 24,
        reason:
          'admission webhook "validation.gatekeeper.sh" denied the request: [must-have-probes] Container <layout> in your <Pod> <POD_NAME> has no <livenessProbe>',
      });
      return c.files('cluster-info');
    },
  },
  {
    id: 'open-third-account',
    title: "a chart's account was not made, so its pods are not either",
    sources: ['plugin/pkg/admission/serviceaccount/admission.go (error looking up service account)'],
    theme: 'media',
    truth: truthOf('Deployment/social/indexer', ['service-account-missing'], {
      effects: ['Service/social/indexer'],
    }),
    make: (c) => {
      const w = newApp(c, {
        namespace: 'social',
        name: 'indexer',
        minutesAgo: 48,
        more: { serviceAccountName: 'indexer', serviceAccount: 'indexer' },
      });
      refused(w, {
        minutesAgo: 48,
        reason:
          'pods "POD_NAME" is forbidden: error looking up service account social/indexer: serviceaccount "indexer" not found',
        count: 19,
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-third-account-b',
    twinOf: 'open-third-account',
    title: 'the account is there, and may not hold the lease by which its pods choose a leader',
    sources: [
      'https://kubernetes.io/docs/concepts/architecture/leases/',
      'client-go/tools/leaderelection/leaderelection.go',
    ],
    theme: 'media',
    truth: truthOf('Deployment/social/indexer', ['access-denied'], {}),
    make: (c) => {
      c.serviceAccount('social', 'indexer', 48);
      const w = newApp(c, {
        namespace: 'social',
        name: 'indexer',
        minutesAgo: 48,
        more: { serviceAccountName: 'indexer', serviceAccount: 'indexer' },
      });
      crashing(w, {
        exitCode: 1,
        runsSeconds: 61,
        minutesAgo: 47,
        log: [
          klog(c, 3.4, 'I', 'leaderelection.go:254] attempting to acquire leader lease social/indexer...'),
          klog(
            c,
            3.3,
            'E',
            'leaderelection.go:436] error retrieving resource lock social/indexer: leases.coordination.k8s.io "indexer" is forbidden: User "system:serviceaccount:social:indexer" cannot get resource "leases" in API group "coordination.k8s.io" in the namespace "social"',
          ),
          klog(c, 2.6, 'E', 'main.go:88] not a leader after 60s, ending'),
        ],
      });
      return c.files('yaml');
    },
  },
];
