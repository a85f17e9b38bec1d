import {
  addApp,
  addressOfService,
  makeContainer,
  notReady,
  pullNormals,
  pullWarnings,
  say,
  slog,
  stuckInInit,
  waiting,
} from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { truthOf } from './kit.ts';

type Files = ReturnType<Cluster['files']>;

const GRPC =
  'https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#define-a-grpc-liveness-probe';
const INIT = 'https://kubernetes.io/docs/concepts/workloads/pods/init-containers/';

/** A gRPC server that listens at 9000; its readiness is asked for as `port` and `error` say. */
function pricing(c: Cluster, port: number, error: string): Files {
  const w = addApp(c, {
    namespace: 'market',
    name: 'pricing',
    image: 'registry.example.com/market/pricing:0.31.0',
    port: 9000,
    portName: 'grpc',
    replicas: 2,
    env: { GRPC_ADDR: ':9000', METRICS_ADDR: ':9102' },
    container: { readinessProbe: { tcpSocket: { port: 9000 }, periodSeconds: 10 } },
  });
  w.roll({ by: 'helm', minutesAgo: 52, fields: ['readinessProbe/grpc'], mode: 'stuck' }, (container) => {
    container.image = 'registry.example.com/market/pricing:0.32.0';
    container.readinessProbe = {
      grpc: { port, service: '' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    };
  });
  notReady(w, { minutesAgo: 52, count: 310, probe: `Readiness probe failed: ${error}` });
  say(
    w,
    [
      slog(c, 51.9, { msg: 'grpc server listening', addr: '[::]:9000' }),
      slog(c, 51.9, { msg: 'metrics listening', addr: '[::]:9102' }),
    ],
    { pods: w.fresh },
  );
  return c.files('json');
}

/** A program whose init container waits for its database, at `host`. */
function orders(c: Cluster, host: string, complaint: (address: string) => string): Files {
  const db = addApp(c, {
    namespace: 'orders-prod',
    name: 'orders-postgres',
    kind: 'StatefulSet',
    image: 'postgres:16.4',
    port: 5432,
    portName: 'postgres',
    minutesAgo: host === 'orders-postgres' ? 30_000 : 39,
    container: {
      readinessProbe: { exec: { command: ['pg_isready', '-U', 'orders'] }, periodSeconds: 10 },
    },
  });
  const script = `until nc -z -w 2 ${host} 5432; do echo "waiting for ${host}"; sleep 5; done`;
  const w = addApp(c, {
    namespace: 'orders-prod',
    name: 'orders',
    image: 'ghcr.io/example/orders:11.0.2',
    port: 8080,
    replicas: 2,
    minutesAgo: 38,
    env: { DB_HOST: host },
    more: {
      initContainers: [makeContainer('wait-for-db', 'busybox:1.36', { command: ['sh', '-c', script] })],
    },
  });
  const address = addressOfService(c, 'orders-prod', 'orders-postgres');
  for (const pod of w.pods) {
    const log = Array.from({ length: 5 }, () => [complaint(address), `waiting for ${host}`]).flat();
    stuckInInit(w, pod, { minutesAgo: 38, log });
  }
  if (host === 'orders-postgres') {
    const image = 'postgres:16.44';
    const full = `docker.io/library/${image}`;
    db.roll({ by: 'helm', minutesAgo: 39, fields: ['image'] }, (container) => {
      container.image = image;
    });
    waiting(db, {
      reason: 'ImagePullBackOff',
      message: `Back-off pulling image "${image}"`,
      minutesAgo: 39,
      warnings: pullWarnings(full, `failed to resolve reference "${full}": ${full}: not found`),
      normals: pullNormals(image),
    });
  }
  return c.files('yaml');
}

export const SECOND_STARTS: readonly OpenCase[] = [
  {
    id: 'open-second-grpc-port',
    title: 'a gRPC readiness probe asks a port of which the program knows nothing',
    sources: [GRPC, 'pkg/probe/grpc/grpc.go'],
    theme: 'retail',
    truth: truthOf('Deployment/market/pricing', ['readiness-probe-wrong-port'], {
      change: ['Deployment/market/pricing', 'readinessProbe.grpc'],
    }),
    make: (c) =>
      pricing(
        c,
        8080,
        'timeout: failed to connect service "POD_IP:8080" within 1s: context deadline exceeded',
      ),
  },
  {
    id: 'open-second-grpc-port-b',
    twinOf: 'open-second-grpc-port',
    title: 'the port is right, and the server has no service of health',
    sources: [GRPC, 'pkg/probe/grpc/grpc.go', 'https://github.com/grpc-ecosystem/grpc-health-probe'],
    theme: 'retail',
    truth: truthOf(
      'Deployment/market/pricing',
      ['readiness-probe-wrong-protocol', 'readiness-probe-failing'],
      {
        change: ['Deployment/market/pricing', 'readinessProbe.grpc'],
      },
    ),
    make: (c) =>
      pricing(
        c,
        9000,
        'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service grpc.health.v1.Health',
      ),
  },
  {
    id: 'open-second-wait-name',
    title: 'an init container waits for a database under a name that no Service has',
    sources: [
      INIT,
      'https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/',
      'busybox networking/nc.c',
    ],
    theme: 'media',
    truth: truthOf('Deployment/orders-prod/orders', ['wrong-service-address', 'service-missing'], {
      effects: ['init container wait-for-db never ends'],
    }),
    make: (c) => orders(c, 'orders-db', () => "nc: bad address 'orders-db'"),
  },
  {
    id: 'open-second-wait-name-b',
    twinOf: 'open-second-wait-name',
    title: 'the name is right, and the database is of a tag that was never made',
    sources: [INIT, 'containerd core/remotes/docker/resolver.go'],
    theme: 'media',
    truth: truthOf('StatefulSet/orders-prod/orders-postgres', ['image-not-found'], {
      effects: ['Service/orders-prod/orders-postgres', 'Deployment/orders-prod/orders'],
      change: ['StatefulSet/orders-prod/orders-postgres', 'image'],
    }),
    make: (c) =>
      orders(c, 'orders-postgres', (address) => `nc: orders-postgres (${address}): Connection refused`),
  },
];
