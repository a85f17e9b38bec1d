import { addApp, addressOfService, crashing, klog, notReady, python, ruby, say } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { truthOf } from './kit.ts';

type Files = ReturnType<Cluster['files']>;

const POLICY = 'https://kubernetes.io/docs/concepts/services-networking/network-policies/';

/** A program that keeps its data in MySQL. */
function stock(c: Cluster, port: string): { address: string; files: (cause: string) => Files } {
  addApp(c, {
    namespace: 'warehouse',
    name: 'mysql',
    kind: 'StatefulSet',
    image: 'mysql:8.4.3',
    port: 3306,
    portName: 'mysql',
    container: {
      readinessProbe: { exec: { command: ['mysqladmin', 'ping', '-h', '127.0.0.1'] }, periodSeconds: 10 },
      resources: { requests: { cpu: '250m', memory: '1Gi' }, limits: { memory: '1Gi' } },
    },
  });
  const w = addApp(c, {
    namespace: 'warehouse',
    name: 'stock',
    image: 'registry.example.com/warehouse/stock:6.0.1',
    port: 8080,
    replicas: 2,
    env: { DB_HOST: 'mysql', DB_PORT: '3306' },
  });
  if (port !== '3306')
    w.roll({ by: 'helm', minutesAgo: 35, fields: ['env/{DB_PORT}/value'], mode: 'recreate' }, (container) => {
      container.env = [
        { name: 'DB_HOST', value: 'mysql' },
        { name: 'DB_PORT', value: port },
      ];
    });
  const address = addressOfService(c, 'warehouse', 'mysql');
  return {
    address,
    files: (cause) => {
      crashing(w, {
        pods: w.pods,
        exitCode: 1,
        minutesAgo: 34,
        restarts: 7,
        runsSeconds: 64,
        log: [
          `${c.ago(3.4).replace('Z', '.210Z')} ERROR 1 --- [           main] com.zaxxer.hikari.pool.HikariPool       : HikariPool-1 - Exception during pool initialization.`,
          'com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure',
          '',
          'The last packet sent successfully to the server was 0 milliseconds ago. The driver has not received any packets from the server.',
          '\tat com.mysql.cj.jdbc.exceptions.SQLError.createCommunicationsException(SQLError.java:165)',
          `Caused by: java.net.ConnectException: ${cause}`,
          '\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)',
        ],
      });
      return c.files('json');
    },
  };
}

export const SECOND_CLIENTS: readonly OpenCase[] = [
  {
    id: 'open-second-sidekiq',
    title: 'an argument names a Redis by the name that another chart would have given it',
    sources: ['https://github.com/redis-rb/redis-client', 'man 3 getaddrinfo (EAI_NONAME)'],
    theme: 'retail',
    truth: truthOf('Deployment/helpdesk/worker', ['wrong-service-address', 'service-missing'], {
      change: ['Deployment/helpdesk/worker', 'args'],
    }),
    make: (c) => {
      addApp(c, {
        namespace: 'helpdesk',
        name: 'redis',
        kind: 'StatefulSet',
        image: 'redis:7.4.1',
        port: 6379,
        portName: 'redis',
        container: { readinessProbe: { exec: { command: ['redis-cli', 'ping'] }, periodSeconds: 10 } },
      });
      const w = addApp(c, {
        namespace: 'helpdesk',
        name: 'worker',
        image: 'registry.example.com/helpdesk/tickets:7.1.5',
        port: 7433,
        servicePort: null,
        replicas: 2,
        container: { args: ['bin/worker', '--redis=redis://redis:6379/0'] },
      });
      w.roll({ by: 'helm', minutesAgo: 24, fields: ['args'], mode: 'recreate' }, (container) => {
        container.args = ['bin/worker', '--redis=redis://redis-master:6379/0'];
      });
      crashing(w, {
        exitCode: 1,
        minutesAgo: 24,
        restarts: 8,
        runsSeconds: 5,
        log: [
          ruby(c, 2.7, 'INFO', 'Booted Rails 7.1.5 application in production environment'),
          ruby(
            c,
            2.6,
            'FATAL',
            'getaddrinfo: Name or service not known (redis://redis-master:6379/0) (RedisClient::CannotConnectError)',
          ),
          "/usr/local/bundle/gems/redis-client-0.22.2/lib/redis_client/ruby_connection.rb:75:in `connect'",
        ],
      });
      return c.files('text');
    },
  },
  {
    id: 'open-second-mysql-port',
    title: 'a chart gave a program a port of MySQL that its Service does not have',
    sources: ['https://dev.mysql.com/doc/connector-j/en/connector-j-usagenotes-troubleshooting.html'],
    theme: 'retail',
    truth: truthOf('Deployment/warehouse/stock', ['wrong-service-port'], {
      change: ['Deployment/warehouse/stock', 'env.DB_PORT'],
    }),
    make: (c) => stock(c, '3307').files('Connection timed out'),
  },
  {
    id: 'open-second-mysql-port-b',
    twinOf: 'open-second-mysql-port',
    title: 'the port is right, and MySQL is killed at its memory limit',
    sources: [
      'https://dev.mysql.com/doc/refman/8.4/en/innodb-buffer-pool-resize.html',
      'https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/',
    ],
    theme: 'retail',
    truth: truthOf('StatefulSet/warehouse/mysql', ['oom-container-limit', 'oom-killed'], {
      effects: ['Service/warehouse/mysql', 'Deployment/warehouse/stock'],
    }),
    make: (c) => {
      const { files } = stock(c, '3306');
      const db = c.workload('warehouse', 'mysql');
      crashing(db, {
        pods: db.pods,
        exitCode: 137,
        reason: 'OOMKilled',
        minutesAgo: 36,
        restarts: 9,
        runsSeconds: 41,
        log: [
          `${c.ago(3).replace('Z', '.004182Z')} 0 [System] [MY-010116] [Server] /usr/sbin/mysqld (mysqld 8.4.3) starting as process 1`,
          `${c.ago(2.9).replace('Z', '.611930Z')} 1 [System] [MY-013576] [InnoDB] InnoDB initialization has started.`,
        ],
      });
      return files('Connection refused');
    },
  },
  {
    id: 'open-second-dns-label',
    title: "a policy lets programs out to the cluster's DNS by a label that its pods do not carry",
    sources: [POLICY, 'https://requests.readthedocs.io/en/latest/api/#exceptions'],
    theme: 'media',
    truth: truthOf('NetworkPolicy/payroll/egress-baseline', ['network-policy-blocks-dns'], {
      effects: ['Deployment/payroll/payslips', 'Service/payroll/payslips'],
      change: ['NetworkPolicy/payroll/egress-baseline', 'spec.egress'],
    }),
    make: (c) => {
      addApp(c, { namespace: 'payroll', name: 'hours', image: 'ghcr.io/example/hours:1.0.4', port: 8080 });
      const w = addApp(c, {
        namespace: 'payroll',
        name: 'payslips',
        image: 'ghcr.io/example/payslips:3.3.3',
        port: 8000,
        replicas: 2,
        env: { HOURS_URL: 'http://hours:8080' },
      });
      const dns = {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
        podSelector: { matchLabels: { 'k8s-app': 'coredns' } },
      };
      const policy = c.add({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { ...c.meta('egress-baseline', 'payroll', 44_000), generation: 1 },
        spec: {
          podSelector: {},
          policyTypes: ['Egress'],
          egress: [
            {
              to: [dns],
              ports: [
                { protocol: 'UDP', port: 53 },
                { protocol: 'TCP', port: 53 },
              ],
            },
            { to: [{ podSelector: {} }] },
          ],
        },
      });
      c.changed(policy, { by: 'argocd-controller', minutesAgo: 21, fields: ['spec/egress'] });
      const reason =
        "HTTPConnectionPool(host='hours', port=8080): Max retries exceeded with url: /month (Caused by NameResolutionError(\"<urllib3.connection.HTTPConnection object at 0x7f2c81d0>: Failed to resolve 'hours' ([Errno -3] Temporary failure in name resolution)\"))";
      notReady(w, {
        minutesAgo: 20,
        pods: w.pods,
        probe: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
        log: [20, 9, 2].map((minutes) => python(c, minutes, 'ERROR', `payslips.client ${reason}`)),
      });
      say(c.workload('payroll', 'hours'), [klog(c, 50, 'I', 'main.go:31] "Serving" addr=":8080"')]);
      return c.files('must-gather');
    },
  },
];
