import type { Part } from './themes.ts';
import type { Container, EnvVar, PodTemplate, Probe } from './types.ts';

export function makeContainer(name: string, image: string, more: Partial<Container> = {}): Container {
  return {
    name,
    image,
    resources: {},
    imagePullPolicy: 'IfNotPresent',
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    ...more,
  };
}

export function makeTemplate(
  labels: Readonly<Record<string, string>>,
  container: Container,
  more: Record<string, unknown> = {},
): PodTemplate {
  return {
    metadata: { labels: { ...labels } },
    spec: {
      containers: [container],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
      ...more,
    },
  };
}

const MEMORY: Readonly<Record<Part['language'], readonly [request: string, limit: string]>> = {
  go: ['64Mi', '256Mi'],
  java: ['512Mi', '1Gi'],
  node: ['128Mi', '384Mi'],
  python: ['128Mi', '512Mi'],
  nginx: ['32Mi', '128Mi'],
  redis: ['128Mi', '256Mi'],
  postgres: ['512Mi', '2Gi'],
  store: ['512Mi', '2Gi'],
};

function probesOf({ language, port }: Part): Pick<Container, 'readinessProbe' | 'livenessProbe'> {
  const timing = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
  const exec = (command: string[]): Probe => ({ exec: { command }, ...timing, timeoutSeconds: 5 });
  if (language === 'redis') return { readinessProbe: exec(['redis-cli', 'ping']) };
  if (language === 'postgres') return { readinessProbe: exec(['pg_isready', '-U', 'postgres']) };
  if (language === 'store') return { readinessProbe: { tcpSocket: { port }, ...timing } };
  const http = (path: string): Probe => ({ httpGet: { path, port, scheme: 'HTTP' }, ...timing });
  if (language === 'nginx') return { readinessProbe: http('/healthz') };
  const slow = language === 'java' ? { initialDelaySeconds: 60 } : { initialDelaySeconds: 5 };
  return { readinessProbe: http('/ready'), livenessProbe: { ...http('/healthz'), ...slow } };
}

/** The URL or address by which a client reaches a Service. */
function addressOf(part: Part): readonly [variable: string, value: string] {
  const upper = part.name.toUpperCase().replaceAll('-', '_');
  const port = part.servicePort ?? part.port;
  const speaksHttp = part.kind === 'Deployment' || part.name === 'opensearch';
  if (speaksHttp) return [`${upper}_URL`, `http://${part.name}${port === 80 ? '' : `:${port}`}`];
  return [`${upper}_ADDR`, `${part.name}:${port}`];
}

function envOf(part: Part, siblings: readonly Part[]): EnvVar[] {
  const env: EnvVar[] = [{ name: 'LOG_LEVEL', value: 'info' }];
  for (const call of part.calls ?? []) {
    const target = siblings.find(({ name }) => name === call);
    if (target === undefined) throw new Error(`${part.name} calls ${call}, which is not there`);
    const [name, value] = addressOf(target);
    env.push({ name, value });
  }
  for (const key of Object.keys(part.config ?? {})) {
    if (key.includes('.')) continue;
    const name = key.toUpperCase().replaceAll('-', '_');
    env.push({ name, valueFrom: { configMapKeyRef: { name: `${part.name}-config`, key } } });
  }
  for (const key of part.secret ?? []) {
    const name = `${part.name}_${key}`.toUpperCase().replaceAll('-', '_');
    env.push({ name, valueFrom: { secretKeyRef: { name: `${part.name}-credentials`, key } } });
  }
  return env;
}

/** The pod template of a background workload. */
export function templateOf(part: Part, siblings: readonly Part[]): PodTemplate {
  const [request, limit] = MEMORY[part.language];
  const files = Object.keys(part.config ?? {}).filter((key) => key.includes('.'));
  const mounts: { name: string; mountPath: string; readOnly?: boolean }[] = [];
  const volumes: Record<string, unknown>[] = [];
  if (files.length > 0) {
    mounts.push({ name: 'config', mountPath: '/etc/app', readOnly: true });
    volumes.push({ name: 'config', configMap: { name: `${part.name}-config`, defaultMode: 420 } });
  }
  if (part.disk !== undefined) {
    mounts.push({ name: 'data', mountPath: '/data' });
    if (part.kind === 'Deployment')
      volumes.push({ name: 'data', persistentVolumeClaim: { claimName: 'archive' } });
  }
  const container = makeContainer(part.name, part.image, {
    env: envOf(part, siblings),
    ports: [
      { name: part.kind === 'Deployment' ? 'http' : part.name, containerPort: part.port, protocol: 'TCP' },
    ],
    resources: { requests: { cpu: '100m', memory: request }, limits: { cpu: '1', memory: limit } },
    ...probesOf(part),
    ...(part.language === 'redis' && files.length > 0
      ? { command: ['redis-server', '/etc/app/redis.conf'] }
      : {}),
    ...(mounts.length > 0 ? { volumeMounts: mounts } : {}),
  });
  return makeTemplate({ app: part.name, 'app.kubernetes.io/part-of': 'platform' }, container, {
    serviceAccountName: part.name,
    serviceAccount: part.name,
    ...(volumes.length > 0 ? { volumes } : {}),
  });
}
