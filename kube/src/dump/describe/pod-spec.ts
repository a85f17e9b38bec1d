import type { JsonObject } from '../../json.ts';
import { isoTime, parseAgeUs, parseLongTimeUs } from '../ages.ts';
import type { DescribedLine } from './tree.ts';
import { childOf, valueOf, valuesOf } from './tree.ts';

/** Containers, volumes and scheduling of a pod or of a pod template, as `describe` prints both. */
export function podSpec(lines: readonly DescribedLine[]): JsonObject {
  return {
    containers: containerLines(lines, 'Containers').map(containerSpec),
    initContainers: containerLines(lines, 'Init Containers').map(containerSpec),
    volumes: (childOf(lines, 'Volumes')?.below ?? []).flatMap(volumeOf),
    ...present({
      serviceAccountName: valueOf(lines, 'Service Account'),
      priorityClassName: valueOf(lines, 'Priority Class Name'),
      runtimeClassName: valueOf(lines, 'Runtime Class Name'),
      nodeSelector: pairsOf(valuesOf(lines, 'Node-Selectors')),
    }),
    tolerations: valuesOf(lines, 'Tolerations').flatMap(tolerationOf),
  };
}

export function containerLines(lines: readonly DescribedLine[], key: string): readonly DescribedLine[] {
  return (childOf(lines, key)?.below ?? []).filter((line) => line.key !== undefined && line.below.length > 0);
}

/** Labels, annotations and selectors: `app=web`, or `key: value` as annotations are printed. */
export function pairsOf(values: readonly string[]): Record<string, string> | undefined {
  const pairs = values
    .flatMap((value) =>
      value.includes('=') && !/^\S+: /.test(value) ? value.split(/,(?=[^,=]+=)/) : [value],
    )
    .flatMap((value) => {
      const match = /^([^=:\s]+)(?:=|: ?)(.*)$/s.exec(value.trim());
      return match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const];
    });
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

function containerSpec(line: DescribedLine): JsonObject {
  const { below } = line;
  const ports = (valueOf(below, 'Ports', 'Port') ?? '').matchAll(/(\d{1,5})\/([A-Z]+)(?: \(([^)]+)\))?/g);
  const hostPorts = [...(valueOf(below, 'Host Ports', 'Host Port') ?? '').matchAll(/(\d{1,5})\/[A-Z]+/g)];
  return {
    name: line.key,
    ...present({
      image: valueOf(below, 'Image'),
      command: listOf(below, 'Command'),
      args: listOf(below, 'Args'),
      livenessProbe: probeOf(valueOf(below, 'Liveness')),
      readinessProbe: probeOf(valueOf(below, 'Readiness')),
      startupProbe: probeOf(valueOf(below, 'Startup')),
    }),
    ports: [...ports].map(([, port, protocol, name], index) => {
      const hostPort = Number(hostPorts[index]?.[1] ?? 0);
      return {
        containerPort: Number(port),
        protocol,
        ...present({ name, hostPort: hostPort === 0 ? undefined : hostPort }),
      };
    }),
    resources: present({ limits: quantities(below, 'Limits'), requests: quantities(below, 'Requests') }),
    env: (childOf(below, 'Environment')?.below ?? []).flatMap(envOf),
    envFrom: (childOf(below, 'Environment Variables from')?.below ?? []).flatMap(envFromOf),
    volumeMounts: (childOf(below, 'Mounts')?.below ?? []).flatMap(mountOf),
  };
}

function listOf(lines: readonly DescribedLine[], key: string): string[] | undefined {
  const below = childOf(lines, key)?.below ?? [];
  return below.length === 0 ? undefined : below.map(({ text }) => text);
}

function quantities(lines: readonly DescribedLine[], key: string): JsonObject | undefined {
  const below = childOf(lines, key)?.below ?? [];
  const entries = below.flatMap((l) =>
    l.key === undefined || l.value === undefined ? [] : [[l.key, l.value] as const],
  );
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** `DB_PASSWORD:  <set to the key 'password' in secret 'db'>  Optional: false` */
function envOf({ key, text }: DescribedLine): JsonObject[] {
  if (key === undefined) return [];
  const value = text.slice(key.length + 1).trim();
  const from =
    /^<set to the key '([^']*)' (?:in|of) (secret|config map) '([^']*)'>(?:\s+Optional: (true|false))?/.exec(
      value,
    );
  if (from !== null) {
    const [, name, source, object, optional] = from;
    const reference = { name: object, key: name, ...(optional === 'true' ? { optional: true } : {}) };
    return [
      {
        name: key,
        valueFrom: source === 'secret' ? { secretKeyRef: reference } : { configMapKeyRef: reference },
      },
    ];
  }
  const field = /^\s*\((v\d\S*):([^)]+)\)$/.exec(value);
  if (field !== null)
    return [{ name: key, valueFrom: { fieldRef: { apiVersion: field[1], fieldPath: field[2] } } }];
  return [{ name: key, value }];
}

/** `checkout-config  ConfigMap  Optional: false` */
function envFromOf({ text }: DescribedLine): JsonObject[] {
  const match = /^(\S+)\s+(ConfigMap|Secret)(?: with prefix '([^']*)')?(?:\s+Optional: (true|false))?/.exec(
    text,
  );
  if (match === null) return [];
  const [, name, kind, prefix, optional] = match;
  const reference = { name, ...(optional === 'true' ? { optional: true } : {}) };
  return [
    {
      ...present({ prefix }),
      ...(kind === 'Secret' ? { secretRef: reference } : { configMapRef: reference }),
    },
  ];
}

/** `/etc/checkout from config (ro,path="app.yaml")` */
function mountOf({ text }: DescribedLine): JsonObject[] {
  const match = /^(\/.*?) from (\S+) \(([^)]*)\)$/.exec(text);
  if (match === null) return [];
  const [, mountPath, name, how = ''] = match;
  const subPath = /path="([^"]*)"/.exec(how)?.[1];
  return [{ name, mountPath, ...(/^ro\b/.test(how) ? { readOnly: true } : {}), ...present({ subPath }) }];
}

/** `http-get http://:8080/healthz delay=0s timeout=1s period=10s #success=1 #failure=3` */
function probeOf(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  const number = (name: string): number | undefined => {
    const found = new RegExp(`${name}=(\\d+)`).exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const timing = present({
    initialDelaySeconds: number('delay'),
    timeoutSeconds: number('timeout'),
    periodSeconds: number('period'),
    successThreshold: number('#success'),
    failureThreshold: number('#failure'),
  });
  const http = /^http-get (https?):\/\/([^/\s]*):([^/\s:]*)(\/\S*)?/.exec(text);
  if (http !== null) {
    const [, scheme = 'http', host = '', port = '', path] = http;
    return {
      httpGet: {
        scheme: scheme.toUpperCase(),
        port: portOf(port),
        ...present({ path, host: host === '' ? undefined : host }),
      },
      ...timing,
    };
  }
  const tcp = /^tcp-socket ([^:\s]*):(\S+)/.exec(text);
  if (tcp !== null) return { tcpSocket: { port: portOf(tcp[2] ?? '') }, ...timing };
  const grpc = /^grpc (?:<pod>)?:(\d+)(?: ((?!delay)\S+))?/.exec(text);
  if (grpc !== null) return { grpc: { port: Number(grpc[1]), ...present({ service: grpc[2] }) }, ...timing };
  const exec = /^exec \[(.*)\] delay=/.exec(text);
  return exec === null ? undefined : { exec: { command: (exec[1] ?? '').split(' ') }, ...timing };
}

function portOf(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** `key=value:NoSchedule op=Exists for 300s` */
function tolerationOf(text: string): JsonObject[] {
  const match = /^([^=:\s]*)(?:=([^:\s]*))?(?::(\w+))?(?: op=(\w+))?(?: for (\S+))?$/.exec(text.trim());
  if (match === null) return [];
  const [, key = '', value, effect, operator, forText] = match;
  const seconds = parseAgeUs(forText ?? '');
  return [
    present({
      key: key === '' ? undefined : key,
      operator: operator ?? (value === undefined ? 'Exists' : 'Equal'),
      value,
      effect,
      tolerationSeconds: seconds === undefined ? undefined : seconds / 1_000_000,
    }),
  ];
}

function volumeOf({ key, below }: DescribedLine): JsonObject[] {
  const type = valueOf(below, 'Type')?.split(' ')[0];
  if (key === undefined || type === undefined) return [];
  const optional = valueOf(below, 'Optional') === 'true' ? { optional: true } : {};
  const name = valueOf(below, 'Name');
  switch (type) {
    case 'ConfigMap':
      return [{ name: key, configMap: { name, ...optional } }];
    case 'Secret':
      return [{ name: key, secret: { secretName: valueOf(below, 'SecretName'), ...optional } }];
    case 'PersistentVolumeClaim':
      return [{ name: key, persistentVolumeClaim: { claimName: valueOf(below, 'ClaimName') } }];
    case 'HostPath':
      return [
        {
          name: key,
          hostPath: present({ path: valueOf(below, 'Path'), type: valueOf(below, 'HostPathType') }),
        },
      ];
    case 'EmptyDir':
      return [
        {
          name: key,
          emptyDir: present({ medium: valueOf(below, 'Medium'), sizeLimit: valueOf(below, 'SizeLimit') }),
        },
      ];
    default:
      // Of other types it matters that the volume is there.
      return [{ name: key, [`${type.charAt(0).toLowerCase()}${type.slice(1)}`]: {} }];
  }
}

/** Status of a container as its lines say it. */
export function containerStatus(line: DescribedLine): JsonObject {
  const { below } = line;
  const last = childOf(below, 'Last State');
  return {
    name: line.key,
    ready: valueOf(below, 'Ready') === 'True',
    restartCount: Number(valueOf(below, 'Restart Count') ?? 0),
    state: stateOf(childOf(below, 'State')),
    lastState: last === undefined ? {} : stateOf(last),
    ...present({
      image: valueOf(below, 'Image'),
      imageID: valueOf(below, 'Image ID'),
      containerID: valueOf(below, 'Container ID'),
    }),
  };
}

function stateOf(line: DescribedLine | undefined): JsonObject {
  if (line === undefined) return {};
  const { value, below } = line;
  const time = (key: string): string | undefined => {
    const us = parseLongTimeUs(valueOf(below, key));
    return us === undefined ? undefined : isoTime(us);
  };
  const why = present({ reason: valueOf(below, 'Reason'), message: valueOf(below, 'Message') });
  if (value === 'Running') return { running: present({ startedAt: time('Started') }) };
  if (value === 'Waiting') return { waiting: why };
  if (value !== 'Terminated') return {};
  const exitCode = Number(valueOf(below, 'Exit Code'));
  return {
    terminated: {
      ...why,
      ...(Number.isSafeInteger(exitCode) ? { exitCode } : {}),
      ...present({
        signal: numberOf(valueOf(below, 'Signal')),
        startedAt: time('Started'),
        finishedAt: time('Finished'),
      }),
    },
  };
}

export function numberOf(text: string | undefined): number | undefined {
  const number = Number.parseInt(text ?? '', 10);
  return Number.isNaN(number) ? undefined : number;
}

/** The entries that are there. */
export function present(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
