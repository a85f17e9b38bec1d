import { addApp, makeContainer, say, slog } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';

/** States that are well, whatever their logs and Events say. */
export const SECOND_QUIET: readonly OpenCase[] = [
  {
    id: 'open-second-well-scanners',
    title: 'strangers knock at an open port, and a proxy tries a request again now and then',
    sources: [
      'https://pkg.go.dev/net/http#Server (ErrorLog)',
      'https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#response-flags',
    ],
    theme: 'media',
    truth: null,
    make: (c) => {
      const w = addApp(c, {
        namespace: 'games',
        name: 'arena',
        image: 'ghcr.io/example/arena:4.2.0',
        port: 8443,
        replicas: 2,
      });
      say(w, [
        `${c.ago(58)} http: TLS handshake error from 198.51.100.77:41022: EOF`,
        `${c.ago(41)} http: TLS handshake error from 198.51.100.77:53144: tls: client offered only unsupported versions: [301]`,
        `${c.ago(40)} http: TLS handshake error from 203.0.113.88:60010: remote error: tls: unknown certificate`,
        slog(c, 22, { level: 'WARN', msg: 'upstream reset, trying again', attempt: 1, flags: 'UC' }),
        slog(c, 22, { msg: 'request', path: '/lobby', status: 200, attempts: 2 }),
        slog(c, 3, { msg: 'request', path: '/lobby', status: 200, attempts: 1 }),
      ]);
      return c.files('cluster-info');
    },
  },
  {
    id: 'open-second-well-install',
    title:
      'an application was installed twenty-five minutes ago: its init container waited for the database, which was pulled meanwhile',
    sources: ['https://kubernetes.io/docs/concepts/workloads/pods/init-containers/'],
    theme: 'retail',
    truth: null,
    make: (c) => {
      const db = addApp(c, {
        namespace: 'orders-prod',
        name: 'orders-postgres',
        kind: 'StatefulSet',
        image: 'postgres:16.4',
        port: 5432,
        portName: 'postgres',
        minutesAgo: 25,
        container: { readinessProbe: { exec: { command: ['pg_isready'] }, periodSeconds: 10 } },
      });
      const w = addApp(c, {
        namespace: 'orders-prod',
        name: 'orders',
        image: 'ghcr.io/example/orders:11.0.2',
        port: 8080,
        replicas: 2,
        minutesAgo: 25,
        env: { DB_HOST: 'orders-postgres' },
        more: {
          initContainers: [
            makeContainer('migrate', 'ghcr.io/example/orders:11.0.2', { args: ['migrate', 'up'] }),
          ],
        },
      });
      for (const pod of w.pods) {
        const [init] = pod.status.initContainerStatuses ?? [];
        if (init !== undefined) init.restartCount = 2;
        c.event(pod, {
          type: 'Warning',
          reason: 'BackOff',
          message: `Back-off restarting failed container migrate in pod ${pod.metadata.name}_orders-prod(${pod.metadata.uid})`,
          count: 2,
          sinceMinutesAgo: 24.6,
          minutesAgo: 24.3,
          container: 'migrate',
          initContainer: true,
          host: pod.spec.nodeName ?? '',
        });
        say(w, ['migrate: 14 migrations applied'], { pods: [pod], container: 'migrate' });
        say(w, [slog(c, 23.8, { msg: 'listening', addr: ':8080' })], { pods: [pod] });
      }
      c.event(db.firstPod(), {
        type: 'Warning',
        reason: 'Unhealthy',
        message: 'Readiness probe failed: /var/run/postgresql:5432 - no response',
        count: 2,
        sinceMinutesAgo: 24.8,
        minutesAgo: 24.7,
        container: 'orders-postgres',
        host: db.firstPod().spec.nodeName ?? '',
      });
      return c.files('json');
    },
  },
  {
    id: 'open-second-well-renewed',
    title: 'a certificate ran towards its end and was renewed an hour ago; readers were told to reload',
    sources: ['https://cert-manager.io/docs/usage/certificate/#renewal-triggers'],
    theme: 'media',
    truth: null,
    make: (c) => {
      c.secret('media', 'api-tls', { keys: ['tls.crt', 'tls.key'], type: 'kubernetes.io/tls' });
      const certificate = c.add({
        apiVersion: 'cert-manager.io/v1',
        kind: 'Certificate',
        metadata: { ...c.meta('api-tls', 'media', 130_000), generation: 1 },
        spec: {
          secretName: 'api-tls',
          dnsNames: ['api.media.svc', 'api.media.svc.cluster.local'],
          issuerRef: { kind: 'ClusterIssuer', name: 'internal-ca' },
        },
        status: {
          notAfter: c.ago(-129_500),
          revision: 4,
          conditions: [
            {
              type: 'Ready',
              status: 'True',
              reason: 'Ready',
              message: 'Certificate is up to date and has not expired',
              lastTransitionTime: c.ago(130_000),
            },
          ],
        },
      });
      for (const [reason, message] of [
        ['Issuing', `Renewing certificate as renewal was scheduled at ${c.ago(55)}`],
        ['Reused', 'Reusing private key stored in existing Secret resource "api-tls"'],
        ['Issuing', 'The certificate has been successfully issued'],
      ] as const)
        c.event(certificate, {
          reason,
          message,
          minutesAgo: 54,
          component: 'cert-manager-certificates-issuing',
        });
      say(c.workload('media', 'api'), [
        slog(c, 300, { level: 'WARN', msg: 'certificate expires soon', left: '13h' }),
        slog(c, 53, { msg: 'certificate reloaded', file: '/tls/tls.crt' }),
        slog(c, 6, { msg: 'request', status: 200 }),
      ]);
      return c.files('must-gather');
    },
  },
];
