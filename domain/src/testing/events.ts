import type { ObservationEvent } from '../event.ts';

/** A death as a kubelet reports it; tests change what they are about. */
export function containerDied(over: Partial<ObservationEvent> = {}): ObservationEvent {
  return {
    id: 'test/pod-1/container_died/report/3',
    timestamp: 1_700_000_041_000_000,
    source: 'kubelet',
    type: 'container_died',
    cluster: 'test',
    node: 'n1',
    containerId: 'c'.repeat(64),
    podUid: 'pod-1',
    podName: 'checkout-7d9c6b5f4-x2lqv',
    namespace: 'shop',
    workload: 'Deployment/checkout',
    data: {
      container: 'report',
      restart_count: '3',
      exit_code: '137',
      reason: 'OOMKilled',
      resolution_us: '1000000',
    },
    ...over,
  };
}

/** The OOM kill behind it. */
export function oomKill(over: Partial<ObservationEvent> = {}): ObservationEvent {
  return {
    id: 'test/n1/e1/crit/17',
    timestamp: 1_700_000_041_200_000,
    source: 'kernel',
    type: 'oom_kill',
    cluster: 'test',
    node: 'n1',
    pid: 6344,
    containerId: 'c'.repeat(64),
    podUid: 'pod-1',
    podName: 'checkout-7d9c6b5f4-x2lqv',
    namespace: 'shop',
    workload: 'Deployment/checkout',
    data: {
      boot_id: '0b5f7e0c-9a7b-4c44-8d52-3a4f0e0a7a11',
      mono_us: '41200000',
      comm: 'java',
      started_mono_us: '30000000',
      container_init: 'true',
      limited_by: 'container',
      limit_bytes: '33554432',
      usage_bytes: '33554432',
    },
    ...over,
  };
}

/** An OOM kill of a process that is in no container. */
export function hostOomKill(): ObservationEvent {
  const { id, timestamp, source, type, cluster, node, data } = oomKill();
  return { id, timestamp, source, type, cluster, node, pid: 812, data };
}
