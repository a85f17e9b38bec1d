/** A list of healthy pods in the format of a kubelet's /pods. */
export function podList(count: number): unknown {
  return {
    kind: 'PodList',
    apiVersion: 'v1',
    items: Array.from({ length: count }, (_, index) => pod(index)),
  };
}

function pod(index: number): unknown {
  const name = `service-${index}`;
  const startedAt = '2026-01-01T00:00:00Z';
  return {
    metadata: {
      name: `${name}-7d9c6b5f4-x2lqv`,
      namespace: 'shop',
      uid: `2b7cc1f4-5c1a-4a2e-9f43-${String(index).padStart(12, '0')}`,
      resourceVersion: '1',
      creationTimestamp: startedAt,
      labels: { app: name, 'pod-template-hash': '7d9c6b5f4' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `${name}-7d9c6b5f4`,
          uid: `rs-${index}`,
          controller: true,
        },
      ],
    },
    spec: {
      containers: [
        {
          name: 'app',
          image: `shop/${name}:1`,
          resources: { limits: { memory: '256Mi' }, requests: { memory: '128Mi' } },
        },
      ],
    },
    status: {
      phase: 'Running',
      qosClass: 'Burstable',
      containerStatuses: [
        {
          name: 'app',
          image: `shop/${name}:1`,
          containerID: `containerd://${String(index).padStart(64, 'a')}`,
          restartCount: 0,
          ready: true,
          state: { running: { startedAt } },
        },
      ],
    },
  };
}
