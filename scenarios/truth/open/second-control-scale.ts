import { notReady } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { specOf, truthOf } from './kit.ts';
import { forget, klog } from './second-kit.ts';

const HPA = 'pkg/controller/podautoscaler/horizontal.go';
const SCALE = 'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/';

/** A shop window with more visitors than its pods can serve. */
function crowded(
  c: Cluster,
  at: { replicas: number; usage: number | null; says: readonly Record<string, string>[] },
): void {
  const { replicas, usage, says } = at;
  const frontend = c.workload('shop', 'frontend');
  if (replicas > frontend.replicas) frontend.scale(replicas, 'kube-controller-manager', 70);
  const object = c.get('HorizontalPodAutoscaler', 'shop', 'frontend');
  const said = (object.status?.['conditions'] ?? []) as { type: string }[];
  object.status = {
    ...object.status,
    currentReplicas: replicas,
    desiredReplicas: replicas,
    lastScaleTime: c.ago(replicas > 2 ? 70 : 4000),
    currentMetrics:
      usage === null
        ? null
        : [
            {
              type: 'Resource',
              resource: { name: 'cpu', current: { averageUtilization: usage, averageValue: `${usage}m` } },
            },
          ],
    conditions: [
      ...said.filter(({ type }) => !says.some((other) => other['type'] === type)),
      ...says.map((condition) => ({ ...condition, lastTransitionTime: c.ago(69) })),
    ],
  };
  for (const pod of frontend.pods) {
    const url = `http://${pod.status.podIP ?? ''}:3000/ready`;
    c.event(pod, {
      type: 'Warning',
      reason: 'Unhealthy',
      message: `Readiness probe failed: Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
      count: 23,
      sinceMinutesAgo: 66,
      minutesAgo: 1.1,
      container: 'frontend',
      host: pod.spec.nodeName ?? '',
    });
    const line = (minutes: number): string =>
      `[${c.ago(minutes)}] GET /items/31 200 ${4100 + Math.round(minutes) * 31}ms`;
    c.log(
      { namespace: 'shop', pod: pod.metadata.name, container: 'frontend' },
      [41, 30, 22, 9, 3, 1].map(line),
    );
  }
}

export const SECOND_SCALING: readonly OpenCase[] = [
  {
    id: 'open-second-crowd',
    title: 'an autoscaler has added all the pods that it may, and they are still too few',
    sources: [HPA, SCALE],
    theme: 'retail',
    truth: truthOf('HorizontalPodAutoscaler/shop/frontend', ['autoscaler-at-maximum'], {
      effects: ['Deployment/shop/frontend', 'Service/shop/frontend'],
    }),
    make: (c) => {
      specOf(c.get('HorizontalPodAutoscaler', 'shop', 'frontend'))['maxReplicas'] = 4;
      crowded(c, {
        replicas: 4,
        usage: 214,
        says: [
          {
            type: 'ScalingLimited',
            status: 'True',
            reason: 'TooManyReplicas',
            message: 'the desired replica count is more than the maximum replica count',
          },
        ],
      });
      forget(c);
      return c.files('must-gather');
    },
  },
  {
    id: 'open-second-crowd-b',
    twinOf: 'open-second-crowd',
    title: 'the autoscaler may add pods and knows no load: the metrics server trusts no kubelet',
    sources: [
      HPA,
      'https://github.com/kubernetes-sigs/metrics-server KNOWN_ISSUES.md, pkg/scraper/scraper.go',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/kube-system/metrics-server', ['certificate-invalid'], {
      effects: [
        'Service/kube-system/metrics-server',
        'HorizontalPodAutoscaler/shop/frontend',
        'Deployment/shop/frontend',
      ],
      change: ['Deployment/kube-system/metrics-server', 'args'],
    }),
    make: (c) => {
      const text =
        'unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)';
      crowded(c, {
        replicas: 2,
        usage: null,
        says: [
          {
            type: 'ScalingActive',
            status: 'False',
            reason: 'FailedGetResourceMetric',
            message: `the HPA was unable to compute the replica count: failed to get cpu utilization: ${text}`,
          },
        ],
      });
      c.event(c.get('HorizontalPodAutoscaler', 'shop', 'frontend'), {
        type: 'Warning',
        reason: 'FailedGetResourceMetric',
        message: `failed to get cpu utilization: ${text}`,
        count: 268,
        sinceMinutesAgo: 69,
        minutesAgo: 0.2,
        component: 'horizontal-pod-autoscaler',
      });
      const w = c.workload('kube-system', 'metrics-server');
      w.roll({ by: 'helm', minutesAgo: 71, fields: ['args'], mode: 'recreate' }, (container) => {
        container.args = ['--secure-port=10250', '--metric-resolution=15s'];
      });
      const scrape = (ip: string, node: string): string =>
        klog(
          c,
          'E',
          0.4,
          `scraper.go:149] "Failed to scrape node" err="Get \\"https://${ip}:10250/metrics/resource\\": tls: failed to verify certificate: x509: cannot validate certificate for ${ip} because it doesn't contain any IP SANs" node="${node}"`,
        );
      notReady(w, {
        minutesAgo: 71,
        probe: 'Readiness probe failed: HTTP probe failed with statuscode: 500',
        count: 420,
        log: [
          ...c.hosts.map(({ hostIP, name }) => scrape(hostIP, name)),
          klog(
            c,
            'I',
            0.3,
            'server.go:191] "Failed probe" probe="metric-storage-ready" err="no metrics to serve"',
          ),
        ],
      });
      forget(c);
      return c.files('must-gather');
    },
  },
];
