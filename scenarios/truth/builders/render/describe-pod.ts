import type { Store } from '../store.ts';
import type { Container, ContainerState, ContainerStatus, Pod, Probe } from '../types.ts';
import { longTime, pairs, row } from './lines.ts';
import { eventsOf } from './events.ts';

function probeText(probe: Probe): string {
  const {
    httpGet,
    tcpSocket,
    exec,
    initialDelaySeconds = 0,
    timeoutSeconds = 1,
    periodSeconds = 10,
    successThreshold = 1,
    failureThreshold = 3,
  } = probe;
  const attributes = `delay=${initialDelaySeconds}s timeout=${timeoutSeconds}s period=${periodSeconds}s #success=${successThreshold} #failure=${failureThreshold}`;
  if (httpGet !== undefined)
    return `http-get ${(httpGet.scheme ?? 'HTTP').toLowerCase()}://:${httpGet.port}${httpGet.path} ${attributes}`;
  if (tcpSocket !== undefined) return `tcp-socket :${tcpSocket.port} ${attributes}`;
  return `exec [${(exec?.command ?? []).join(' ')}] ${attributes}`;
}

function stateLines(label: string, state: ContainerState): string[] {
  const { running, waiting, terminated } = state;
  if (running !== undefined)
    return [row(label, 'Running', 4), row('Started', longTime(running.startedAt), 6)];
  if (waiting !== undefined) return [row(label, 'Waiting', 4), row('Reason', waiting.reason, 6)];
  if (terminated === undefined) return [];
  return [
    row(label, 'Terminated', 4),
    row('Reason', terminated.reason, 6),
    ...(terminated.message === undefined ? [] : [row('Message', terminated.message, 6)]),
    row('Exit Code', String(terminated.exitCode), 6),
    row('Started', longTime(terminated.startedAt), 6),
    row('Finished', longTime(terminated.finishedAt), 6),
  ];
}

function quantityLines(label: string, values: Record<string, string> | undefined): string[] {
  if (values === undefined) return [];
  return [`    ${label}:`, ...Object.entries(values).map(([name, value]) => row(name, value, 6, 11))];
}

function envLines(container: Container): string[] {
  const env = container.env ?? [];
  if (env.length === 0) return ['    Environment:  <none>'];
  const lines = env.map(({ name, value, valueFrom }) => {
    const reference = Object.entries(valueFrom ?? {})[0];
    if (reference === undefined) return `      ${name}:  ${value ?? ''}`;
    const [kind, at] = reference as [
      string,
      { name?: string; key?: string; fieldPath?: string; optional?: boolean },
    ];
    const word = kind === 'secretKeyRef' ? 'secret' : 'config map';
    if (kind === 'fieldRef') return `      ${name}:   (v1:${at.fieldPath ?? ''})`;
    return `      ${name}:  <set to the key '${at.key ?? ''}' ${word === 'secret' ? 'in secret' : 'of config map'} '${at.name ?? ''}'>  Optional: ${String(at.optional ?? false)}`;
  });
  return ['    Environment:', ...lines];
}

function containerLines(container: Container, status: ContainerStatus | undefined): string[] {
  const { ports = [], command = [], args = [], volumeMounts = [] } = container;
  const list = (label: string, values: readonly string[]): string[] =>
    values.length === 0 ? [] : [`    ${label}:`, ...values.map((value) => `      ${value}`)];
  return [
    `  ${container.name}:`,
    row('Container ID', status?.containerID ?? '', 4),
    row('Image', container.image, 4),
    row('Image ID', status?.imageID ?? '', 4),
    row(
      ports.length > 1 ? 'Ports' : 'Port',
      ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`).join(', ') || '<none>',
      4,
    ),
    row(
      ports.length > 1 ? 'Host Ports' : 'Host Port',
      ports.map(({ hostPort = 0, protocol }) => `${hostPort}/${protocol}`).join(', ') || '<none>',
      4,
    ),
    ...list('Command', command),
    ...list('Args', args),
    ...(status === undefined
      ? []
      : [
          ...stateLines('State', status.state),
          ...stateLines('Last State', status.lastState),
          row('Ready', status.ready ? 'True' : 'False', 4),
          row('Restart Count', String(status.restartCount), 4),
        ]),
    ...quantityLines('Limits', container.resources.limits),
    ...quantityLines('Requests', container.resources.requests),
    ...(container.livenessProbe === undefined
      ? []
      : [row('Liveness', probeText(container.livenessProbe), 4)]),
    ...(container.readinessProbe === undefined
      ? []
      : [row('Readiness', probeText(container.readinessProbe), 4)]),
    ...(container.startupProbe === undefined ? [] : [row('Startup', probeText(container.startupProbe), 4)]),
    ...envLines(container),
    ...(volumeMounts.length === 0
      ? ['    Mounts:  <none>']
      : [
          '    Mounts:',
          ...volumeMounts.map(
            ({ mountPath, name, readOnly }) =>
              `      ${mountPath} from ${name} (${readOnly === true ? 'ro' : 'rw'})`,
          ),
        ]),
  ];
}

function volumeLines(volume: Record<string, unknown>): string[] {
  const name = `  ${String(volume['name'])}:`;
  const { configMap, secret, persistentVolumeClaim, projected } = volume as {
    configMap?: { name: string; optional?: boolean };
    secret?: { secretName: string; optional?: boolean };
    persistentVolumeClaim?: { claimName: string };
    projected?: unknown;
  };
  if (configMap !== undefined)
    return [
      name,
      row('Type', 'ConfigMap (a volume populated by a ConfigMap)', 4),
      row('Name', configMap.name, 4),
      row('Optional', String(configMap.optional ?? false), 4),
    ];
  if (secret !== undefined)
    return [
      name,
      row('Type', 'Secret (a volume populated by a Secret)', 4),
      row('SecretName', secret.secretName, 4),
      row('Optional', String(secret.optional ?? false), 4),
    ];
  if (persistentVolumeClaim !== undefined)
    return [
      name,
      row('Type', 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)', 4),
      row('ClaimName', persistentVolumeClaim.claimName, 4),
      row('ReadOnly', 'false', 4),
    ];
  if (projected !== undefined)
    return [
      name,
      row('Type', 'Projected (a volume that contains injected data from multiple sources)', 4),
      row('TokenExpirationSeconds', '3607', 4),
      row('ConfigMapName', 'kube-root-ca.crt', 4),
      row('ConfigMapOptional', '<nil>', 4),
      row('DownwardAPI', 'true', 4),
    ];
  return [
    name,
    row('Type', "EmptyDir (a temporary directory that shares a pod's lifetime)", 4),
    row('Medium', '', 4),
    row('SizeLimit', '<unset>', 4),
  ];
}

/** A pod as `kubectl describe pod` prints it. */
export function describePod(store: Store, pod: Pod): string {
  const { metadata, spec, status } = pod;
  const owner = metadata.ownerReferences?.[0];
  const statusOf = (name: string): ContainerStatus | undefined =>
    [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].find(
      (other) => other.name === name,
    );
  const lines = [
    row('Name', metadata.name),
    row('Namespace', metadata.namespace ?? ''),
    row('Priority', '0'),
    row('Service Account', spec.serviceAccountName ?? 'default'),
    row('Node', spec.nodeName === undefined ? '<none>' : `${spec.nodeName}/${status.hostIP ?? ''}`),
    ...(status.startTime === undefined ? [] : [row('Start Time', longTime(status.startTime))]),
    ...pairs('Labels', metadata.labels),
    ...pairs('Annotations', metadata.annotations),
    row('Status', status.phase),
    ...(status.reason === undefined
      ? []
      : [row('Reason', status.reason), row('Message', status.message ?? '')]),
    row('IP', status.podIP ?? ''),
    ...(status.podIP === undefined ? ['IPs:              <none>'] : ['IPs:', row('IP', status.podIP, 2, 12)]),
    ...(owner === undefined ? [] : [row('Controlled By', `${owner.kind}/${owner.name}`)]),
    ...(spec.initContainers === undefined
      ? []
      : [
          'Init Containers:',
          ...spec.initContainers.flatMap((container) => containerLines(container, statusOf(container.name))),
        ]),
    'Containers:',
    ...spec.containers.flatMap((container) => containerLines(container, statusOf(container.name))),
    'Conditions:',
    '  Type                        Status',
    ...status.conditions.map(({ type, status: value }) => `  ${type.padEnd(28)}${value} `),
    'Volumes:',
    ...(spec.volumes ?? []).flatMap(volumeLines),
    row('QoS Class', status.qosClass, 0, 29),
    row(
      'Node-Selectors',
      Object.entries(spec.nodeSelector ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .join(',') || '<none>',
      0,
      29,
    ),
    row('Tolerations', 'node.kubernetes.io/not-ready:NoExecute op=Exists for 300s', 0, 29),
    `${' '.repeat(29)}node.kubernetes.io/unreachable:NoExecute op=Exists for 300s`,
  ];
  return `${lines.join('\n')}\n${eventsOf(store, pod)}`;
}
