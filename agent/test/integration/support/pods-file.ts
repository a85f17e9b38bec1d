import { renameSync, writeFileSync } from 'node:fs';

export interface ListedPod {
  readonly podUid: string;
  readonly podName: string;
  readonly containerId: string;
  readonly restartCount?: number;
}

/** Writes a pod list as a kubelet's /pods gives it, in one step. */
export function writePods(path: string, pods: readonly ListedPod[]): void {
  const items = pods.map(({ podUid, podName, containerId, restartCount = 0 }) => ({
    metadata: {
      name: podName,
      namespace: 'shop',
      uid: podUid,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { 'pod-template-hash': '7d9c6b5f4' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'checkout-7d9c6b5f4',
          uid: 'rs',
          controller: true,
        },
      ],
    },
    spec: { containers: [{ name: 'report', image: 'shop/report:1' }] },
    status: {
      phase: 'Running',
      qosClass: 'Burstable',
      containerStatuses: [
        {
          name: 'report',
          image: 'shop/report:1',
          containerID: `containerd://${containerId}`,
          restartCount,
          ready: true,
          state: { running: { startedAt: '2026-01-01T00:00:01Z' } },
        },
      ],
    },
  }));
  writeFileSync(`${path}.new`, JSON.stringify({ kind: 'PodList', apiVersion: 'v1', items }));
  renameSync(`${path}.new`, path);
}
