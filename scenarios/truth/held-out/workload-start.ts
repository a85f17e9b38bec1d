import type { DumpFiles } from '../case.ts';
import {
  cluster,
  crashing,
  pullNormals,
  pullWarnings,
  refused,
  runcError,
  waiting,
} from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';

type Builders = Readonly<Record<string, (id: string) => DumpFiles>>;

/** Containers that are never started: configuration, image, runtime. */
export const START: Builders = {
  'workload-02': (id) => {
    const c = cluster(id, 'retail');
    const config = c.get('ConfigMap', 'shop', 'mailer-config');
    config['data'] = { 'smtp-hostname': 'smtp.example.com', 'smtp-port': '587' };
    c.changed(config, { by: 'kubectl-edit', minutesAgo: 190, fields: ['data/smtp-hostname'] });
    const w = c.workload('shop', 'mailer');
    w.roll(
      {
        by: 'kubectl-rollout',
        minutesAgo: 51,
        fields: ['spec/template/metadata/annotations'],
        mode: 'recreate',
      },
      (_, template) => {
        template.metadata.annotations = { 'kubectl.kubernetes.io/restartedAt': c.ago(51) };
      },
    );
    const message = "couldn't find key smtp-host in ConfigMap shop/mailer-config";
    waiting(w, {
      reason: 'CreateContainerConfigError',
      message,
      minutesAgo: 51,
      warnings: [['Failed', `Error: ${message}`, 231]],
      normals: [['Pulled', `Container image "${w.container.image}" already present on machine`, 231]],
    });
    return c.files('yaml');
  },
  'workload-02b': (id) => {
    const c = cluster(id, 'retail');
    const w = c.workload('shop', 'mailer');
    w.roll(
      {
        by: 'kubectl-client-side-apply',
        minutesAgo: 33,
        fields: ['env/{SMTP_PASSWORD}/valueFrom/secretKeyRef'],
        mode: 'recreate',
      },
      (container) => {
        container.env = [
          ...(container.env ?? []),
          { name: 'SMTP_PASSWORD', valueFrom: { secretKeyRef: { name: 'mailer-smtp', key: 'password' } } },
        ];
      },
    );
    const message = 'secret "mailer-smtp" not found';
    waiting(w, {
      reason: 'CreateContainerConfigError',
      message,
      minutesAgo: 33,
      warnings: [['Failed', `Error: ${message}`, 148]],
      normals: [['Pulled', `Container image "${w.container.image}" already present on machine`, 148]],
    });
    return c.files('yaml');
  },
  'workload-03': (id) => {
    const c = cluster(id, 'retail');
    const image = 'registry-internal.example.com/billing/invoices:4.1.0';
    const w = c.workload('billing', 'invoices');
    w.roll({ by: 'kubectl-set', minutesAgo: 26, fields: ['image'], mode: 'stuck' }, (container) => {
      container.image = image;
    });
    const reason = `failed to resolve reference "${image}": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://registry-internal.example.com/token?scope=repository%3Abilling%2Finvoices%3Apull&service=registry-internal.example.com: 401 Unauthorized`;
    waiting(w, {
      reason: 'ImagePullBackOff',
      message: `Back-off pulling image "${image}"`,
      minutesAgo: 26,
      warnings: pullWarnings(image, reason),
      normals: pullNormals(image),
    });
    return c.files('text');
  },
  'workload-03b': (id) => {
    const c = cluster(id, 'retail');
    const image = 'docker.io/example/invoices:4.0.3';
    const w = c.workload('billing', 'invoices');
    w.roll(
      { by: 'kubectl-client-side-apply', minutesAgo: 11_000, fields: ['image', 'imagePullPolicy'] },
      (container) => {
        container.image = image;
        container.imagePullPolicy = 'Always';
      },
    );
    w.dropPods(w.pods.slice(1));
    const pod = w.addPod(31);
    const reason = `failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/example/invoices/manifests/sha256:${c.dice.hex(64)}: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit`;
    waiting(w, {
      reason: 'ImagePullBackOff',
      message: `Back-off pulling image "${image}"`,
      minutesAgo: 31,
      pods: [pod],
      warnings: pullWarnings(image, reason),
      normals: pullNormals(image),
    });
    return c.files('cluster-info');
  },
  'workload-04': (id) => {
    const c = cluster(id, 'media');
    const w = c.workload('media', 'uploader');
    w.roll(
      {
        by: 'kubectl-edit',
        minutesAgo: 18,
        fields: ['resources/limits/memory', 'resources/requests/memory'],
        mode: 'stuck',
      },
      (container) => {
        container.resources = {
          requests: { cpu: '100m', memory: '4Mi' },
          limits: { cpu: '1', memory: '4Mi' },
        };
      },
    );
    crashing(w, {
      exitCode: 128,
      reason: 'StartError',
      message: runcError('container init was OOM-killed (memory limit too low?)'),
      minutesAgo: 18,
      restarts: 7,
      log: [],
    });
    return c.files('json');
  },
  'workload-04b': (id) => {
    const c = cluster(id, 'media');
    const w = c.workload('media', 'uploader');
    w.roll(
      {
        by: 'kubectl-edit',
        minutesAgo: 44,
        fields: ['resources/limits/memory', 'resources/requests/memory'],
      },
      (container) => {
        container.resources = {
          requests: { cpu: '100m', memory: '256Mi' },
          limits: { cpu: '1', memory: '256Mi' },
        };
      },
    );
    const second = (minutes: number): string => c.ago(minutes).replace('Z', '.204Z');
    crashing(w, {
      exitCode: 137,
      reason: 'OOMKilled',
      minutesAgo: 40,
      restarts: 6,
      runsSeconds: 96,
      log: [
        `${second(4)}  INFO 1 --- [           main] o.s.b.w.embedded.tomcat.TomcatWebServer  : Tomcat started on port 8080 (http) with context path '/'`,
        `${second(3.2)}  INFO 1 --- [nio-8080-exec-1] c.e.upload.MultipartReceiver             : receiving 48 MiB in 12 parts`,
      ],
    });
    return c.files('json');
  },
  'workload-06': (id) => {
    const c = cluster(id, 'retail');
    const w = c.workload('billing', 'rates');
    w.roll({ by: 'kubectl-patch', minutesAgo: 24, fields: ['command'], mode: 'recreate' }, (container) => {
      container.command = ['gunicorm', '--bind', '0.0.0.0:8000', 'rates.wsgi'];
    });
    crashing(w, {
      exitCode: 128,
      reason: 'StartError',
      message: runcError('exec: "gunicorm": executable file not found in $PATH'),
      minutesAgo: 24,
      restarts: 9,
      log: [],
    });
    return c.files('text');
  },
  'workload-06b': (id) => {
    const c = cluster(id, 'retail');
    const w = c.workload('billing', 'rates');
    w.roll({ by: 'kubectl-set', minutesAgo: 24, fields: ['image'], mode: 'recreate' }, (container) => {
      container.image = 'registry.example.com/billing/rates:1.7.0';
    });
    crashing(w, {
      exitCode: 255,
      minutesAgo: 24,
      restarts: 9,
      runsSeconds: 1,
      log: ['exec /usr/local/bin/docker-entrypoint.sh: exec format error'],
    });
    return c.files('text');
  },
  'workload-11': (id) => {
    const c = cluster(id, 'media');
    const w = c.workload('social', 'moderation');
    w.roll(
      { by: 'kubectl-patch', minutesAgo: 36, fields: ['securityContext/runAsNonRoot'], mode: 'stuck' },
      (container) => {
        container.securityContext = { runAsNonRoot: true };
      },
    );
    const pod = w.firstPod();
    const message = `container has runAsNonRoot and image will run as root (pod: "${pod.metadata.name}_social(${pod.metadata.uid})", container: moderation)`;
    waiting(w, {
      reason: 'CreateContainerConfigError',
      message,
      minutesAgo: 36,
      warnings: [['Failed', `Error: ${message}`, 160]],
      normals: [['Pulled', `Container image "${w.container.image}" already present on machine`, 160]],
    });
    return c.files('must-gather');
  },
  'workload-11b': (id) => rootNotAdmitted(cluster(id, 'media')),
};

function rootNotAdmitted(c: Cluster): DumpFiles {
  const namespace = c.get('Namespace', '', 'social');
  namespace.metadata.labels = {
    ...namespace.metadata.labels,
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/enforce-version': 'latest',
  };
  const w = c.workload('social', 'moderation');
  w.roll({ by: 'kubectl-set', minutesAgo: 22, fields: ['image'], mode: 'stuck' }, (container) => {
    container.image = 'ghcr.io/example/moderation:0.32.0';
  });
  notAdmitted(w);
  return c.files('must-gather');
}

function notAdmitted(w: Parameters<typeof refused>[0]): void {
  const must = (what: string): string => `(container "moderation" must set securityContext.${what})`;
  const or = (what: string): string => `(pod or container "moderation" must set securityContext.${what})`;
  refused(w, {
    minutesAgo: 22,
    count: 17,
    reason: `pods "POD_NAME" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false ${must('allowPrivilegeEscalation=false')}, unrestricted capabilities ${must('capabilities.drop=["ALL"]')}, runAsNonRoot != true ${or('runAsNonRoot=true')}, seccompProfile ${or('seccompProfile.type to "RuntimeDefault" or "Localhost"')}`,
  });
}
