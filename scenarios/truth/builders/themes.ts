export type Language = 'go' | 'java' | 'node' | 'python' | 'nginx' | 'redis' | 'postgres' | 'store';

/** A workload of the background cluster. */
export interface Part {
  readonly name: string;
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly replicas: number;
  readonly image: string;
  readonly language: Language;
  readonly port: number;
  /** Port of its Service where that is another one. */
  readonly servicePort?: number;
  /** Services of its namespace that it asks. */
  readonly calls?: readonly string[];
  readonly config?: Readonly<Record<string, string>>;
  readonly secret?: readonly string[];
  readonly disk?: string;
}

export interface Theme {
  readonly nodes: readonly { readonly name: string; readonly zone: string }[];
  readonly controlPlane: string;
  readonly network: 'kindnet' | 'calico';
  readonly version: string;
  readonly namespaces: Readonly<Record<string, readonly Part[]>>;
}

type Rest = Partial<Omit<Part, 'name' | 'image' | 'port'>>;

function app(name: string, image: string, at: Rest & { port: number }): Part {
  return { kind: 'Deployment', replicas: 2, language: 'go', ...at, name, image };
}

const SHOP: readonly Part[] = [
  app('frontend', 'registry.example.com/shop/frontend:2.31.0', {
    port: 3000,
    servicePort: 80,
    language: 'node',
    calls: ['catalog', 'cart', 'search', 'recommendations'],
    config: { theme: 'winter', 'page-size': '24' },
  }),
  app('catalog', 'registry.example.com/shop/catalog:1.18.2', {
    port: 8080,
    servicePort: 80,
    calls: ['postgres'],
    secret: ['password'],
  }),
  app('cart', 'registry.example.com/shop/cart:1.9.4', { port: 8080, calls: ['redis'] }),
  app('checkout', 'registry.example.com/shop/checkout:3.4.1', {
    port: 8080,
    servicePort: 80,
    calls: ['payments', 'inventory', 'cart'],
  }),
  app('payments', 'registry.example.com/shop/payments:2.7.0', {
    port: 8443,
    servicePort: 80,
    language: 'java',
    secret: ['api-key'],
  }),
  app('inventory', 'registry.example.com/shop/inventory:1.4.9', {
    port: 8080,
    servicePort: 80,
    calls: ['postgres'],
    secret: ['password'],
  }),
  app('recommendations', 'registry.example.com/shop/recommendations:0.14.3', {
    port: 9090,
    language: 'python',
    calls: ['redis'],
  }),
  app('search', 'registry.example.com/shop/search:1.2.6', {
    port: 8080,
    servicePort: 80,
    language: 'java',
    calls: ['opensearch'],
  }),
  app('mailer', 'registry.example.com/shop/mailer:1.1.0', {
    port: 8025,
    replicas: 1,
    language: 'python',
    config: { 'smtp-host': 'smtp.example.com', 'smtp-port': '587' },
    secret: ['password'],
  }),
  app('opensearch', 'opensearchproject/opensearch:2.17.0', {
    port: 9200,
    kind: 'StatefulSet',
    replicas: 1,
    language: 'store',
    disk: '20Gi',
  }),
  app('postgres', 'postgres:16.4', {
    port: 5432,
    kind: 'StatefulSet',
    replicas: 1,
    language: 'postgres',
    secret: ['password'],
    disk: '20Gi',
  }),
  app('redis', 'redis:7.2.5', {
    port: 6379,
    kind: 'StatefulSet',
    replicas: 1,
    language: 'redis',
    disk: '2Gi',
  }),
];

const BILLING: readonly Part[] = [
  app('ledger', 'registry.example.com/billing/ledger:5.2.0', {
    port: 8080,
    servicePort: 80,
    calls: ['postgres'],
    secret: ['password'],
  }),
  app('invoices', 'registry.example.com/billing/invoices:4.0.3', {
    port: 8080,
    servicePort: 80,
    language: 'java',
    calls: ['tax', 'ledger'],
  }),
  app('tax', 'registry.example.com/billing/tax:1.3.1', { port: 8080, servicePort: 80 }),
  app('gateway', 'registry.example.com/billing/gateway:2.2.2', {
    port: 8080,
    servicePort: 80,
    calls: ['invoices', 'rates'],
  }),
  app('exporter', 'registry.example.com/billing/exporter:1.0.8', {
    port: 8080,
    replicas: 1,
    language: 'python',
    calls: ['ledger'],
    disk: '50Gi',
  }),
  app('reconciler', 'registry.example.com/billing/reconciler:0.9.0', {
    port: 8080,
    replicas: 1,
    language: 'node',
    calls: ['ledger', 'rabbitmq'],
  }),
  app('rates', 'registry.example.com/billing/rates:1.6.0', {
    port: 8000,
    servicePort: 80,
    language: 'python',
    config: { provider: 'ecb', refresh: '3600' },
  }),
  app('rabbitmq', 'rabbitmq:3.13.7', {
    port: 5672,
    kind: 'StatefulSet',
    replicas: 1,
    language: 'store',
    disk: '8Gi',
  }),
  app('postgres', 'postgres:15.8', {
    port: 5432,
    kind: 'StatefulSet',
    replicas: 1,
    language: 'postgres',
    secret: ['password'],
    disk: '40Gi',
  }),
];

const MEDIA: readonly Part[] = [
  app('web', 'ghcr.io/example/media-web:2026.10.1', { port: 80, language: 'nginx', calls: ['api', 'feed'] }),
  app('api', 'ghcr.io/example/media-api:2026.10.3', {
    port: 8080,
    servicePort: 80,
    replicas: 3,
    calls: ['metadata', 'mongo'],
    secret: ['token'],
  }),
  app('uploader', 'ghcr.io/example/uploader:1.22.0', { port: 8080, language: 'java', calls: ['api'] }),
  app('transcoder', 'ghcr.io/example/transcoder:6.1.1', {
    port: 8080,
    language: 'python',
    calls: ['nats'],
    config: { preset: 'h264-1080p', workers: '4' },
  }),
  app('thumbnails', 'ghcr.io/example/thumbnails:3.3.0', { port: 8080, language: 'python', calls: ['nats'] }),
  app('metadata', 'ghcr.io/example/metadata:2.9.7', {
    port: 8080,
    servicePort: 80,
    language: 'java',
    calls: ['mongo'],
  }),
  app('feed', 'ghcr.io/example/feed:1.15.2', { port: 8080, servicePort: 80, calls: ['metadata'] }),
  app('cdn-sync', 'ghcr.io/example/cdn-sync:0.8.1', { port: 8080, replicas: 1 }),
  app('mongo', 'mongo:7.0.14', {
    port: 27017,
    kind: 'StatefulSet',
    replicas: 1,
    language: 'store',
    disk: '60Gi',
  }),
  app('nats', 'nats:2.10.21', {
    port: 4222,
    kind: 'StatefulSet',
    replicas: 1,
    language: 'store',
    disk: '5Gi',
  }),
];

const SOCIAL: readonly Part[] = [
  app('profile', 'ghcr.io/example/profile:4.4.0', { port: 8080, servicePort: 80, calls: ['redis'] }),
  app('timeline', 'ghcr.io/example/timeline:3.0.2', {
    port: 8080,
    servicePort: 80,
    calls: ['graph', 'profile'],
  }),
  app('notify', 'ghcr.io/example/notify:1.7.5', { port: 8080, language: 'python', calls: ['kafka'] }),
  app('chat', 'ghcr.io/example/chat:2.0.9', {
    port: 8080,
    servicePort: 80,
    calls: ['redis'],
    secret: ['password'],
  }),
  app('graph', 'ghcr.io/example/graph:1.12.0', { port: 8080, servicePort: 80, language: 'java' }),
  app('moderation', 'ghcr.io/example/moderation:0.31.4', {
    port: 8080,
    language: 'python',
    calls: ['kafka'],
    config: { threshold: '0.82' },
  }),
  app('image-proxy', 'ghcr.io/example/image-proxy:1.1.1', { port: 8081, servicePort: 80, language: 'node' }),
  app('redis', 'redis:7.2.4', {
    port: 6379,
    kind: 'StatefulSet',
    replicas: 1,
    language: 'redis',
    config: {
      'redis.conf':
        'bind 0.0.0.0\nport 6379\nappendonly yes\nmaxmemory 200mb\nmaxmemory-policy allkeys-lru\n',
    },
    disk: '4Gi',
  }),
  app('kafka', 'apache/kafka:3.8.0', {
    port: 9092,
    kind: 'StatefulSet',
    replicas: 3,
    language: 'store',
    disk: '30Gi',
  }),
];

export const THEMES: Readonly<Record<'retail' | 'media', Theme>> = {
  retail: {
    controlPlane: 'cp-1',
    nodes: [
      { name: 'worker-1', zone: 'eu-west-1a' },
      { name: 'worker-2', zone: 'eu-west-1b' },
      { name: 'worker-3', zone: 'eu-west-1c' },
    ],
    network: 'kindnet',
    version: 'v1.31.2',
    namespaces: { shop: SHOP, billing: BILLING },
  },
  media: {
    controlPlane: 'control-0',
    nodes: [
      { name: 'pool-a-7kq2x', zone: 'fra1-a' },
      { name: 'pool-a-m9vwd', zone: 'fra1-b' },
      { name: 'pool-b-t4zzs', zone: 'fra1-b' },
    ],
    network: 'calico',
    version: 'v1.29.8',
    namespaces: { media: MEDIA, social: SOCIAL },
  },
};
