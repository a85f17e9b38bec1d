import type { EventTypeRow } from '../row.ts';
import { flag, integer, objectKeys, promoted, required, said, text } from '../row.ts';

const message = text('what the scheduler, kubelet or controller said, scrubbed');
const proven = text('message: a component says so; objects: the objects show it; both');

/** What is wrong with placement, volumes, nodes and the cluster’s own components. */
export const PLATFORM_VOCABULARY = {
  pod_unschedulable: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'Pods of a workload get no node. `problem` is what to act on where several nodes refuse for several reasons; the counts say how many nodes refuse for which. `refers` is the claim, node or scheduler that it is about.',
    data: {
      ...objectKeys,
      problem: required(
        promoted(
          text(
            'cpu, memory, ephemeral_storage, extended_resource, pods, node_selector, node_affinity, pod_affinity, pod_anti_affinity, topology_spread, taint, cordoned, node_down, host_port, volume_zone, claim_unbound, claim_missing, claim_terminating, claim_lost, scheduler_unknown, scheduler_silent, node_name, gated, no_nodes or unknown',
          ),
        ),
      ),
      pods: required(integer('pods of the workload that wait for a node', 'count')),
      nodes: integer('nodes that there are, as the scheduler counts', 'count'),
      cpu_nodes: integer('nodes without enough CPU', 'count'),
      memory_nodes: integer('nodes without enough memory', 'count'),
      resource_nodes: integer('nodes without enough of another resource', 'count'),
      selector_nodes: integer('nodes that node selector or node affinity leave out', 'count'),
      taint_nodes: integer('nodes with a taint that is not tolerated', 'count'),
      cordoned_nodes: integer('nodes that are cordoned', 'count'),
      affinity_nodes: integer('nodes that pod affinity, anti-affinity or spreading leave out', 'count'),
      port_nodes: integer('nodes where a host port is taken', 'count'),
      volume_nodes: integer('nodes that a volume can’t be reached from', 'count'),
      resource: promoted(text('resource that runs short: cpu, memory, nvidia.com/gpu')),
      requested: text('how much of it the pod requests'),
      free: text('the most that a fitting node has left of it'),
      largest: text('the most that any node could give if it were empty'),
      label: text('node label that is asked for, key=value'),
      nearest: text('the nearest that nodes have: key=value, a scheduler or a node'),
      taint: text('taint that is not tolerated, key=value:effect'),
      taint_recent: flag('the taint was put on in the last day, or after the workload was made'),
      taint_everywhere: flag('every node that could run workloads has it'),
      host_port: integer('host port that is taken'),
      scheduler: text('schedulerName of the pod'),
      message,
      proven,
    },
    summary: (event) => `${said(event, 'object')} gets no node: ${said(event, 'problem')}`,
  },
  claim_pending: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A PersistentVolumeClaim is not bound, or has lost its volume. One that waits for its first pod by design is left out.',
    data: {
      ...objectKeys,
      problem: required(
        promoted(
          text(
            'class_missing, no_default_class, no_volume, access_mode, capacity, selector, volume_taken, volume_missing, volume_class, lost, provisioner, terminating or unknown',
          ),
        ),
      ),
      class: text('storage class that it names; empty for none'),
      nearest: text('a storage class or volume that may be meant'),
      wanted: text('what it asks for: size, access mode or selector'),
      offered: text('what the nearest volume has'),
      volume: text('volume that it is about'),
      taken_by: text('claim that has the volume'),
      provisioner: text('provisioner of its class'),
      message,
      proven,
    },
    summary: (event) => `${said(event, 'object')} is not bound: ${said(event, 'problem')}`,
  },
  volume_failed: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A pod that has a node does not start because a volume can’t be attached or mounted. Missing ConfigMaps and Secrets are told by config_missing. `refers` is the claim, where the volume is one.',
    data: {
      ...objectKeys,
      problem: required(promoted(text('multi_attach, attach, host_path, claim, mount or timeout'))),
      volume: promoted(text('volume by the name that the message or the pod gives it')),
      path: text('path that is not there or of another type'),
      other: text('pod or node that has the volume'),
      driver: promoted(text('CSI driver of the volume: ebs.csi.aws.com')),
      message,
      proven,
    },
    summary: (event) =>
      `${said(event, 'object')}: volume ${said(event, 'volume')}: ${said(event, 'problem')}`,
  },
  sandbox_failed: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A pod that has a node does not start because its sandbox or network can’t be made. `refers` is the node.',
    data: {
      ...objectKeys,
      problem: required(
        promoted(text('network: the CNI plugin fails; runtime: the container runtime; other')),
      ),
      pods: required(integer('pods of the workload on that node', 'count')),
      message,
    },
    summary: (event) =>
      `${said(event, 'object')}: no sandbox on ${said(event, 'refers')}: ${said(event, 'problem')}`,
  },
  node_not_ready: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning: 'A node’s Ready condition is not True, or its network is not there.',
    data: {
      ...objectKeys,
      problem: required(promoted(text('kubelet, runtime, cni, network or other'))),
      status: required(text('status of its Ready condition: True, False or Unknown')),
      reason: text('reason of the condition'),
      pods: integer('pods that it had', 'count'),
      message,
    },
    summary: (event) => `${said(event, 'object')} is not ready: ${said(event, 'problem')}`,
  },
  node_pressure: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning: 'A node runs short of memory, disk or process ids: its pressure condition is True.',
    data: {
      ...objectKeys,
      problem: required(promoted(text('memory, disk or pid'))),
      evicted: integer('pods of it that were evicted', 'count'),
      message,
    },
    summary: (event) => `${said(event, 'object')} runs short of ${said(event, 'problem')}`,
  },
  node_clock_skewed: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A ready node renews its lease or writes its status with a time that lies far from that of all other nodes.',
    data: {
      ...objectKeys,
      skew_us: required(integer('how far it is ahead; negative for behind', 'us')),
      message,
    },
    summary: (event) => `the clock of ${said(event, 'object')} is off`,
  },
  node_log_said: {
    source: 'log',
    severity: 'warning',
    lane: 'signal',
    meaning:
      'A node’s own services (kubelet, runtime, kernel) wrote of something wrong with it: evidence for what became of it.',
    data: {
      ...objectKeys,
      problem: required(
        promoted(text('memory, disk, disk_fault, certificate, config, runtime, cni, api or clock')),
      ),
      service: text('service that wrote it: kubelet, containerd, kernel'),
      line: required(text('the newest such line, scrubbed')),
      count: required(integer('such lines', 'count')),
    },
    summary: (event) => `${said(event, 'object')} logs ${said(event, 'problem')}: ${said(event, 'line')}`,
  },
  node_refuses_pods: {
    source: 'kubeapi',
    severity: 'warning',
    lane: 'signal',
    meaning:
      'A node keeps pods off or lets them go: evidence for what became of pods, told only where some suffer by it.',
    data: {
      ...objectKeys,
      problem: required(
        promoted(
          text('cordoned, tainted, full, short_of_memory, short_of_disk, short_of_pids or no_sandbox'),
        ),
      ),
      taint: text('taint that keeps them off, key=value:effect'),
    },
    summary: (event) => `${said(event, 'object')} takes no pods: ${said(event, 'problem')}`,
  },
  pods_on_lost_node: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning: 'Pods of a workload are on a node that is not ready. `refers` is the node.',
    data: {
      ...objectKeys,
      pods: required(integer('pods of the workload there', 'count')),
      all: required(flag('the workload has no ready pod elsewhere')),
      terminating: integer('of them pods that are to be deleted and can’t be', 'count'),
    },
    summary: (event) =>
      `${said(event, 'pods')} pods of ${said(event, 'object')} are on ${said(event, 'refers')}, which is lost`,
  },
  pods_evicted: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'Pods of a workload were evicted or preempted lately, or it still lacks them. `refers` is the node.',
    data: {
      ...objectKeys,
      problem: required(promoted(text('memory, disk, pid, storage_limit, preempted or other'))),
      pods: required(integer('pods that were', 'count')),
      by: text('pod that took the place'),
      message,
    },
    summary: (event) =>
      `${said(event, 'pods')} pods of ${said(event, 'object')} were evicted: ${said(event, 'problem')}`,
  },
  component_down: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A component of the cluster itself fails or is not there, where the pods of kube-system are known. `object` is its pod (control plane) or workload.',
    data: {
      ...objectKeys,
      component: required(
        promoted(
          text(
            'scheduler, controller_manager, apiserver, etcd, kube_proxy, network_plugin, dns or storage_driver',
          ),
        ),
      ),
      problem: required(
        promoted(
          text(
            'absent, absent_on_nodes, scaled, waiting, crashing or not_ready; by logs: no_space, no_leader, corrupt, without_etcd',
          ),
        ),
      ),
      reason: text('why it waits or ended: CrashLoopBackOff, Error'),
      missing_nodes: integer('nodes on which it is not there or not ready', 'count'),
      on: promoted(text('a node on which it is not there or not ready')),
      nodes: text('those nodes, each with a comma behind it'),
      driver: text('CSI drivers or provisioners that it serves, each with a comma behind it'),
      everywhere: required(flag('no instance works')),
      message,
    },
    summary: (event) => `${said(event, 'component')} (${said(event, 'object')}): ${said(event, 'problem')}`,
  },
  controllers_idle: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A workload’s controller does not act: its change was not observed, or it has neither pods nor a word why not. `refers` is the controller manager.',
    data: {
      ...objectKeys,
      problem: required(text('generation: observedGeneration lags; children: nothing was made for it')),
      since_us: integer('for how long at least', 'us'),
    },
    summary: (event) => `no controller acts on ${said(event, 'object')}: ${said(event, 'problem')}`,
  },
} as const satisfies Record<string, EventTypeRow>;
