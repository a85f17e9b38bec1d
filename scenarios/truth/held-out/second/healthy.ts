import { addApp, addressOfService, cluster, moveTo, say, slog } from '../../builders/index.ts';
import type { Cluster } from '../../builders/index.ts';
import type { DumpFiles } from '../../case.ts';
import type { Builders } from '../rows.ts';

function takenBack(id: string): DumpFiles {
  const c = cluster(id, 'retail');
  const w = addApp(c, {
    namespace: 'travel',
    name: 'fares',
    image: 'registry.example.com/travel/fares:5.1.0',
    port: 8081,
    replicas: 3,
  });
  const image = 'registry.example.com/travel/fares:5.2.0-rc1';
  const hash = c.dice.letters(10);
  const set = `fares-${hash}`;
  const good = w.replicaSet ?? w.manifest;
  const key = 'deployment.kubernetes.io/revision';
  const first = Number(good.metadata.annotations?.[key] ?? 1);
  const copy = structuredClone(good);
  const spec = copy.spec as {
    replicas: number;
    selector: { matchLabels: Record<string, string> };
    template: { metadata: { labels: Record<string, string> }; spec: { containers: [{ image: string }] } };
  };
  spec.replicas = 0;
  spec.template.spec.containers[0].image = image;
  const labels = { ...copy.metadata.labels, 'pod-template-hash': hash };
  spec.selector.matchLabels = labels;
  spec.template.metadata.labels = labels;
  const annotations = { ...copy.metadata.annotations, [key]: String(first + 1) };
  c.add({
    ...copy,
    metadata: { ...copy.metadata, ...c.meta(set, 'travel', 49), labels, annotations },
    status: { replicas: 0, observedGeneration: 2 },
  });
  for (const { metadata } of [good, w.manifest])
    metadata.annotations = { ...metadata.annotations, [key]: String(first + 2) };
  const pod = { apiVersion: 'v1', kind: 'Pod', namespace: 'travel', name: `${set}-${c.dice.letters(5)}` };
  const text = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
  const about = { type: 'Warning', host: 'worker-2', container: 'fares', sinceMinutesAgo: 48.9 } as const;
  c.event(pod, {
    ...about,
    reason: 'Failed',
    message: `Failed to pull image "${image}": rpc error: code = NotFound desc = ${text}`,
    count: 4,
    minutesAgo: 47,
  });
  c.event(pod, { ...about, reason: 'Failed', message: 'Error: ImagePullBackOff', count: 16, minutesAgo: 44 });
  const scaled = (way: string, minutesAgo: number, to: string): void => {
    c.event(w.manifest, {
      reason: 'ScalingReplicaSet',
      message: `Scaled ${way} replica set ${set} to ${to}`,
      minutesAgo,
      component: 'deployment-controller',
    });
  };
  scaled('up', 49, '1');
  scaled('down', 43.6, '0 from 1');
  return c.files('json');
}

function moved(id: string): DumpFiles {
  const c = cluster(id, 'media');
  const db = addApp(c, {
    namespace: 'clinic',
    name: 'postgres',
    kind: 'StatefulSet',
    image: 'postgres:15.8',
    port: 5432,
    portName: 'postgres',
    minutesAgo: 31,
    createdMinutesAgo: 90_000,
    container: { readinessProbe: { exec: { command: ['pg_isready', '-U', 'postgres'] }, periodSeconds: 10 } },
  });
  moveTo(c, db.firstPod(), 'pool-b-t4zzs');
  const records = addApp(c, {
    namespace: 'clinic',
    name: 'records',
    image: 'ghcr.io/example/clinic-records:2026.9.0',
    port: 8080,
    replicas: 2,
    env: { DATABASE_HOST: 'postgres' },
  });
  c.event(db.firstPod(), {
    reason: 'Killing',
    message: 'Stopping container postgres',
    minutesAgo: 31.5,
    container: 'postgres',
    host: 'pool-a-7kq2x',
  });
  for (const pod of records.pods)
    c.event(pod, {
      type: 'Warning',
      reason: 'Unhealthy',
      message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      count: 4,
      sinceMinutesAgo: 31.3,
      minutesAgo: 30.6,
      container: 'records',
      host: pod.spec.nodeName ?? '',
    });
  say(records, [
    slog(c, 31.4, {
      level: 'ERROR',
      msg: 'query failed',
      error: 'FATAL: terminating connection due to administrator command (SQLSTATE 57P01)',
    }),
    slog(c, 31.1, {
      level: 'ERROR',
      msg: 'ping failed',
      error: `failed to connect to \`host=postgres user=records database=records\`: dial error (dial tcp ${addressOfService(c, 'clinic', 'postgres')}: connect: connection refused)`,
    }),
    slog(c, 30.5, { msg: 'database is back', attempts: 6 }),
    slog(c, 4, { msg: 'request', path: '/patients', status: 200 }),
  ]);
  return c.files('yaml');
}

function policy(c: Cluster, name: string, spec: Record<string, unknown>): void {
  c.add({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { ...c.meta(name, 'clinic', 40_000), generation: 1 },
    spec,
  });
}

function allowed(id: string): DumpFiles {
  const c = cluster(id, 'retail');
  const portal = addApp(c, {
    namespace: 'clinic',
    name: 'portal',
    image: 'registry.example.com/clinic/portal:12.4.1',
    port: 8080,
    replicas: 2,
    env: { RECORDS_URL: 'http://records:80' },
  });
  addApp(c, {
    namespace: 'clinic',
    name: 'records',
    image: 'registry.example.com/clinic/records:4.0.0',
    port: 8443,
    servicePort: 80,
    portName: 'web',
    replicas: 2,
  });
  const dns = {
    ports: [
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ],
  };
  policy(c, 'default-deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  policy(c, 'names', { podSelector: {}, policyTypes: ['Egress'], egress: [dns] });
  policy(c, 'portal', {
    podSelector: { matchLabels: { app: 'portal' } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        from: [
          {
            namespaceSelector: {
              matchExpressions: [
                { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['ingress-nginx'] },
              ],
            },
          },
        ],
        ports: [{ protocol: 'TCP', port: 'http' }],
      },
    ],
    egress: [
      {
        to: [{ podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['records'] }] } }],
        ports: [{ protocol: 'TCP', port: 'web' }],
      },
    ],
  });
  policy(c, 'records', {
    podSelector: { matchLabels: { app: 'records' } },
    policyTypes: ['Ingress'],
    ingress: [
      {
        from: [{ podSelector: { matchLabels: { app: 'portal' } } }],
        ports: [{ protocol: 'TCP', port: 8443 }],
      },
    ],
  });
  say(portal, [
    slog(c, 40, { level: 'WARN', msg: 'login refused', status: 401, error: 'invalid username or password' }),
    slog(c, 22, { level: 'WARN', msg: 'forbidden', status: 403, path: '/admin' }),
    slog(c, 9, { msg: 'request', path: '/', status: 200, upstream_ms: 18 }),
  ]);
  return c.files('must-gather');
}

export const HEALTHY: Builders = {
  'second-healthy-01': takenBack,
  'second-healthy-02': moved,
  'second-healthy-03': allowed,
};
