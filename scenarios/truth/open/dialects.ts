import { crashing, failingClient, pending, waiting } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { newApp, setEnv, specOf, truthOf } from './kit.ts';

type Files = ReturnType<Cluster['files']>;

/** A program of a new image that ends by itself. */
function dying(
  c: Cluster,
  at: { namespace: string; name: string; exitCode?: number; image?: string },
  log: readonly string[],
): Files {
  const w = c.workload(at.namespace, at.name);
  w.roll({ by: 'argocd-controller', minutesAgo: 29, fields: ['image'], mode: 'stuck' }, (container) => {
    container.image = at.image ?? container.image.replace(/\d+$/u, '99');
  });
  crashing(w, { exitCode: at.exitCode ?? 1, minutesAgo: 29, restarts: 9, runsSeconds: 3, log });
  return c.files('must-gather');
}

/** A pull of a node whose runtime is CRI-O. */
function crioPull(c: Cluster, text: string): Files {
  const image = 'quay.io/example/tax:1.4.0';
  for (const node of c.ofKind('Node')) {
    const info = (node.status?.['nodeInfo'] ?? {}) as Record<string, string>;
    info['containerRuntimeVersion'] = 'cri-o://1.27.4';
  }
  const w = c.workload('billing', 'tax');
  w.roll({ by: 'kubectl-set', minutesAgo: 22, fields: ['image'], mode: 'stuck' }, (container) => {
    container.image = image;
  });
  waiting(w, {
    reason: 'ImagePullBackOff',
    message: `Back-off pulling image "${image}"`,
    minutesAgo: 22,
    warnings: [
      ['Failed', `Failed to pull image "${image}": rpc error: code = Unknown desc = ${text}`, 4],
      ['Failed', 'Error: ErrImagePull', 4],
      ['Failed', 'Error: ImagePullBackOff', 8],
    ],
    normals: [['BackOff', `Back-off pulling image "${image}"`, 9]],
  });
  return c.files('json');
}

function oldScheduler(c: Cluster, more: Record<string, unknown>, message: string): Files {
  const w = newApp(c, { namespace: 'shop', name: 'wishlist', minutesAgo: 17, more });
  pending(w, { minutesAgo: 17, message });
  return c.files('cluster-info');
}

/** What programs and components of other makes and ages say. */
export const DIALECT_WORKLOADS: readonly OpenCase[] = [
  {
    id: 'open-crio-auth',
    title: 'CRI-O may not read an image',
    sources: [
      'containers/image docker/errors.go',
      'https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/billing/tax', ['image-pull-unauthorized'], {
      change: ['Deployment/billing/tax', 'image'],
    }),
    make: (c) =>
      crioPull(
        c,
        'reading manifest 1.4.0 in quay.io/example/tax: unauthorized: access to the requested resource is not authorized',
      ),
  },
  {
    id: 'open-crio-auth-b',
    twinOf: 'open-crio-auth',
    title: 'CRI-O finds no image of that tag',
    sources: ['containers/image docker/errors.go'],
    theme: 'retail',
    truth: truthOf('Deployment/billing/tax', ['image-not-found'], {
      change: ['Deployment/billing/tax', 'image'],
    }),
    make: (c) =>
      crioPull(c, 'reading manifest 1.4.0 in quay.io/example/tax: manifest unknown: manifest unknown'),
  },
  {
    id: 'open-mysql-denied',
    title: 'MySQL does not take the password of a program',
    sources: ['https://dev.mysql.com/doc/refman/8.0/en/error-access-denied.html'],
    theme: 'retail',
    truth: truthOf('Deployment/billing/invoices', ['authentication-failed']),
    make: (c) =>
      dying(c, { namespace: 'billing', name: 'invoices' }, [
        `${c.ago(2.7)}  INFO 1 --- [           main] com.zaxxer.hikari.HikariDataSource : HikariPool-1 - Starting...`,
        "java.sql.SQLException: Access denied for user 'invoices'@'10.244.2.18' (using password: YES)",
        '\tat com.mysql.cj.jdbc.exceptions.SQLError.createSQLException(SQLError.java:130)',
        `${c.ago(2.6)} ERROR 1 --- [           main] o.s.boot.SpringApplication : Application run failed`,
      ]),
  },
  {
    id: 'open-mysql-denied-b',
    twinOf: 'open-mysql-denied',
    title: 'the program does not trust the certificate of its peer',
    sources: [
      'https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/security/cert/CertPathBuilderException.html',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/billing/invoices', ['certificate-invalid']),
    make: (c) =>
      dying(c, { namespace: 'billing', name: 'invoices' }, [
        `${c.ago(2.7)}  INFO 1 --- [           main] com.example.Application : Starting Application using Java 21.0.4 with PID 1`,
        'javax.net.ssl.SSLHandshakeException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target',
        `${c.ago(2.6)} ERROR 1 --- [           main] o.s.boot.SpringApplication : Application run failed`,
      ]),
  },
  {
    id: 'open-rust-port',
    title: 'a Rust program finds its port taken',
    sources: ['https://doc.rust-lang.org/std/io/enum.ErrorKind.html', 'man 2 bind'],
    theme: 'media',
    truth: truthOf('Deployment/social/profile', ['port-in-use']),
    make: (c) =>
      dying(c, { namespace: 'social', name: 'profile', exitCode: 101 }, [
        `thread 'main' panicked at src/main.rs:41:10:`,
        'bind 0.0.0.0:8080: Os { code: 98, kind: AddrInUse, message: "Address already in use" }',
        'note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace',
      ]),
  },
  {
    id: 'open-rust-port-b',
    twinOf: 'open-rust-port',
    title: 'a Rust program may open no further file',
    sources: ['https://doc.rust-lang.org/std/io/struct.Error.html', 'man 2 open (EMFILE)'],
    theme: 'media',
    truth: truthOf('Deployment/social/profile', ['file-descriptors-exhausted']),
    make: (c) =>
      dying(c, { namespace: 'social', name: 'profile', exitCode: 101 }, [
        `thread 'main' panicked at src/store.rs:112:22:`,
        'open segment: Os { code: 24, kind: Uncategorized, message: "Too many open files" }',
        'note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace',
      ]),
  },
  {
    id: 'open-java-disk',
    title: 'a Java program has no room left to write to',
    sources: ['man 2 write (ENOSPC)'],
    theme: 'media',
    truth: truthOf('Deployment/media/uploader', ['disk-full']),
    make: (c) =>
      dying(c, { namespace: 'media', name: 'uploader' }, [
        `${c.ago(2.7)}  INFO 1 --- [           main] c.e.u.Spool : recovering spool at /tmp/spool`,
        'java.io.IOException: No space left on device',
        '\tat java.base/sun.nio.ch.FileDispatcherImpl.write0(Native Method)',
      ]),
  },
  {
    id: 'open-java-disk-b',
    twinOf: 'open-java-disk',
    title: 'a Java program may not write where it wants to',
    sources: [
      'man 2 open (EROFS)',
      'https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/nio/file/FileSystemException.html',
    ],
    theme: 'media',
    truth: truthOf('Deployment/media/uploader', ['read-only-filesystem']),
    make: (c) =>
      dying(c, { namespace: 'media', name: 'uploader' }, [
        `${c.ago(2.7)}  INFO 1 --- [           main] c.e.u.Spool : recovering spool at /spool`,
        'java.nio.file.FileSystemException: /spool/segment-0: Read-only file system',
        '\tat java.base/sun.nio.fs.UnixException.translateToIOException(UnixException.java:100)',
      ]),
  },
];

export const DIALECT_PLATFORM: readonly OpenCase[] = [
  {
    id: 'open-old-selector',
    title: 'a scheduler of an older version finds no node with a label',
    sources: ['Kubernetes 1.19 pkg/scheduler/framework/plugins/nodeaffinity/node_affinity.go'],
    theme: 'retail',
    truth: truthOf('Deployment/shop/wishlist', ['node-selector-mismatch'], {
      effects: ['Service/shop/wishlist'],
    }),
    make: (c) =>
      oldScheduler(
        c,
        { nodeSelector: { disk: 'nvme' } },
        "0/4 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/control-plane: }, that the pod didn't tolerate, 3 node(s) didn't match node selector.",
      ),
  },
  {
    id: 'open-old-selector-b',
    twinOf: 'open-old-selector',
    title: 'the older scheduler finds no room for its memory',
    sources: ['Kubernetes 1.19 pkg/scheduler/framework/plugins/noderesources/fit.go'],
    theme: 'retail',
    truth: truthOf('Deployment/shop/wishlist', ['insufficient-memory'], {
      effects: ['Service/shop/wishlist'],
    }),
    make: (c) =>
      oldScheduler(
        c,
        {},
        "0/4 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/control-plane: }, that the pod didn't tolerate, 3 Insufficient memory.",
      ),
  },
];

export const DIALECT_NETWORK: readonly OpenCase[] = [
  {
    id: 'open-net-refused',
    title: 'a .NET program is refused by a Service that sends to the wrong port',
    sources: [
      'https://www.npgsql.org/doc/api/Npgsql.NpgsqlException.html',
      'https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/',
    ],
    theme: 'retail',
    truth: truthOf('Service/billing/postgres', ['service-target-port-mismatch'], {
      effects: ['Deployment/billing/ledger'],
      change: ['Service/billing/postgres', 'spec.ports'],
    }),
    make: (c) => {
      const service = c.get('Service', 'billing', 'postgres');
      specOf(service)['ports'] = [{ name: 'postgres', port: 5432, targetPort: 5433, protocol: 'TCP' }];
      c.changed(service, { by: 'kubectl-edit', minutesAgo: 41, fields: ['spec/ports'] });
      const { clusterIP } = specOf(service);
      failingClient(c, {
        namespace: 'billing',
        client: 'ledger',
        sinceMinutesAgo: 40,
        lines: [
          `fail: Ledger.Store[0] Npgsql.NpgsqlException (0x80004005): Failed to connect to ${String(clusterIP)}:5432 ---> System.Net.Sockets.SocketException (111): Connection refused`,
        ],
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-net-refused-b',
    twinOf: 'open-net-refused',
    title: 'a Python program asks for a database under a name that is misspelt',
    sources: ['https://www.postgresql.org/docs/current/libpq-connect.html', 'man 3 getaddrinfo'],
    theme: 'retail',
    truth: truthOf(
      'Deployment/billing/ledger',
      ['wrong-service-address', 'service-missing', 'dns-name-not-found'],
      {
        change: ['Deployment/billing/ledger', 'env.POSTGRES_ADDR'],
      },
    ),
    make: (c) => {
      setEnv(c.workload('billing', 'ledger'), {
        name: 'POSTGRES_ADDR',
        value: 'postgress:5432',
        minutesAgo: 41,
      });
      failingClient(c, {
        namespace: 'billing',
        client: 'ledger',
        sinceMinutesAgo: 40,
        lines: [
          '[TIME] [ERROR] psycopg2.OperationalError: could not translate host name "postgress" to address: Name or service not known',
        ],
      });
      return c.files('yaml');
    },
  },
];
