import { addApp, isPod, python, refused, say } from '../builders/index.ts';
import type { Cluster, Manifest, Workload } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { specOf, truthOf } from './kit.ts';
import { quota } from './second-kit.ts';

const RANGER = 'plugin/pkg/admission/limitranger/admission.go';

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

/** What the StatefulSet controller says of a pod or claim that it may not make. */
function notMade(c: Cluster, w: Workload, at: { pods: number; minutesAgo: number; message: string }): void {
  w.dropPods(w.pods.slice(-at.pods));
  const about = { type: 'Warning', reason: 'FailedCreate', component: 'statefulset-controller' } as const;
  c.event(w.manifest, {
    ...about,
    message: at.message,
    count: 17,
    sinceMinutesAgo: at.minutesAgo,
    minutesAgo: 1.8,
  });
}

function claimTemplate(storage: string): Record<string, unknown> {
  const spec = {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage } },
    storageClassName: 'standard',
  };
  return { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec }] };
}

function range(c: Cluster, namespace: string, limit: Record<string, unknown>): Manifest {
  return c.add({
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: c.meta('bounds', namespace, 600),
    spec: { limits: [limit] },
  });
}

export const THIRD_SETS: readonly OpenCase[] = [
  {
    id: 'open-third-default-limit',
    title: 'a pod asks for more memory than the limit that its namespace gives to who names none',
    sources: [RANGER, 'https://github.com/kubernetes/kubernetes/issues/43891'],
    theme: 'media',
    truth: truthOf('StatefulSet/data/loki', ['limit-range-violated', 'pod-spec-invalid'], {
      effects: ['LimitRange/data/bounds', 'Service/data/loki'],
    }),
    make: (c) => {
      const resources = { requests: { cpu: '200m', memory: '1Gi' } };
      const w = addApp(c, {
        namespace: 'data',
        name: 'loki',
        kind: 'StatefulSet',
        image: 'grafana/loki:3.2.1',
        port: 3100,
        minutesAgo: 55,
        container: { resources },
      });
      range(c, 'data', {
        type: 'Container',
        default: { memory: '512Mi' },
        defaultRequest: { memory: '128Mi' },
      });
      notMade(c, w, {
        pods: 1,
        minutesAgo: 55,
        message:
          'create Pod loki-0 in StatefulSet loki failed error: Pod "loki-0" is invalid: spec.containers[0].resources.requests: Invalid value: "1Gi": must be less than or equal to memory limit of 512Mi',
      });
      return c.files('must-gather');
    },
  },
  {
    id: 'open-third-ratio',
    title: 'a limit of CPU is ten times what is asked for, and four times is allowed',
    sources: [RANGER],
    theme: 'retail',
    truth: truthOf('Deployment/press/layout', ['limit-range-violated'], {
      effects: ['LimitRange/press/bounds'],
    }),
    make: (c) => {
      const w = press(c);
      range(c, 'press', { type: 'Container', maxLimitRequestRatio: { cpu: '4' } });
      refused(w, {
        minutesAgo: 24,
        reason:
          'pods "POD_NAME" is forbidden: cpu max limit to request ratio per Container is 4, but provided ratio is 10.000000',
      });
      return c.files('text');
    },
  },
  {
    id: 'open-third-claim-minimum',
    title: 'a claim asks for less room than a claim of its namespace must have',
    sources: [RANGER, 'https://kubernetes.io/docs/tasks/administer-cluster/limit-storage-consumption/'],
    theme: 'media',
    truth: truthOf('StatefulSet/data/etcd-events', ['limit-range-violated'], {
      effects: ['LimitRange/data/bounds', 'Service/data/etcd-events'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'data',
        name: 'etcd-events',
        kind: 'StatefulSet',
        image: 'quay.io/coreos/etcd:v3.5.16',
        port: 2379,
        portName: 'client',
        minutesAgo: 28,
        spec: claimTemplate('2Gi'),
      });
      range(c, 'data', { type: 'PersistentVolumeClaim', min: { storage: '10Gi' } });
      notMade(c, w, {
        pods: 1,
        minutesAgo: 28,
        message:
          'create Claim data-etcd-events-0 for Pod etcd-events-0 in StatefulSet etcd-events failed error: persistentvolumeclaims "data-etcd-events-0" is forbidden: minimum storage usage per PersistentVolumeClaim is 10Gi, but request is 2Gi',
      });
      return c.files('json');
    },
  },
  {
    id: 'open-third-claim-count',
    title: 'a namespace may have two claims, and a third member of a store needs a third',
    sources: ['https://kubernetes.io/docs/concepts/policy/resource-quotas/#storage-resource-quota'],
    theme: 'retail',
    truth: truthOf('ResourceQuota/data/claims', ['quota-objects-exceeded', 'quota-storage-exceeded'], {
      effects: ['StatefulSet/data/minio'],
      change: ['StatefulSet/data/minio', 'spec.replicas'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'data',
        name: 'minio',
        kind: 'StatefulSet',
        image: 'quay.io/minio/minio:RELEASE.2024-10-29T16-01-48Z',
        port: 9000,
        replicas: 2,
        spec: claimTemplate('20Gi'),
      });
      const hard = quota(
        c,
        { namespace: 'data', name: 'claims', minutesAgo: 70_000 },
        { persistentvolumeclaims: '2' },
      );
      hard.status = { used: { persistentvolumeclaims: '2' } };
      w.scale(3, 'helm', 37);
      notMade(c, w, {
        pods: 1,
        minutesAgo: 37,
        message:
          'create Claim data-minio-2 for Pod minio-2 in StatefulSet minio failed error: persistentvolumeclaims "data-minio-2" is forbidden: exceeded quota: claims, requested: persistentvolumeclaims=1, used: persistentvolumeclaims=2, limited: persistentvolumeclaims=2',
      });
      return c.files('json');
    },
  },
  {
    id: 'open-third-long-name',
    title: "a StatefulSet's name is so long that the label of its revision is longer than a label may be",
    sources: ['https://github.com/kubernetes/kubernetes/issues/64023'],
    theme: 'retail',
    truth: truthOf(
      'StatefulSet/data/preview-feature-customer-segments-export-postgres-primary',
      ['pod-spec-invalid'],
      {},
    ),
    make: (c) => {
      const name = 'preview-feature-customer-segments-export-postgres-primary';
      const w = addApp(c, {
        namespace: 'data',
        name,
        kind: 'StatefulSet',
        image: 'postgres:16.4',
        port: 5432,
        portName: 'postgres',
        minutesAgo: 32,
      });
      notMade(c, w, {
        pods: 1,
        minutesAgo: 32,
        message: `create Pod ${name}-0 in StatefulSet ${name} failed error: Pod "${name}-0" is invalid: metadata.labels: Invalid value: "${name}-58d4c7f9bb": must be no more than 63 characters`,
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-third-suspended',
    title:
      'a CronJob was suspended for a night of maintenance and not set free, and its reader misses the reports',
    sources: ['https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-suspension'],
    theme: 'retail',
    truth: truthOf('CronJob/shop/nightly-report', ['cronjob-suspended'], {
      effects: ['Deployment/shop/mailer'],
      change: ['CronJob/shop/nightly-report', 'spec.suspend'],
    }),
    make: (c) => {
      const cron = c.get('CronJob', 'shop', 'nightly-report');
      specOf(cron)['suspend'] = true;
      cron.status = { lastScheduleTime: c.ago(3160), lastSuccessfulTime: c.ago(3159) };
      c.changed(cron, { by: 'kubectl-patch', minutesAgo: 3100, fields: ['spec/suspend'] });
      const old = c.objects.filter(
        (object) =>
          (object.kind === 'Job' || isPod(object)) && object.metadata.name.startsWith('nightly-report-'),
      );
      for (const object of old) c.remove(object);
      say(
        c.workload('shop', 'mailer'),
        [180, 120, 60, 1].map((minutes) =>
          python(
            c,
            minutes,
            'ERROR',
            `no report to send: the newest of nightly-report is ${Math.round((3159 - minutes) / 60)} h old`,
          ),
        ),
      );
      return c.files('yaml');
    },
  },
];
