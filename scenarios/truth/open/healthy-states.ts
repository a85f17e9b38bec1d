import { addClaim, taint } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { newApp, specOf } from './kit.ts';

export const WELL_STATES: readonly OpenCase[] = [
  {
    id: 'open-well-optional',
    title: 'references to a ConfigMap and a Secret that may be missing, and are',
    sources: ['https://kubernetes.io/docs/concepts/configuration/configmap/#optional-configmaps'],
    theme: 'media',
    truth: null,
    make: (c) => {
      c.workload('media', 'feed').roll(
        { by: 'kubectl-client-side-apply', minutesAgo: 30_000, fields: ['env', 'envFrom'] },
        (container, template) => {
          const valueFrom = { secretKeyRef: { name: 'feed-overrides', key: 'token', optional: true } };
          container.env = [...(container.env ?? []), { name: 'FEED_TOKEN', valueFrom }];
          container.envFrom = [{ configMapRef: { name: 'feed-flags', optional: true } }];
          template.spec.volumes = [{ name: 'flags', configMap: { name: 'feed-flags', optional: true } }];
        },
      );
      return c.files('yaml');
    },
  },
  {
    id: 'open-well-ending',
    title: 'old pods end within their grace period; their probes fail while they do',
    sources: ['https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination'],
    theme: 'retail',
    truth: null,
    make: (c) => {
      const w = c.workload('shop', 'payments');
      w.roll({ by: 'argocd-controller', minutesAgo: 3, fields: ['image'] }, (container) => {
        container.image = 'registry.example.com/shop/payments:2.7.1';
      });
      const ending = w.addPod(9000);
      ending.metadata.deletionTimestamp = c.ago(-0.3);
      ending.metadata.deletionGracePeriodSeconds = 30;
      const host = ending.spec.nodeName ?? '';
      c.event(ending, {
        reason: 'Killing',
        message: 'Stopping container payments',
        minutesAgo: 0.2,
        container: 'payments',
        host,
      });
      c.event(ending, {
        type: 'Warning',
        reason: 'Unhealthy',
        message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
        minutesAgo: 0.1,
        container: 'payments',
        host,
      });
      return c.files('json');
    },
  },
  {
    id: 'open-well-volumes',
    title: 'a volume that was released and is kept, and a claim of a replica that was scaled away',
    sources: ['https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming'],
    theme: 'media',
    truth: null,
    make: (c) => {
      addClaim(c, { namespace: 'social', name: 'data-kafka-3', size: '30Gi', zone: 'fra1-a' });
      const { claim, volume } = addClaim(c, {
        namespace: 'media',
        name: 'export-2025',
        size: '80Gi',
        zone: 'fra1-a',
      });
      c.remove(claim);
      specOf(volume)['persistentVolumeReclaimPolicy'] = 'Retain';
      volume.status = { phase: 'Released' };
      return c.files('json');
    },
  },
  {
    id: 'open-well-preference',
    title: 'a node asks to be avoided where that is possible, and soft spreading is not met',
    sources: ['https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/'],
    theme: 'retail',
    truth: null,
    make: (c) => {
      taint(c, c.node('worker-2'), {
        key: 'example.com/spot',
        effect: 'PreferNoSchedule',
        minutesAgo: 80_000,
      });
      newApp(c, {
        namespace: 'shop',
        name: 'wishlist',
        minutesAgo: 20_000,
        replicas: 2,
        more: {
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'topology.kubernetes.io/zone',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: { app: 'wishlist' } },
            },
          ],
        },
      });
      return c.files('cluster-info');
    },
  },
];
