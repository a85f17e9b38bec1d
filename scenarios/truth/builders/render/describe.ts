import type { Store } from '../store.ts';
import type { Condition, Container, Manifest, PodTemplate } from '../types.ts';
import { isPod } from '../settle.ts';
import { longTime, pairs, row } from './lines.ts';
import { eventsOf } from './events.ts';

function joined(values: Readonly<Record<string, string>> | undefined): string {
  return (
    Object.entries(values ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(',') || '<none>'
  );
}

export function describeNode(store: Store, node: Manifest): string {
  const status = (node.status ?? {}) as {
    conditions: Condition[];
    addresses: { type: string; address: string }[];
    capacity: Record<string, string>;
    allocatable: Record<string, string>;
    nodeInfo: Record<string, string>;
  };
  const spec = (node.spec ?? {}) as {
    taints?: { key: string; value?: string; effect: string }[];
    unschedulable?: boolean;
    podCIDR?: string;
  };
  const taints = (spec.taints ?? []).map(
    ({ key, value, effect }) => `${key}${value === undefined ? '' : `=${value}`}:${effect}`,
  );
  const pods = store
    .ofKind('Pod')
    .filter(isPod)
    .filter((pod) => pod.spec.nodeName === node.metadata.name);
  const lines = [
    row('Name', node.metadata.name),
    row(
      'Roles',
      node.metadata.labels?.['node-role.kubernetes.io/control-plane'] === undefined
        ? '<none>'
        : 'control-plane',
    ),
    ...pairs('Labels', node.metadata.labels),
    ...pairs('Annotations', node.metadata.annotations),
    row('CreationTimestamp', longTime(node.metadata.creationTimestamp), 0, 20),
    ...(taints.length === 0
      ? [row('Taints', '<none>')]
      : taints.map((taint, index) => (index === 0 ? row('Taints', taint) : `${' '.repeat(18)}${taint}`))),
    row('Unschedulable', String(spec.unschedulable ?? false)),
    'Conditions:',
    '  Type             Status    LastHeartbeatTime                 LastTransitionTime                Reason                       Message',
    '  ----             ------    -----------------                 ------------------                ------                       -------',
    ...status.conditions.map(
      (condition) =>
        `  ${condition.type.padEnd(17)}${condition.status.padEnd(10)}${longTime(String(condition['lastHeartbeatTime'])).padEnd(34)}${longTime(condition.lastTransitionTime).padEnd(34)}${(condition.reason ?? '').padEnd(29)}${condition.message ?? ''}`,
    ),
    'Addresses:',
    ...status.addresses.map(({ type, address }) => row(type, address, 2, 13)),
    'Capacity:',
    ...Object.entries(status.capacity).map(([name, value]) => row(name, value, 2, 20)),
    'Allocatable:',
    ...Object.entries(status.allocatable).map(([name, value]) => row(name, value, 2, 20)),
    'System Info:',
    ...Object.entries(status.nodeInfo).map(([name, value]) =>
      row(
        name.replace(/^./u, (first) => first.toUpperCase()).replaceAll(/([a-z])([A-Z])/gu, '$1 $2'),
        value,
        2,
        28,
      ),
    ),
    row('PodCIDR', spec.podCIDR ?? '', 0, 30),
    `Non-terminated Pods:          (${pods.length} in total)`,
    '  Namespace                   Name',
    '  ---------                   ----',
    ...pods.map(({ metadata }) => `  ${(metadata.namespace ?? '').padEnd(28)}${metadata.name}`),
  ];
  return `${lines.join('\n')}\n${eventsOf(store, node)}`;
}

function templateLines(template: PodTemplate): string[] {
  const part = (container: Container): string[] => [
    `   ${container.name}:`,
    row('Image', container.image, 4),
    row(
      'Port',
      (container.ports ?? [])
        .map(({ containerPort, protocol }) => `${containerPort}/${protocol}`)
        .join(', ') || '<none>',
      4,
    ),
    ...((container.env ?? []).length === 0
      ? ['    Environment:  <none>']
      : [
          '    Environment:',
          ...(container.env ?? []).map(
            ({ name, value, valueFrom }) =>
              `      ${name}:  ${value ?? `<set to ${Object.keys(valueFrom ?? {}).join()}>`}`,
          ),
        ]),
  ];
  return [
    'Pod Template:',
    row('Labels', joined(template.metadata.labels), 2),
    row('Service Account', template.spec.serviceAccountName ?? 'default', 2),
    '  Containers:',
    ...template.spec.containers.flatMap(part),
  ];
}

/** A Deployment or StatefulSet. */
export function describeWorkload(store: Store, object: Manifest): string {
  const status = (object.status ?? {}) as {
    conditions?: Condition[];
    replicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    unavailableReplicas?: number;
  };
  const spec = (object.spec ?? {}) as {
    replicas?: number;
    selector: { matchLabels: Record<string, string> };
    template: PodTemplate;
    strategy?: { type: string };
  };
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, unavailableReplicas = 0 } = status;
  const isDeployment = object.kind === 'Deployment';
  const sets = store
    .ofKind('ReplicaSet', object.metadata.namespace)
    .filter((set) => set.metadata.ownerReferences?.[0]?.uid === object.metadata.uid);
  const made = ({
    metadata,
    status: { replicas: there } = {},
    spec: { replicas: wanted } = {},
  }: Manifest): string => `${metadata.name} (${Number(there ?? 0)}/${Number(wanted ?? 0)} replicas created)`;
  const lines = [
    row('Name', object.metadata.name, 0, 24),
    row('Namespace', object.metadata.namespace ?? '', 0, 24),
    row('CreationTimestamp', longTime(object.metadata.creationTimestamp), 0, 24),
    row('Labels', joined(object.metadata.labels), 0, 24),
    row(
      'Annotations',
      Object.entries(object.metadata.annotations ?? {})
        .map(([key, value]) => `${key}: ${value}`)
        .join('') || '<none>',
      0,
      24,
    ),
    row('Selector', joined(spec.selector.matchLabels), 0, 24),
    isDeployment
      ? row(
          'Replicas',
          `${spec.replicas ?? 1} desired | ${updatedReplicas} updated | ${replicas} total | ${availableReplicas} available | ${unavailableReplicas} unavailable`,
          0,
          24,
        )
      : row('Replicas', `${spec.replicas ?? 1} desired | ${replicas} total`, 0, 24),
    ...(isDeployment
      ? [
          row('StrategyType', spec.strategy?.type ?? 'RollingUpdate', 0, 24),
          row('MinReadySeconds', '0', 0, 24),
        ]
      : []),
    ...templateLines(spec.template),
    ...(isDeployment
      ? [
          'Conditions:',
          '  Type           Status  Reason',
          '  ----           ------  ------',
          ...(status.conditions ?? []).map(
            ({ type, status: value, reason }) => `  ${type.padEnd(15)}${value.padEnd(8)}${reason ?? ''}`,
          ),
          row('OldReplicaSets', sets.slice(0, -1).map(made).join(', ') || '<none>', 0, 17),
          row('NewReplicaSet', sets.slice(-1).map(made).join(), 0, 17),
        ]
      : []),
  ];
  return `${lines.join('\n')}\n${eventsOf(store, object)}`;
}

export function describeService(store: Store, object: Manifest): string {
  const spec = (object.spec ?? {}) as {
    selector?: Record<string, string>;
    type: string;
    clusterIP?: string;
    externalName?: string;
    ports?: { name?: string; port: number; targetPort?: number | string; protocol: string }[];
  };
  const { name, namespace = '' } = object.metadata;
  const endpoints = store.find('Endpoints', namespace, name)?.['subsets'] as
    { addresses?: { ip: string }[]; ports: { port: number; name?: string }[] }[] | undefined;
  const addresses = (port: string): string =>
    (endpoints ?? [])
      .flatMap(({ addresses = [], ports }) =>
        addresses.flatMap(({ ip }) =>
          ports.filter((other) => (other.name ?? '') === port).map((other) => `${ip}:${other.port}`),
        ),
      )
      .join(',') || '<none>';
  const lines = [
    row('Name', name, 0, 26),
    row('Namespace', namespace, 0, 26),
    row('Labels', joined(object.metadata.labels), 0, 26),
    row('Annotations', '<none>', 0, 26),
    row('Selector', joined(spec.selector), 0, 26),
    row('Type', spec.type, 0, 26),
    row('IP Family Policy', 'SingleStack', 0, 26),
    row('IP Families', 'IPv4', 0, 26),
    row('IP', spec.clusterIP ?? '', 0, 26),
    row('IPs', spec.clusterIP ?? '', 0, 26),
    ...(spec.externalName === undefined ? [] : [row('External Name', spec.externalName, 0, 26)]),
    ...(spec.ports ?? []).flatMap(({ name: port = '<unset>', port: number, targetPort, protocol }) => [
      row('Port', `${port}  ${number}/${protocol}`, 0, 26),
      row('TargetPort', `${targetPort ?? number}/${protocol}`, 0, 26),
      row('Endpoints', addresses(port === '<unset>' ? '' : port), 0, 26),
    ]),
    row('Session Affinity', 'None', 0, 26),
  ];
  return `${lines.join('\n')}\n${eventsOf(store, object)}`;
}

export function describeClaim(store: Store, object: Manifest): string {
  const { name, namespace = '' } = object.metadata;
  const spec = (object.spec ?? {}) as { storageClassName?: string; volumeName?: string };
  const status = (object.status ?? {}) as {
    phase: string;
    capacity?: { storage: string };
    accessModes?: string[];
  };
  const users = store
    .ofKind('Pod', namespace)
    .filter(isPod)
    .filter((pod) =>
      (pod.spec.volumes ?? []).some(
        (volume) =>
          (volume['persistentVolumeClaim'] as { claimName?: string } | undefined)?.claimName === name,
      ),
    );
  const lines = [
    row('Name', name, 0, 15),
    row('Namespace', namespace, 0, 15),
    row('StorageClass', spec.storageClassName ?? '', 0, 15),
    row('Status', status.phase, 0, 15),
    row('Volume', spec.volumeName ?? '', 0, 15),
    row('Labels', joined(object.metadata.labels), 0, 15),
    row('Finalizers', '[kubernetes.io/pvc-protection]', 0, 15),
    row('Capacity', status.capacity?.storage ?? '', 0, 15),
    row(
      'Access Modes',
      (status.accessModes ?? []).map((mode) => (mode === 'ReadWriteOnce' ? 'RWO' : mode)).join(),
      0,
      15,
    ),
    row('VolumeMode', 'Filesystem', 0, 15),
    row('Used By', users.map((pod) => pod.metadata.name).join() || '<none>', 0, 15),
  ];
  return `${lines.join('\n')}\n${eventsOf(store, object)}`;
}
