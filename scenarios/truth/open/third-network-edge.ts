import { addApp, crashing, failingClient, say, slog } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { truthOf } from './kit.ts';

export const THIRD_EDGE: readonly OpenCase[] = [
  {
    id: 'open-third-own-resolver',
    title: 'a pod goes by resolvers of its own, and the one that is named is not the one of this cluster',
    sources: ['https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-dns-config'],
    theme: 'media',
    truth: truthOf('Deployment/media/uploader', ['dns-policy-wrong'], {
      change: ['Deployment/media/uploader', 'dnsConfig'],
    }),
    make: (c) => {
      c.workload('media', 'uploader').roll(
        {
          by: 'helm',
          minutesAgo: 38,
          fields: ['spec/template/spec/dnsPolicy', 'spec/template/spec/dnsConfig'],
        },
        (_container, template) => {
          template.spec.dnsPolicy = 'None';
          template.spec['dnsConfig'] = {
            nameservers: ['10.43.0.10'],
            searches: ['media.svc.cluster.local', 'svc.cluster.local'],
            options: [{ name: 'ndots', value: '5' }],
          };
        },
      );
      failingClient(c, {
        namespace: 'media',
        client: 'uploader',
        sinceMinutesAgo: 37,
        lines: [
          'TIME ERROR 1 --- [onPool-worker-3] c.e.uploader.ApiClient                   : java.net.UnknownHostException: api: Temporary failure in name resolution',
        ],
      });
      return c.files('text');
    },
  },
  {
    id: 'open-third-database-name',
    title: 'the address and the account are right, but the database of that name was never made',
    sources: ['https://www.postgresql.org/docs/16/errcodes-appendix.html (3D000)'],
    theme: 'retail',
    truth: truthOf('Deployment/shop/inventory', ['config-value-invalid'], {
      effects: ['Service/shop/inventory'],
      change: ['Deployment/shop/inventory', 'env DB_NAME'],
    }),
    make: (c) => {
      const w = c.workload('shop', 'inventory');
      w.roll({ by: 'kubectl-set', minutesAgo: 27, fields: ['env/{DB_NAME}/value'] }, (container) => {
        container.env = [...(container.env ?? []), { name: 'DB_NAME', value: 'inventroy' }];
      });
      crashing(w, {
        exitCode: 1,
        minutesAgo: 27,
        log: [
          slog(c, 2.6, {
            level: 'ERROR',
            msg: 'open database',
            error:
              'failed to connect to `user=inventory database=inventroy`: FATAL: database "inventroy" does not exist (SQLSTATE 3D000)',
          }),
        ],
      });
      say(
        c.workload('shop', 'postgres'),
        [20, 9, 3].map(
          (minutes) =>
            `${c.ago(minutes).replace('T', ' ').replace('Z', '')}.118 UTC [${900 - minutes}] FATAL:  database "inventroy" does not exist`,
        ),
      );
      return c.files('json');
    },
  },
  {
    id: 'open-third-node-port',
    title: "a chart wants a port of the nodes for its Service that the ingress controller's has",
    sources: [
      'pkg/registry/core/service/portallocator (provided port is already allocated)',
      'https://fluxcd.io/flux/components/helm/helmreleases/',
    ],
    theme: 'media',
    truth: truthOf('Service/games/lobby', ['node-port-conflict'], {
      effects: ['the release is not installed'],
    }),
    make: (c) => {
      c.namespace('games', 300);
      c.event(
        { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', namespace: 'games', name: 'lobby' },
        {
          type: 'Warning',
          reason: 'InstallFailed',
          message:
            'Helm install failed for release games/lobby with chart lobby@0.9.2: 1 error occurred:\n\t* Service "lobby" is invalid: spec.ports[0].nodePort: Invalid value: 31080: provided port is already allocated\n\n',
          count: 6,
          sinceMinutesAgo: 38,
          minutesAgo: 5,
          component: 'helm-controller',
        },
      );
      return c.files('json');
    },
  },
  {
    id: 'open-third-address-pool',
    title: 'the pool from which load balancers take their addresses is used up',
    sources: ['https://github.com/metallb/metallb/blob/main/controller/service.go (AllocationFailed)'],
    theme: 'retail',
    truth: truthOf('Service/games/match', ['load-balancer-pending'], {}),
    make: (c) => {
      addApp(c, {
        namespace: 'games',
        name: 'match-server',
        image: 'registry.example.com/games/match:1.1.0',
        port: 7777,
        portName: 'game',
        servicePort: null,
        minutesAgo: 50,
      });
      const service = c.service('games', 'match', {
        type: 'LoadBalancer',
        selector: { app: 'match-server' },
        ports: [{ name: 'game', port: 7777, targetPort: 7777, protocol: 'TCP', nodePort: 30_777 }],
        minutesAgo: 50,
      });
      c.event(service, {
        type: 'Warning',
        reason: 'AllocationFailed',
        message: 'Failed to allocate IP for "games/match": no available IPs',
        count: 11,
        sinceMinutesAgo: 49.9,
        minutesAgo: 6,
        component: 'metallb-controller',
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-third-mail-refused',
    title: 'a mail server outside of the cluster takes no connection any more',
    sources: ['https://docs.python.org/3/library/smtplib.html'],
    theme: 'retail',
    truth: truthOf('Deployment/shop/mailer', ['dependency-refused'], {}),
    make: (c) => {
      failingClient(c, {
        namespace: 'shop',
        client: 'mailer',
        sinceMinutesAgo: 52,
        lines: [
          'TIME ERROR mail 8831 not sent to smtp.example.com:587',
          'ConnectionRefusedError: [Errno 111] Connection refused',
        ],
      });
      return c.files('json');
    },
  },
];
