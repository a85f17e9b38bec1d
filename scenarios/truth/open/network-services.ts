import { addressOfService, failingClient, notReady } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { ask, setEnv, specOf, truthOf } from './kit.ts';

const SERVICE = 'https://kubernetes.io/docs/concepts/services-networking/service/';
const DEBUG = 'https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/';
const DNS = 'https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/';

export const SERVICES: readonly OpenCase[] = [
  {
    id: 'open-selector-instance',
    title: 'a Service was given a second label to select by, which its pods do not carry',
    sources: [SERVICE, DEBUG],
    theme: 'retail',
    truth: truthOf('Service/shop/inventory', ['service-selector-mismatch'], {
      effects: ['Deployment/shop/checkout'],
      change: ['Service/shop/inventory', 'spec.selector'],
    }),
    make: (c) => {
      const service = c.get('Service', 'shop', 'inventory');
      specOf(service)['selector'] = { app: 'inventory', 'app.kubernetes.io/instance': 'prod' };
      c.changed(service, {
        by: 'helm',
        minutesAgo: 33,
        fields: ['spec/selector'],
      });
      ask(c, {
        namespace: 'shop',
        clients: ['checkout'],
        service: 'inventory',
        trouble: 'refused',
        minutesAgo: 32,
      });
      return c.files('json');
    },
  },
  {
    id: 'open-selector-instance-b',
    twinOf: 'open-selector-instance',
    title:
      'the Service selects its pods, but none is ready: the readiness probe asks for a path that they do not serve',
    sources: [DEBUG, 'pkg/probe/http/http.go'],
    theme: 'retail',
    truth: truthOf('Deployment/shop/inventory', ['readiness-probe-wrong-path'], {
      effects: ['Service/shop/inventory', 'Deployment/shop/checkout'],
      change: ['Deployment/shop/inventory', 'readinessProbe.httpGet.path'],
    }),
    make: (c) => {
      const w = c.workload('shop', 'inventory');
      w.roll(
        { by: 'helm', minutesAgo: 33, fields: ['readinessProbe/httpGet/path'], mode: 'recreate' },
        (container) => {
          if (container.readinessProbe?.httpGet !== undefined)
            container.readinessProbe.httpGet.path = '/readyz';
        },
      );
      const lines = [10, 7, 4, 1].map(
        (minutes) =>
          `time=${c.ago(minutes)} level=INFO msg="request" method=GET path=/readyz status=404 duration=1ms`,
      );
      notReady(w, {
        minutesAgo: 33,
        probe: 'Readiness probe failed: HTTP probe failed with statuscode: 404',
        log: [`time=${c.ago(32)} level=INFO msg="listening" port=8080`, ...lines],
      });
      ask(c, {
        namespace: 'shop',
        clients: ['checkout'],
        service: 'inventory',
        trouble: 'refused',
        minutesAgo: 32,
      });
      return c.files('json');
    },
  },
  {
    id: 'open-target-port',
    title: 'a Service sends to a port that its pods do not open',
    sources: [SERVICE, DEBUG],
    theme: 'media',
    truth: truthOf('Service/social/graph', ['service-target-port-mismatch'], {
      effects: ['Deployment/social/timeline'],
      change: ['Service/social/graph', 'spec.ports'],
    }),
    make: (c) => {
      const service = c.get('Service', 'social', 'graph');
      specOf(service)['ports'] = [{ name: 'http', port: 80, targetPort: 8088, protocol: 'TCP' }];
      c.changed(service, { by: 'kubectl-edit', minutesAgo: 70, fields: ['spec/ports'] });
      ask(c, {
        namespace: 'social',
        clients: ['timeline'],
        service: 'graph',
        trouble: 'refused',
        minutesAgo: 69,
      });
      return c.files('must-gather');
    },
  },
  {
    id: 'open-target-port-b',
    twinOf: 'open-target-port',
    title: 'a Service forwards UDP where its pods speak TCP',
    sources: [SERVICE, 'pkg/proxy/iptables/proxier.go'],
    theme: 'media',
    truth: truthOf('Service/social/redis', ['service-protocol-mismatch'], {
      effects: ['Deployment/social/profile'],
      change: ['Service/social/redis', 'spec.ports'],
    }),
    make: (c) => {
      const service = c.get('Service', 'social', 'redis');
      specOf(service)['ports'] = [{ name: 'redis', port: 6379, targetPort: 6379, protocol: 'UDP' }];
      c.changed(service, { by: 'kubectl-edit', minutesAgo: 52, fields: ['spec/ports'] });
      const address = addressOfService(c, 'social', 'redis');
      for (const client of ['profile', 'chat'])
        failingClient(c, {
          namespace: 'social',
          client,
          sinceMinutesAgo: 50,
          lines: [
            `time=TIME level=ERROR msg="redis: connection pool: failed to dial" error="dial tcp ${address}: i/o timeout"`,
          ],
        });
      return c.files('yaml');
    },
  },
  {
    id: 'open-port-in-config-map',
    title: 'an address in a ConfigMap has a port that the Service does not have',
    sources: [SERVICE, 'https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/'],
    theme: 'retail',
    truth: truthOf('Deployment/shop/recommendations', ['wrong-service-port'], {
      effects: ['Service/shop/recommendations'],
      change: ['ConfigMap/shop/recommendations-config', 'data.redis-addr'],
    }),
    make: (c) => {
      const map = c.configMap('shop', 'recommendations-config', { 'redis-addr': 'redis:6380' });
      c.changed(map, { by: 'kubectl-edit', minutesAgo: 48, fields: ['data/redis-addr'] });
      const w = c.workload('shop', 'recommendations');
      w.roll(
        { by: 'kubectl-rollout', minutesAgo: 45, fields: ['env/{REDIS_ADDR}/valueFrom'] },
        (container) => {
          container.env = (container.env ?? []).filter(({ name }) => name !== 'REDIS_ADDR');
          container.env.push({
            name: 'REDIS_ADDR',
            valueFrom: { configMapKeyRef: { name: 'recommendations-config', key: 'redis-addr' } },
          });
        },
      );
      failingClient(c, {
        namespace: 'shop',
        client: 'recommendations',
        sinceMinutesAgo: 44,
        lines: [
          '[TIME] [ERROR] redis.exceptions.TimeoutError: Timeout connecting to server redis:6380',
          '[TIME] [WARNING] serving popular items instead',
        ],
        notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-port-in-config-map-b',
    twinOf: 'open-port-in-config-map',
    title: 'the address is right, but the Service sends to a port on which Redis does not listen',
    sources: [SERVICE, DEBUG],
    theme: 'retail',
    truth: truthOf('Service/shop/redis', ['service-target-port-mismatch'], {
      effects: ['Deployment/shop/recommendations', 'Service/shop/recommendations'],
      change: ['Service/shop/redis', 'spec.ports'],
    }),
    make: (c) => {
      const service = c.get('Service', 'shop', 'redis');
      specOf(service)['ports'] = [{ name: 'redis', port: 6379, targetPort: 6380, protocol: 'TCP' }];
      c.changed(service, { by: 'kubectl-client-side-apply', minutesAgo: 45, fields: ['spec/ports'] });
      const address = addressOfService(c, 'shop', 'redis');
      failingClient(c, {
        namespace: 'shop',
        client: 'recommendations',
        sinceMinutesAgo: 44,
        lines: [
          '[TIME] [ERROR] redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.',
        ],
        notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      });
      failingClient(c, {
        namespace: 'shop',
        client: 'cart',
        sinceMinutesAgo: 44,
        lines: [`time=TIME level=ERROR msg="redis" error="dial tcp ${address}: connect: connection refused"`],
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-namespace-in-url',
    title: 'a URL names a namespace that is not there',
    sources: [DNS],
    theme: 'retail',
    truth: truthOf('Deployment/billing/gateway', ['wrong-service-namespace', 'wrong-service-address'], {
      change: ['Deployment/billing/gateway', 'env.RATES_URL'],
    }),
    make: (c) => {
      const host = 'rates.pricing.svc.cluster.local';
      setEnv(c.workload('billing', 'gateway'), {
        name: 'RATES_URL',
        value: `http://${host}`,
        minutesAgo: 39,
      });
      ask(c, {
        namespace: 'billing',
        clients: ['gateway'],
        service: 'rates',
        host,
        trouble: 'no-host',
        minutesAgo: 38,
      });
      return c.files('cluster-info');
    },
  },
  {
    id: 'open-namespace-in-url-b',
    twinOf: 'open-namespace-in-url',
    title: 'the URL is as ever, but the Service was deleted',
    sources: [DNS, DEBUG],
    theme: 'retail',
    truth: truthOf('Deployment/billing/gateway', ['service-missing', 'wrong-service-address']),
    make: (c) => {
      c.remove(c.get('Service', 'billing', 'rates'));
      ask(c, {
        namespace: 'billing',
        clients: ['gateway'],
        service: 'rates',
        trouble: 'no-host',
        minutesAgo: 38,
      });
      return c.files('cluster-info');
    },
  },
  {
    id: 'open-wrong-service',
    title: 'the address of one Service was given for another one, which answers that it knows no such path',
    sources: [
      'https://12factor.net/backing-services',
      'https://opentelemetry.io/docs/demo/services/checkout/',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/shop/checkout', ['wrong-service-address'], {
      change: ['Deployment/shop/checkout', 'env.PAYMENTS_URL'],
    }),
    make: (c) => {
      setEnv(c.workload('shop', 'checkout'), {
        name: 'PAYMENTS_URL',
        value: 'http://inventory',
        minutesAgo: 57,
      });
      failingClient(c, {
        namespace: 'shop',
        client: 'checkout',
        sinceMinutesAgo: 56,
        lines: [
          '{"level":"error","ts":"TIME","msg":"charge failed","url":"http://inventory/v2/charges","status":404,"body":"404 page not found"}',
        ],
      });
      return c.files('must-gather');
    },
  },
  {
    id: 'open-wrong-service-b',
    twinOf: 'open-wrong-service',
    title: 'the address is right, and the other side does not take the credentials',
    sources: ['https://www.rfc-editor.org/rfc/rfc9110#name-401-unauthorized'],
    theme: 'retail',
    truth: truthOf('Deployment/shop/checkout', ['authentication-failed'], {
      effects: ['Service/shop/checkout'],
    }),
    make: (c) => {
      failingClient(c, {
        namespace: 'shop',
        client: 'checkout',
        sinceMinutesAgo: 56,
        lines: [
          '{"level":"error","ts":"TIME","msg":"charge failed","url":"http://payments/v2/charges","status":401,"error":"authentication failed: invalid api key"}',
        ],
        notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      });
      return c.files('must-gather');
    },
  },
];
