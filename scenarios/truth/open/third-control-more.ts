import { addApp, makeContainer } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { truthOf } from './kit.ts';
import { forget } from './second-kit.ts';

export const THIRD_CONTROLLERS: readonly OpenCase[] = [
  {
    id: 'open-third-selector',
    title: "a new chart selects a Deployment's pods by one label more, which can not be changed afterwards",
    sources: [
      'pkg/apis/apps/validation/validation.go (field is immutable)',
      'https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#replace-resource-instead-of-applying-changes',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/billing/tax', ['selector-immutable-or-wrong'], {
      effects: ['the new version is not rolled out'],
    }),
    make: (c) => {
      c.namespace('argocd', 90_000);
      const application = {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        namespace: 'argocd',
        name: 'billing',
      };
      c.event(application, {
        type: 'Warning',
        reason: 'OperationCompleted',
        message:
          'Sync operation to 9f2c1d04be7a failed: one or more objects failed to apply, reason: Deployment.apps "tax" is invalid: spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"app":"tax", "app.kubernetes.io/instance":"billing"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: field is immutable (retried 5 times).',
        count: 4,
        sinceMinutesAgo: 41,
        minutesAgo: 6,
        component: 'argocd-application-controller',
      });
      return c.files('json');
    },
  },
  {
    id: 'open-third-no-request',
    title:
      'an autoscaler reckons in shares of what is asked for, and a container beside the program asks for nothing',
    sources: ['pkg/controller/podautoscaler/replica_calculator.go (missing request)'],
    theme: 'media',
    truth: truthOf('HorizontalPodAutoscaler/press/gallery', ['autoscaler-metrics-missing'], {
      effects: ['Deployment/press/gallery'],
      change: ['Deployment/press/gallery', 'containers'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'press',
        name: 'gallery',
        image: 'ghcr.io/example/gallery:3.3.3',
        port: 8080,
        replicas: 2,
      });
      w.roll(
        { by: 'kubectl-client-side-apply', minutesAgo: 75, fields: ['spec/template/spec/containers'] },
        (_container, template) => {
          template.spec.containers.push(makeContainer('shipper', 'fluent/fluent-bit:3.1.9'));
        },
      );
      const text = `failed to get cpu utilization: missing request for cpu in container shipper of Pod ${w.firstPod().metadata.name}`;
      const scaler = c.add({
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: c.meta('gallery', 'press', 50_000),
        spec: {
          minReplicas: 2,
          maxReplicas: 6,
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'gallery' },
          metrics: [
            {
              type: 'Resource',
              resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } },
            },
          ],
        },
        status: {
          currentReplicas: 2,
          desiredReplicas: 2,
          currentMetrics: null,
          conditions: [
            {
              type: 'AbleToScale',
              status: 'True',
              reason: 'SucceededGetScale',
              message: "the HPA controller was able to get the target's current scale",
              lastTransitionTime: c.ago(50_000),
            },
            {
              type: 'ScalingActive',
              status: 'False',
              reason: 'FailedGetResourceMetric',
              message: `the HPA was unable to compute the replica count: ${text}`,
              lastTransitionTime: c.ago(74),
            },
          ],
        },
      });
      const about = {
        type: 'Warning',
        component: 'horizontal-pod-autoscaler',
        sinceMinutesAgo: 59,
        minutesAgo: 0.3,
        count: 236,
      } as const;
      c.event(scaler, { ...about, reason: 'FailedGetResourceMetric', message: text });
      c.event(scaler, {
        ...about,
        reason: 'FailedComputeMetricsReplicas',
        message: `invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${text}`,
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-third-stale-group',
    title: 'the metrics server was scaled to zero: an API has nobody to answer, so a namespace does not end',
    sources: [
      'pkg/controller/namespace/deletion/namespaced_resources_deleter.go',
      'staging/src/k8s.io/kube-aggregator/pkg/controllers/status/remote/remote_available_controller.go',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/kube-system/metrics-server', ['scaled-to-zero'], {
      effects: [
        'Service/kube-system/metrics-server',
        'APIService//v1beta1.metrics.k8s.io',
        'Namespace//preview-118',
        'HorizontalPodAutoscaler/shop/frontend',
      ],
      change: ['Deployment/kube-system/metrics-server', 'spec.replicas'],
    }),
    make: (c) => {
      c.workload('kube-system', 'metrics-server').scale(0, 'kubectl-scale', 131);
      c.add({
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        metadata: c.meta('v1beta1.metrics.k8s.io', undefined, 139 * 1440),
        spec: {
          group: 'metrics.k8s.io',
          version: 'v1beta1',
          service: { namespace: 'kube-system', name: 'metrics-server', port: 443 },
          insecureSkipTLSVerify: true,
          groupPriorityMinimum: 100,
          versionPriority: 100,
        },
        status: {
          conditions: [
            {
              type: 'Available',
              status: 'False',
              reason: 'MissingEndpoints',
              message:
                'endpoints for service/metrics-server in "kube-system" have no addresses with port name "https"',
              lastTransitionTime: c.ago(130.8),
            },
          ],
        },
      });
      const namespace = c.namespace('preview-118', 20_000);
      namespace.metadata.deletionTimestamp = c.ago(88);
      for (const [kind, name] of [
        ['ServiceAccount', 'default'],
        ['ConfigMap', 'kube-root-ca.crt'],
      ] as const)
        c.remove(c.get(kind, 'preview-118', name));
      const condition = (type: string, status: string, reason: string, message: string): object => ({
        type,
        status,
        reason,
        message,
        lastTransitionTime: c.ago(87.9),
      });
      namespace.status = {
        phase: 'Terminating',
        conditions: [
          condition(
            'NamespaceDeletionDiscoveryFailure',
            'True',
            'DiscoveryFailed',
            'Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: stale GroupVersion discovery: metrics.k8s.io/v1beta1',
          ),
          condition(
            'NamespaceDeletionContentFailure',
            'False',
            'ContentDeleted',
            'All content successfully deleted, may be waiting on finalization',
          ),
        ],
      };
      const scaler = c.get('HorizontalPodAutoscaler', 'shop', 'frontend');
      const text =
        'failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)';
      const conditions = (scaler.status?.['conditions'] ?? []) as { type: string }[];
      for (const one of conditions)
        if (one.type === 'ScalingActive')
          Object.assign(one, {
            status: 'False',
            reason: 'FailedGetResourceMetric',
            message: `the HPA was unable to compute the replica count: ${text}`,
            lastTransitionTime: c.ago(130),
          });
      c.event(scaler, {
        type: 'Warning',
        reason: 'FailedGetResourceMetric',
        message: text,
        count: 240,
        sinceMinutesAgo: 59,
        minutesAgo: 0.4,
        component: 'horizontal-pod-autoscaler',
      });
      forget(c);
      return c.files('must-gather');
    },
  },
];
