import type { RecordedFault } from '../fault.ts';
import { NEIGHBOURS, READY, caller, deployment, served, service, truthOf } from '../fault.ts';

const quota = (hard: string): string =>
  `apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: team}\nspec: {hard: {${hard}}}\n---\n`;

const CPU_200 = `${READY}\nresources: {requests: {cpu: 200m}}`;

/** Asked of every new pod of the namespace, while there is nobody to answer. */
const webhook = (namespace: string): string => `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: image-policy}
webhooks:
- name: images.policy.example.com
  admissionReviewVersions: [v1]
  sideEffects: None
  failurePolicy: Fail
  timeoutSeconds: 3
  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${namespace}}}
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  clientConfig: {service: {name: image-policy, namespace: ${namespace}, path: /validate}}
---
`;

const policy = (namespace: string): string => `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: memory-limits}
spec:
  failurePolicy: Fail
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}
  validations:
  - expression: "object.spec.containers.all(c, has(c.resources) && has(c.resources.limits) && 'memory' in c.resources.limits)"
    message: every container needs a memory limit
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: memory-limits}
spec:
  policyName: memory-limits
  validationActions: [Deny]
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${namespace}}}}
---
`;

export const CONTROL_FAULTS: readonly RecordedFault[] = [
  {
    id: 'recorded-quota-cpu',
    title: 'an app is scaled up, and the quota on CPU has no room',
    area: 'control',
    namespace: 'gov',
    manifests: quota('requests.cpu: 500m') + served('api', { container: CPU_200 }),
    then: deployment({ name: 'api', replicas: 4, container: CPU_200 }),
    shows: [/exceeded quota/],
    truth: truthOf('ResourceQuota/gov/team', ['quota-cpu-exceeded'], {
      chain: ['ResourceQuota/gov/team', 'Deployment/gov/api'],
      change: { object: 'Deployment/gov/api', field: 'replicas' },
    }),
    twinOf: 'recorded-quota',
    layout: 'cluster-info',
  },
  {
    id: 'recorded-quota-storage',
    title: 'a StatefulSet wants more storage than the quota leaves',
    area: 'control',
    namespace: 'gov-b',
    manifests:
      quota('requests.storage: 1Gi') +
      NEIGHBOURS +
      service('store') +
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: store}\nspec:\n  serviceName: store\n  selector: {matchLabels: {app: store}}\n  template:\n    metadata: {labels: {app: store}}\n    spec: {containers: [{name: store, image: $IMAGE, imagePullPolicy: IfNotPresent, command: [sleep, "900"], volumeMounts: [{name: data, mountPath: /data}]}]}\n  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 20Gi}}}}]\n---\n',
    shows: [/exceeded quota/],
    truth: truthOf('ResourceQuota/gov-b/team', ['quota-storage-exceeded'], {
      chain: ['ResourceQuota/gov-b/team', 'StatefulSet/gov-b/store'],
    }),
    twinOf: 'recorded-quota',
    layout: 'get',
  },
  {
    id: 'recorded-webhook',
    title: 'a webhook that judges every new pod has no Service',
    area: 'control',
    namespace: 'gov-c',
    manifests: served('api'),
    then: webhook('gov-c') + served('web'),
    undo: [['delete', 'validatingwebhookconfiguration', 'image-policy']],
    shows: [/failed calling webhook/],
    truth: truthOf('ValidatingWebhookConfiguration//image-policy', ['admission-webhook-unavailable'], {
      chain: ['ValidatingWebhookConfiguration//image-policy', 'Deployment/gov-c/web'],
      change: { object: 'ValidatingWebhookConfiguration//image-policy', field: 'created' },
    }),
    layout: 'get',
  },
  {
    id: 'recorded-policy',
    title: 'an admission policy refuses pods without a memory limit',
    area: 'control',
    namespace: 'gov-d',
    manifests:
      policy('gov-d') + served('api', { container: `${READY}\nresources: {limits: {memory: 64Mi}}` }),
    then: served('web'),
    undo: [
      ['delete', 'validatingadmissionpolicybinding', 'memory-limits'],
      ['delete', 'validatingadmissionpolicy', 'memory-limits'],
    ],
    shows: [/ValidatingAdmissionPolicy/],
    truth: truthOf('Deployment/gov-d/web', ['admission-policy-denied']),
    twinOf: 'recorded-webhook',
    layout: 'cluster-info',
  },
  {
    id: 'recorded-runtime-class',
    title: 'a pod wants a runtime that the cluster does not know',
    area: 'control',
    namespace: 'gov-e',
    manifests: NEIGHBOURS + deployment({ name: 'sandbox', pod: 'runtimeClassName: gvisor' }),
    shows: [/RuntimeClass|runtimeclass/],
    truth: truthOf('Deployment/gov-e/sandbox', ['runtime-class-missing']),
    twinOf: 'recorded-priority-class',
    layout: 'cluster-info',
  },
  {
    id: 'recorded-default-limit',
    title: 'the default limit of the namespace is lower than what a container requests',
    area: 'control',
    namespace: 'gov-f',
    manifests:
      'apiVersion: v1\nkind: LimitRange\nmetadata: {name: defaults}\nspec: {limits: [{type: Container, default: {memory: 64Mi}}]}\n---\n' +
      served('catalog') +
      deployment({ name: 'cache', container: 'resources: {requests: {memory: 128Mi}}' }),
    shows: [/must be less than or equal to memory limit/],
    truth: truthOf('Deployment/gov-f/cache', ['limit-range-violated', 'pod-spec-invalid']),
    twinOf: 'recorded-limit-range',
    layout: 'get',
  },
  {
    id: 'recorded-namespace',
    title: 'a namespace that was deleted is held by a finalizer of one of its objects',
    area: 'control',
    namespace: 'gov-g',
    manifests:
      served('api') +
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: tenant, finalizers: [tenants.example.com/cleanup]}\ndata: {plan: basic}\n---\n',
    commands: [['delete', 'namespace', 'gov-g', '--wait=false']],
    undo: [
      [
        '-n',
        'gov-g',
        'patch',
        'configmap',
        'tenant',
        '--type=merge',
        '-p',
        '{"metadata":{"finalizers":null}}',
      ],
    ],
    shows: [/Killing/],
    lingerSeconds: 25,
    truth: truthOf('Namespace//gov-g', ['namespace-terminating', 'deletion-stuck']),
    layout: 'get',
  },
  {
    id: 'recorded-scaled-to-zero',
    title: 'somebody scaled the api to nothing; the web that asks it ends',
    area: 'control',
    namespace: 'gov-h',
    manifests:
      NEIGHBOURS +
      served('api') +
      caller('web', 'http://api/', {
        command:
          'sleep 8; while wget -q -O- "$UPSTREAM_URL" >/dev/null; do echo "GET $UPSTREAM_URL 200"; sleep 2; done; echo "ERROR upstream $UPSTREAM_URL is gone"; exit 1',
      }),
    commands: [['scale', 'deployment/api', '--replicas=0']],
    shows: [/CrashLoopBackOff/],
    lingerSeconds: 10,
    truth: truthOf('Deployment/gov-h/api', ['scaled-to-zero'], {
      chain: ['Deployment/gov-h/api', 'Service/gov-h/api', 'Deployment/gov-h/web'],
      change: { object: 'Deployment/gov-h/api', field: 'replicas' },
    }),
    layout: 'get',
  },
  {
    id: 'recorded-paused',
    title: 'a roll-out was paused, and the new revision never comes',
    area: 'control',
    namespace: 'gov-i',
    manifests: NEIGHBOURS + served('api'),
    commands: [
      ['rollout', 'pause', 'deployment/api'],
      ['set', 'env', 'deployment/api', 'RELEASE=2026-11'],
    ],
    shows: [/DeploymentPaused/],
    lingerSeconds: 10,
    truth: truthOf('Deployment/gov-i/api', ['rollout-paused']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-budget',
    title: 'a budget lets no pod go, so a drain never ends',
    area: 'control',
    namespace: 'gov-j',
    manifests:
      NEIGHBOURS +
      served('ledger') +
      'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: ledger}\nspec: {minAvailable: 1, selector: {matchLabels: {app: ledger}}}\n---\n',
    commands: [['drain', '$NODE', '--pod-selector=app=ledger', '--delete-emptydir-data', '--timeout=12s']],
    undo: [['uncordon', '$NODE']],
    shows: [/"readyReplicas": 1/],
    truth: truthOf('PodDisruptionBudget/gov-j/ledger', ['disruption-budget-blocks-drain'], {
      chain: ['PodDisruptionBudget/gov-j/ledger', 'Node//$NODE'],
    }),
    layout: 'get',
  },
  {
    id: 'recorded-token',
    title: 'a program reads the token of its service account, which is not mounted',
    area: 'control',
    namespace: 'mint-o',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'watcher',
        pod: 'automountServiceAccountToken: false',
        command: 'cat /var/run/secrets/kubernetes.io/serviceaccount/token >/dev/null || exit 1; sleep 900',
      }),
    shows: [/CrashLoopBackOff/],
    truth: truthOf('Deployment/mint-o/watcher', ['token-mount-disabled']),
    twinOf: 'recorded-file-missing',
    layout: 'cluster-info',
  },
  {
    id: 'recorded-forbidden',
    title: 'a program asks the API for what its account may not see',
    area: 'control',
    namespace: 'mint-p',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'watcher',
        command:
          'sleep 1; exec wget -q -O- --header "Authorization: Bearer $(cat /var/run/secrets/kubernetes.io/serviceaccount/token)" https://$KUBERNETES_SERVICE_HOST/api/v1/namespaces/mint-p/pods',
      }),
    shows: [/CrashLoopBackOff/],
    truth: truthOf('Deployment/mint-p/watcher', ['access-denied']),
    layout: 'get',
  },
];
