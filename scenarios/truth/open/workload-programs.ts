import { crashing } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { ask, truthOf } from './kit.ts';

const SIGNALS = 'man 7 signal';
const NGINX = 'https://nginx.org/en/docs/beginners_guide.html';

/** nginx with its configuration from a ConfigMap, which was changed lately. */
function configured(c: Cluster, text: string, error: string): ReturnType<Cluster['files']> {
  const map = c.configMap('media', 'web-config', { 'nginx.conf': text }, 60_000);
  c.changed(map, { by: 'kubectl-edit', minutesAgo: 27, fields: ['data/nginx.conf'] });
  const w = c.workload('media', 'web');
  w.roll(
    {
      by: 'kubectl-rollout',
      minutesAgo: 26,
      fields: ['spec/template/metadata/annotations'],
      mode: 'recreate',
    },
    (container, template) => {
      template.metadata.annotations = { 'kubectl.kubernetes.io/restartedAt': c.ago(26) };
      container.volumeMounts = [{ name: 'config', mountPath: '/etc/nginx/conf.d', readOnly: true }];
      template.spec.volumes = [{ name: 'config', configMap: { name: 'web-config', defaultMode: 420 } }];
    },
  );
  const stamp = c.ago(2.6).slice(0, 19).replaceAll('-', '/').replace('T', ' ');
  crashing(w, {
    exitCode: 1,
    minutesAgo: 26,
    restarts: 9,
    runsSeconds: 1,
    log: [
      '/docker-entrypoint.sh: Configuration complete; ready for start up',
      `${stamp} [emerg] 1#1: ${error}`,
    ],
  });
  return c.files('must-gather');
}

function dies(c: Cluster, exitCode: number, log: string[]): ReturnType<Cluster['files']> {
  const w = c.workload('social', 'image-proxy');
  w.roll({ by: 'kubectl-set', minutesAgo: 55, fields: ['image'], mode: 'recreate' }, (container) => {
    container.image = 'ghcr.io/example/image-proxy:1.2.0';
  });
  crashing(w, {
    exitCode,
    minutesAgo: 50,
    restarts: 7,
    runsSeconds: 140,
    log: [`[${c.ago(5)}] server listening on 8081`, ...log],
  });
  ask(c, {
    namespace: 'social',
    clients: ['timeline'],
    service: 'image-proxy',
    trouble: 'refused',
    minutesAgo: 49,
  });
  return c.files('json');
}

const DOWNSTREAM = {
  effects: ['Service/social/image-proxy', 'Deployment/social/timeline'],
  change: ['Deployment/social/image-proxy', 'image'],
} as const;

export const PROGRAMS: readonly OpenCase[] = [
  {
    id: 'open-nginx-directive',
    title: 'a directive in a ConfigMap is misspelt, and the server that reads it does not start',
    sources: [NGINX, 'nginx src/core/ngx_conf_file.c'],
    theme: 'media',
    truth: truthOf('ConfigMap/media/web-config', ['config-value-invalid'], {
      effects: ['Deployment/media/web'],
      change: ['ConfigMap/media/web-config', 'data.nginx.conf'],
    }),
    make: (c) =>
      configured(
        c,
        'server {\n  listen 80;\n  location / {\n    proxy_passs http://api;\n  }\n}\n',
        'unknown directive "proxy_passs" in /etc/nginx/conf.d/nginx.conf:4',
      ),
  },
  {
    id: 'open-nginx-directive-b',
    twinOf: 'open-nginx-directive',
    title: 'the directives are right, and one names an upstream that is not there',
    sources: [NGINX, 'nginx src/http/ngx_http_upstream.c'],
    theme: 'media',
    truth: truthOf(
      'Deployment/media/web',
      ['wrong-service-address', 'service-missing', 'dns-name-not-found'],
      {
        change: ['ConfigMap/media/web-config', 'data.nginx.conf'],
      },
    ),
    make: (c) =>
      configured(
        c,
        'server {\n  listen 80;\n  location / {\n    proxy_pass http://api-v2;\n  }\n}\n',
        'host not found in upstream "api-v2" in /etc/nginx/conf.d/nginx.conf:4',
      ),
  },
  {
    id: 'open-segfault',
    title: 'a library of a new image reads where it may not',
    sources: [SIGNALS, 'https://nodejs.org/api/process.html#exit-codes'],
    theme: 'media',
    truth: truthOf('Deployment/social/image-proxy', ['segmentation-fault'], DOWNSTREAM),
    make: (c) => dies(c, 139, [`[${c.ago(2.7)}] resizing 4096x4096`, 'Segmentation fault (core dumped)']),
  },
  {
    id: 'open-segfault-b',
    twinOf: 'open-segfault',
    title: "the program's own heap limit is reached and it aborts",
    sources: [SIGNALS, 'https://nodejs.org/api/cli.html#--max-old-space-sizesize-in-mib'],
    theme: 'media',
    truth: truthOf('Deployment/social/image-proxy', ['aborted'], DOWNSTREAM),
    make: (c) =>
      dies(c, 134, [
        '<--- Last few GCs --->',
        '[1:0x5f1c] 138021 ms: Mark-Compact 181.9 (189.2) -> 181.4 (189.9) MB, 212.11 / 0.00 ms (average mu = 0.11) allocation failure; scavenge might not succeed',
        'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
      ]),
  },
];
