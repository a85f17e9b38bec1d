import type { JsonObject } from '../../json.ts';
import { isoTime, parseLongTimeUs } from '../ages.ts';
import { cellsOf, columnsOf } from '../table.ts';
import { containerLines, containerStatus, numberOf, pairsOf, podSpec, present } from './pod-spec.ts';
import type { DescribedLine } from './tree.ts';
import { childOf, valueOf, valuesOf } from './tree.ts';

type Lines = readonly DescribedLine[];

/** Keys that only the description of one kind has, in the order in which they are asked for. */
const SIGNS: readonly (readonly [string, (lines: Lines) => boolean])[] = [
  [
    'Pod',
    (l) => has(l, 'Containers') && has(l, 'Status') && (has(l, 'Node') || has(l, 'IPs') || has(l, 'IP')),
  ],
  ['Node', (l) => has(l, 'Taints') && (has(l, 'Capacity') || has(l, 'System Info') || has(l, 'Roles'))],
  ['Deployment', (l) => has(l, 'StrategyType')],
  ['DaemonSet', (l) => has(l, 'Desired Number of Nodes Scheduled')],
  ['CronJob', (l) => has(l, 'Schedule') && has(l, 'Concurrency Policy')],
  ['Job', (l) => has(l, 'Parallelism') && has(l, 'Completions')],
  ['ReplicaSet', (l) => /current \/ \d+ desired/.test(valueOf(l, 'Replicas') ?? '')],
  ['StatefulSet', (l) => has(l, 'Replicas') && (has(l, 'Update Strategy') || has(l, 'Volume Claims'))],
  ['PersistentVolumeClaim', (l) => has(l, 'VolumeMode') && (has(l, 'Used By') || has(l, 'Volume'))],
  ['PersistentVolume', (l) => has(l, 'Reclaim Policy') && has(l, 'Claim')],
  ['StorageClass', (l) => has(l, 'Provisioner') && has(l, 'ReclaimPolicy')],
  ['HorizontalPodAutoscaler', (l) => has(l, 'Min replicas') && has(l, 'Max replicas')],
  ['Ingress', (l) => has(l, 'Rules') && (has(l, 'Default backend') || has(l, 'Ingress Class'))],
  ['Service', (l) => has(l, 'Selector') && has(l, 'Type') && has(l, 'Session Affinity')],
  ['ServiceAccount', (l) => has(l, 'Mountable secrets') || has(l, 'Image pull secrets')],
  ['Endpoints', (l) => has(l, 'Subsets')],
  [
    'NetworkPolicy',
    (l) => has(l, 'Spec') && childOf(l, 'Spec')?.below.some((s) => s.key === 'PodSelector') === true,
  ],
  ['Namespace', (l) => has(l, 'Status') && !has(l, 'Namespace')],
];

function has(lines: Lines, key: string): boolean {
  return lines.some((line) => line.key === key);
}

/** Kind of a described object; what `describe` prints of kinds that it does not know names it. */
export function describedKind(lines: Lines): string | undefined {
  const own = valueOf(lines, 'Kind');
  if (own !== undefined && has(lines, 'API Version')) return own;
  return SIGNS.find(([, sign]) => sign(lines))?.[0];
}

/** Spec and status of a described object, as far as the text tells them. */
export function describedFields(kind: string, lines: Lines): JsonObject {
  return FIELDS[kind]?.(lines) ?? {};
}

const FIELDS: Readonly<Record<string, (lines: Lines) => JsonObject>> = {
  Pod: podFields,
  Node: nodeFields,
  Service: serviceFields,
  Deployment: (lines) => ({
    spec: present({
      replicas: numberOf(/(\d+) desired/.exec(valueOf(lines, 'Replicas') ?? '')?.[1]),
      selector: selectorOf(lines),
      template: templateOf(lines),
      minReadySeconds: numberOf(valueOf(lines, 'MinReadySeconds')),
      strategy: strategyOf(lines),
      paused: conditionReason(lines, 'Progressing') === 'DeploymentPaused' ? true : undefined,
    }),
    status: { ...replicaCounts(valueOf(lines, 'Replicas') ?? ''), conditions: conditionsOf(lines) },
  }),
  ReplicaSet: (lines) => ({
    spec: present({
      replicas: numberOf(/(\d+) desired/.exec(valueOf(lines, 'Replicas') ?? '')?.[1]),
      selector: selectorOf(lines),
      template: templateOf(lines),
    }),
    status: { conditions: conditionsOf(lines) },
  }),
  StatefulSet: (lines) => ({
    spec: present({
      replicas: numberOf(/(\d+) desired/.exec(valueOf(lines, 'Replicas') ?? '')?.[1]),
      selector: selectorOf(lines),
      template: templateOf(lines),
    }),
    status: {},
  }),
  DaemonSet: (lines) => ({
    spec: present({ selector: selectorOf(lines), template: templateOf(lines) }),
    status: present({
      desiredNumberScheduled: numberOf(valueOf(lines, 'Desired Number of Nodes Scheduled')),
      currentNumberScheduled: numberOf(valueOf(lines, 'Current Number of Nodes Scheduled')),
      numberMisscheduled: numberOf(valueOf(lines, 'Number of Nodes Misscheduled')),
    }),
  }),
  Job: (lines) => {
    const [, active, succeeded, failed] =
      /(\d+) Active.*?\/ (\d+) Succeeded \/ (\d+) Failed/.exec(valueOf(lines, 'Pods Statuses') ?? '') ?? [];
    return {
      spec: present({
        parallelism: numberOf(valueOf(lines, 'Parallelism')),
        completions: numberOf(valueOf(lines, 'Completions')),
        backoffLimit: numberOf(valueOf(lines, 'Backoff Limit')),
        suspend: valueOf(lines, 'Suspend') === 'true' ? true : undefined,
        template: templateOf(lines),
      }),
      status: present({
        active: numberOf(active),
        succeeded: numberOf(succeeded),
        failed: numberOf(failed),
        startTime: longTime(valueOf(lines, 'Start Time')),
        completionTime: longTime(valueOf(lines, 'Completed At')),
      }),
    };
  },
  CronJob: (lines) => ({
    spec: present({
      schedule: valueOf(lines, 'Schedule'),
      suspend: valueOf(lines, 'Suspend')?.toLowerCase() === 'true',
      concurrencyPolicy: valueOf(lines, 'Concurrency Policy'),
    }),
    status: present({ lastScheduleTime: longTime(valueOf(lines, 'Last Schedule Time')) }),
  }),
  PersistentVolumeClaim: (lines) => ({
    spec: present({
      storageClassName: valueOf(lines, 'StorageClass'),
      volumeName: valueOf(lines, 'Volume'),
      volumeMode: valueOf(lines, 'VolumeMode'),
    }),
    status: present({
      phase: valueOf(lines, 'Status'),
      accessModes: accessModes(valueOf(lines, 'Access Modes')),
    }),
  }),
  PersistentVolume: (lines) => {
    const [namespace, name] = valueOf(lines, 'Claim')?.split('/') ?? [];
    return {
      spec: present({
        storageClassName: valueOf(lines, 'StorageClass'),
        capacity: { storage: valueOf(lines, 'Capacity') },
        accessModes: accessModes(valueOf(lines, 'Access Modes')),
        persistentVolumeReclaimPolicy: valueOf(lines, 'Reclaim Policy'),
        claimRef: name === undefined ? undefined : { kind: 'PersistentVolumeClaim', namespace, name },
      }),
      status: present({ phase: valueOf(lines, 'Status') }),
    };
  },
  StorageClass: (lines) =>
    present({
      provisioner: valueOf(lines, 'Provisioner'),
      volumeBindingMode: valueOf(lines, 'VolumeBindingMode'),
    }),
  Namespace: (lines) => ({
    status: present({ phase: valueOf(lines, 'Status'), conditions: conditionsOf(lines) }),
  }),
};

function podFields(lines: Lines): JsonObject {
  const status = valueOf(lines, 'Status');
  const phase = status?.startsWith('Terminating') === true ? 'Running' : status;
  const node = valueOf(lines, 'Node')?.split('/')[0];
  const startUs = parseLongTimeUs(valueOf(lines, 'Start Time'));
  return {
    spec: { ...podSpec(lines), ...present({ nodeName: node }) },
    status: present({
      phase,
      reason: valueOf(lines, 'Reason'),
      message: valueOf(lines, 'Message'),
      podIP: valueOf(lines, 'IP'),
      qosClass: valueOf(lines, 'QoS Class'),
      startTime: startUs === undefined ? undefined : isoTime(startUs),
      conditions: conditionsOf(lines),
      containerStatuses: containerLines(lines, 'Containers').filter(hasState).map(containerStatus),
      initContainerStatuses: containerLines(lines, 'Init Containers').filter(hasState).map(containerStatus),
    }),
  };
}

/** A pod that no node has taken shows no states. */
function hasState({ below }: DescribedLine): boolean {
  return has(below, 'State');
}

function nodeFields(lines: Lines): JsonObject {
  return {
    spec: present({
      taints: valuesOf(lines, 'Taints').flatMap((text) => {
        const match = /^([^=:\s]+)(?:=([^:\s]*))?:(\w+)$/.exec(text);
        return match === null ? [] : [present({ key: match[1], value: match[2], effect: match[3] })];
      }),
      unschedulable: valueOf(lines, 'Unschedulable') === 'true' ? true : undefined,
    }),
    status: present({
      conditions: conditionsOf(lines),
      capacity: amounts(lines, 'Capacity'),
      allocatable: amounts(lines, 'Allocatable'),
      nodeInfo: nodeInfo(lines),
    }),
  };
}

function amounts(lines: Lines, key: string): JsonObject | undefined {
  const below = childOf(lines, key)?.below;
  if (below === undefined) return undefined;
  return present(Object.fromEntries(below.map((line) => [line.key ?? '', line.value])));
}

/** `Kubelet Version` is `kubeletVersion`. */
function nodeInfo(lines: Lines): JsonObject | undefined {
  const words = amounts(lines, 'System Info');
  if (words === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(words).map(([key, value]) => [
      key.replace(/^[A-Z]+(?=$|\s)|^[A-Z]/, (start) => start.toLowerCase()).replaceAll(/\s+/g, ''),
      value,
    ]),
  );
}

/** Each port has its own lines, one behind the other. */
function serviceFields(lines: Lines): JsonObject {
  const ports: Record<string, unknown>[] = [];
  for (const { key, value } of lines) {
    const current = ports.at(-1);
    if (key === 'Port') {
      const match = /^(?:(\S+)\s+)?(\d{1,5})\/([A-Z]+)/.exec((value ?? '').replace('<unset>', '').trim());
      if (match !== null) ports.push(present({ name: match[1], port: Number(match[2]), protocol: match[3] }));
    } else if (key === 'TargetPort' && current !== undefined) {
      const target = value?.split('/')[0] ?? '';
      current['targetPort'] = /^\d+$/.test(target) ? Number(target) : target;
    } else if (key === 'NodePort' && current !== undefined) {
      const match = /(\d{1,5})\//.exec(value ?? '');
      if (match !== null) current['nodePort'] = Number(match[1]);
    }
  }
  return {
    spec: present({
      type: valueOf(lines, 'Type'),
      clusterIP: valueOf(lines, 'IP'),
      externalName: valueOf(lines, 'External Name'),
      selector: pairsOf(valuesOf(lines, 'Selector')),
      ports,
    }),
    status: {},
  };
}

function templateOf(lines: Lines): JsonObject | undefined {
  const template = childOf(lines, 'Pod Template')?.below;
  if (template === undefined) return undefined;
  return { metadata: present({ labels: pairsOf(valuesOf(template, 'Labels')) }), spec: podSpec(template) };
}

function selectorOf(lines: Lines): JsonObject | undefined {
  const labels = pairsOf(valuesOf(lines, 'Selector'));
  return labels === undefined ? undefined : { matchLabels: labels };
}

function strategyOf(lines: Lines): JsonObject | undefined {
  const type = valueOf(lines, 'StrategyType');
  if (type === undefined) return undefined;
  const match = /^(\S+) max unavailable, (\S+) max surge/.exec(valueOf(lines, 'RollingUpdateStrategy') ?? '');
  const amount = (text: string | undefined): number | string =>
    /^\d+$/.test(text ?? '') ? Number(text) : (text ?? '');
  return {
    type,
    ...(match === null
      ? {}
      : { rollingUpdate: { maxUnavailable: amount(match[1]), maxSurge: amount(match[2]) } }),
  };
}

function replicaCounts(text: string): JsonObject {
  const count = (word: string): number | undefined => numberOf(new RegExp(`(\\d+) ${word}`).exec(text)?.[1]);
  return present({
    replicas: count('total'),
    updatedReplicas: count('updated'),
    availableReplicas: count('available'),
    unavailableReplicas: count('unavailable'),
  });
}

function accessModes(text: string | undefined): string[] | undefined {
  const names: Readonly<Record<string, string>> = {
    RWO: 'ReadWriteOnce',
    RWX: 'ReadWriteMany',
    ROX: 'ReadOnlyMany',
    RWOP: 'ReadWriteOncePod',
  };
  return text?.split(',').map((mode) => names[mode.trim()] ?? mode.trim());
}

/** Tables of conditions: pods have type and status, nodes times, reasons and messages besides. */
function conditionsOf(lines: Lines): JsonObject[] | undefined {
  const [header, ...rows] = childOf(lines, 'Conditions')?.below ?? [];
  if (header === undefined) return undefined;
  const columns = columnsOf(header.text);
  return rows.flatMap(({ text }) => {
    if (text.startsWith('---')) return [];
    const cells = cellsOf(text, columns);
    if (cells['Type'] === undefined || cells['Status'] === undefined) return [];
    return [
      present({
        type: cells['Type'],
        status: cells['Status'],
        reason: cells['Reason'],
        message: cells['Message'],
        lastHeartbeatTime: longTime(cells['LastHeartbeatTime']),
        lastTransitionTime: longTime(cells['LastTransitionTime']),
      }),
    ];
  });
}

function conditionReason(lines: Lines, type: string): unknown {
  return conditionsOf(lines)?.find((condition) => condition['type'] === type)?.['reason'];
}

function longTime(text: string | undefined): string | undefined {
  const us = parseLongTimeUs(text);
  return us === undefined ? undefined : isoTime(us);
}
