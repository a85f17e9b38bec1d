/**
 * Pods as a kubelet's `/pods` gives them, after the v1 Pod of Kubernetes 1.29 to 1.34 (API reference, "Pod v1
 * core"; field managers after "Server-Side Apply"). Tests change what they are about.
 */
export type Json = Record<string, unknown>;

export const REPORT_ID = {
  first: '1'.repeat(64),
  second: '2'.repeat(64),
  third: '3'.repeat(64),
} as const;

export const POD_UID = '0d3c7a6e-2f3b-4a55-9d43-6b8f0f3a1c22';

/** 2026-03-04T20:00:00Z, when the pod was made. */
export const CREATED_US = Date.parse('2026-03-04T20:00:00Z') * 1000;

/** Seconds after the pod was made, as the API writes them. */
export function at(seconds: number): string {
  return new Date(CREATED_US / 1000 + seconds * 1000).toISOString().replace('.000Z', 'Z');
}

export function podList(...items: readonly unknown[]): Json {
  return { kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
}

export function running(startedAt: string): Json {
  return { running: { startedAt } };
}

export function terminated(over: Json = {}): Json {
  return {
    terminated: {
      exitCode: 137,
      reason: 'OOMKilled',
      startedAt: at(5),
      finishedAt: at(60),
      containerID: `containerd://${REPORT_ID.first}`,
      ...over,
    },
  };
}

export function crashLoop(): Json {
  return {
    waiting: {
      reason: 'CrashLoopBackOff',
      message:
        'back-off 10s restarting failed container=report pod=checkout-7d9c6b5f4-x2lqv_shop(0d3c7a6e-2f3b-4a55-9d43-6b8f0f3a1c22)',
    },
  };
}

/** Status of the container `report`. */
export function reportStatus(over: Json = {}): Json {
  return {
    name: 'report',
    state: running(at(5)),
    lastState: {},
    ready: true,
    restartCount: 0,
    image: 'registry.shop.example/report:1.4.2',
    imageID:
      'registry.shop.example/report@sha256:6f0f1b7a1d0e5f1f0f3d6a0a4dcb2a9e2f2f8a2c1f4b3b0d7a5c6e9f8b7a6c5d',
    containerID: `containerd://${REPORT_ID.first}`,
    started: true,
    ...over,
  };
}

export interface PodOptions {
  readonly memoryLimit?: string;
  readonly metadata?: Json;
  readonly spec?: Json;
  readonly container?: Json;
  readonly status?: Json;
  readonly statuses?: readonly Json[];
  readonly managedFields?: readonly Json[];
}

/** The entry that `kubectl patch --subresource resize` leaves behind (Kubernetes 1.32 and later). */
export function resizeManager(time: string, over: Json = {}): Json {
  return {
    manager: 'kubectl-patch',
    operation: 'Update',
    apiVersion: 'v1',
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:spec': {
        'f:containers': {
          'k:{"name":"report"}': { 'f:resources': { 'f:limits': { 'f:memory': {} } } },
        },
      },
    },
    subresource: 'resize',
    ...over,
  };
}

const CREATOR: Json = {
  manager: 'kube-controller-manager',
  operation: 'Update',
  apiVersion: 'v1',
  time: at(0),
  fieldsType: 'FieldsV1',
  fieldsV1: {
    'f:metadata': { 'f:labels': { '.': {}, 'f:app': {}, 'f:pod-template-hash': {} } },
    'f:spec': {
      'f:containers': {
        'k:{"name":"report"}': {
          '.': {},
          'f:name': {},
          'f:image': {},
          'f:args': {},
          'f:env': { '.': {}, 'k:{"name":"DB_PASSWORD"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
          'f:resources': { '.': {}, 'f:limits': { '.': {}, 'f:cpu': {} }, 'f:requests': {} },
        },
      },
      'f:restartPolicy': {},
    },
  },
};

const KUBELET: Json = {
  manager: 'kubelet',
  operation: 'Update',
  apiVersion: 'v1',
  time: at(6),
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:status': { 'f:containerStatuses': {}, 'f:phase': {} } },
  subresource: 'status',
};

/** A pod of Deployment shop/checkout with the container `report`. */
export function checkoutPod(options: PodOptions = {}): Json {
  const memory = options.memoryLimit ?? '256Mi';
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: 'checkout-7d9c6b5f4-x2lqv',
      generateName: 'checkout-7d9c6b5f4-',
      namespace: 'shop',
      uid: POD_UID,
      resourceVersion: '48213',
      creationTimestamp: at(0),
      labels: { app: 'checkout', 'pod-template-hash': '7d9c6b5f4' },
      annotations: {
        'kubernetes.io/config.seen': at(1),
        'kubernetes.io/config.source': 'api',
        'example.com/notes': 'annotation-secret-value',
      },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'checkout-7d9c6b5f4',
          uid: '1c1a5f50-9a5e-4d0e-8a85-5c2f60b2d4b1',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: [CREATOR, KUBELET, ...(options.managedFields ?? [])],
      ...options.metadata,
    },
    spec: {
      volumes: [
        {
          name: 'kube-api-access-8zq4x',
          projected: {
            sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }],
            defaultMode: 420,
          },
        },
        { name: 'config', configMap: { name: 'checkout-config', defaultMode: 420 } },
      ],
      containers: [
        {
          name: 'report',
          image: 'registry.shop.example/report:1.4.2',
          args: ['--listen=:8080', '--db-password', 'hunter2-args'],
          env: [
            { name: 'DB_HOST', value: 'db.shop.svc' },
            { name: 'DB_PASSWORD', value: 'hunter2-env' },
            { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'checkout-token', key: 'token' } } },
          ],
          resources: { limits: { cpu: '500m', memory }, requests: { cpu: '100m', memory: '16Mi' } },
          volumeMounts: [
            { name: 'config', mountPath: '/etc/checkout' },
            {
              name: 'kube-api-access-8zq4x',
              readOnly: true,
              mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
            },
          ],
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'IfNotPresent',
          ...options.container,
        },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
      serviceAccount: 'default',
      nodeName: 'n1',
      securityContext: {},
      schedulerName: 'default-scheduler',
      tolerations: [
        {
          key: 'node.kubernetes.io/not-ready',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
      ],
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
      ...options.spec,
    },
    status: {
      phase: 'Running',
      conditions: [
        { type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: at(6) },
        { type: 'ContainersReady', status: 'True', lastProbeTime: null, lastTransitionTime: at(6) },
      ],
      hostIP: '10.0.0.4',
      podIP: '10.244.1.7',
      startTime: at(0),
      containerStatuses: options.statuses ?? [reportStatus()],
      qosClass: 'Burstable',
      ...options.status,
    },
  };
}
