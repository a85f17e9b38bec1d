import { expect, test } from 'vitest';
import { DumpReader } from '../dump-reader.ts';
import { Snapshot } from '../../snapshot/snapshot.ts';
import { observeSnapshot } from '../../observe-snapshot.ts';

// Layout of kubectl 1.34 (staging/src/k8s.io/kubectl/pkg/describe/describe.go).
const PODS = `Name:             checkout-7d9c6b5f4-x2lqv
Namespace:        shop
Priority:         0
Service Account:  checkout
Node:             worker-1/10.0.0.4
Start Time:       Wed, 04 Mar 2026 21:00:00 +0100
Labels:           app=checkout
                  pod-template-hash=7d9c6b5f4
Annotations:      note: a=b
Status:           Running
IP:               10.244.1.7
IPs:
  IP:           10.244.1.7
Controlled By:  ReplicaSet/checkout-7d9c6b5f4
Init Containers:
  migrate:
    Image:          registry.shop.example/migrate:1
    State:          Terminated
      Reason:       Completed
      Exit Code:    0
      Started:      Wed, 04 Mar 2026 21:00:01 +0100
      Finished:     Wed, 04 Mar 2026 21:00:02 +0100
    Ready:          True
    Restart Count:  0
    Environment:    <none>
    Mounts:         <none>
Containers:
  report:
    Container ID:  containerd://1111
    Image:         registry.shop.example/report:1.4.2
    Ports:         8080/TCP (http), 9090/TCP
    Host Ports:    0/TCP, 9090/TCP
    Command:
      sh
      -c
      echo a: b; exec /report
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       OOMKilled
      Exit Code:    137
      Started:      Wed, 04 Mar 2026 21:00:05 +0100
      Finished:     Wed, 04 Mar 2026 21:01:00 +0100
    Ready:          False
    Restart Count:  3
    Limits:
      cpu:     500m
      memory:  32Mi
    Requests:
      cpu:      100m
    Liveness:   http-get http://:http/healthz delay=0s timeout=1s period=10s #success=1 #failure=3
    Readiness:  exec [cat /tmp/ready] delay=5s timeout=2s period=5s #success=1 #failure=1
    Environment Variables from:
      checkout-config  ConfigMap  Optional: false
    Environment:
      DB_HOST:      db:5432
      DB_PASSWORD:  <set to the key 'password' in secret 'db'>  Optional: true
      POD_NAME:     checkout (v1:metadata.name)
    Mounts:
      /data from data (rw)
      /etc/checkout from config (ro,path="app.yaml")
Conditions:
  Type              Status
  Ready             False 
  PodScheduled      True 
Volumes:
  data:
    Type:       PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)
    ClaimName:  checkout-data
    ReadOnly:   false
  config:
    Type:      ConfigMap (a volume populated by a ConfigMap)
    Name:      checkout-config
    Optional:  false
QoS Class:       Burstable
Node-Selectors:  disk=ssd
                 zone=a
Tolerations:     dedicated=web:NoSchedule
                 node.kubernetes.io/not-ready:NoExecute op=Exists for 300s
Events:
  Type     Reason     Age                From               Message
  ----     ------     ----               ----               -------
  Normal   Scheduled  5m                 default-scheduler  Successfully assigned shop/checkout-7d9c6b5f4-x2lqv to worker-1
  Warning  BackOff    30s (x9 over 4m)   kubelet            Back-off restarting failed container report in pod checkout
and a second line of it


Name:             waits
Namespace:        shop
Node:             <none>
Labels:           <none>
Status:           Pending
IP:               
Containers:
  app:
    Image:        registry.shop.example/app:1
    Port:         <none>
    Environment:  <none>
    Mounts:       <none>
Volumes:          <none>
QoS Class:        BestEffort
Events:           <none>
`;

const OTHERS = `Name:               worker-1
Roles:              <none>
Labels:             kubernetes.io/hostname=worker-1
CreationTimestamp:  Wed, 04 Mar 2026 20:00:00 +0000
Taints:             dedicated=web:NoSchedule
                    node.kubernetes.io/unreachable:NoExecute
Unschedulable:      true
Conditions:
  Type             Status    LastHeartbeatTime                 LastTransitionTime                Reason              Message
  ----             ------    -----------------                 ------------------                ------              -------
  Ready            Unknown   Wed, 04 Mar 2026 20:03:00 +0000   Wed, 04 Mar 2026 20:04:00 +0000   NodeStatusUnknown   Kubelet stopped posting node status.
Capacity:
  cpu:     4
  memory:  16Gi
Allocatable:
  cpu:     3800m
System Info:
  OS Image:         Debian GNU/Linux 12
  Kubelet Version:  v1.34.4
Events:              <none>


Name:                     checkout
Namespace:                shop
Labels:                   <none>
Annotations:              <none>
Selector:                 app=checkout,tier=web
Type:                     NodePort
IP:                       10.96.1.1
Port:                     http  80/TCP
TargetPort:               8080/TCP
NodePort:                 http  30080/TCP
Endpoints:                
Port:                     <unset>  81/UDP
TargetPort:               metrics/UDP
NodePort:                 <unset>  30081/UDP
Endpoints:                
Session Affinity:         None
Events:                   <none>


Name:                   checkout
Namespace:              shop
CreationTimestamp:      Wed, 04 Mar 2026 19:00:00 +0000
Labels:                 app=checkout
Annotations:            deployment.kubernetes.io/revision: 2
Selector:               app=checkout
Replicas:               3 desired | 1 updated | 4 total | 2 available | 2 unavailable
StrategyType:           RollingUpdate
MinReadySeconds:        0
RollingUpdateStrategy:  25% max unavailable, 1 max surge
Pod Template:
  Labels:  app=checkout
  Containers:
   report:
    Image:      registry.shop.example/report:1.4.2
    Limits:
      memory:  32Mi
    Environment:  <none>
    Mounts:       <none>
  Volumes:        <none>
Conditions:
  Type           Status  Reason
  ----           ------  ------
  Available      False   MinimumReplicasUnavailable
OldReplicaSets:  checkout-5d9c6b5f4 (2/2 replicas created)
NewReplicaSet:   checkout-7d9c6b5f4 (2/2 replicas created)
Events:          <none>


Name:          checkout-data
Namespace:     shop
StorageClass:  fast
Status:        Pending
Volume:        
Labels:        <none>
Annotations:   <none>
Finalizers:    [kubernetes.io/pvc-protection]
Capacity:      
Access Modes:  
VolumeMode:    Filesystem
Used By:       checkout-7d9c6b5f4-x2lqv
Events:
  Type     Reason              Age                 From                         Message
  ----     ------              ----                ----                         -------
  Warning  ProvisioningFailed  3s (x8 over 2m)     persistentvolume-controller  storageclass.storage.k8s.io "fast" not found
`;

function snapshotOf(...texts: readonly string[]): Snapshot {
  const reader = new DumpReader();
  for (const [index, text] of texts.entries()) reader.add({ path: `describe-${index}.txt`, text });
  const { parts, problems } = reader.finish({ cluster: 'test' });
  expect(problems).toEqual([]);
  return new Snapshot(parts);
}

test('a described pod is the object again, as far as the text says it', () => {
  const pod = snapshotOf(PODS).get('Pod', 'shop', 'checkout-7d9c6b5f4-x2lqv');
  expect(pod).toMatchObject({
    labels: { app: 'checkout', 'pod-template-hash': '7d9c6b5f4' },
    metadata: {
      annotations: { note: 'a=b' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'checkout-7d9c6b5f4' }],
    },
    spec: {
      nodeName: 'worker-1',
      serviceAccountName: 'checkout',
      nodeSelector: { disk: 'ssd', zone: 'a' },
      tolerations: [
        { key: 'dedicated', operator: 'Equal', value: 'web', effect: 'NoSchedule' },
        {
          key: 'node.kubernetes.io/not-ready',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
      ],
      initContainers: [{ name: 'migrate' }],
      containers: [
        {
          name: 'report',
          image: 'registry.shop.example/report:1.4.2',
          command: ['sh', '-c', 'echo a: b; exec /report'],
          ports: [
            { containerPort: 8080, protocol: 'TCP', name: 'http' },
            { containerPort: 9090, protocol: 'TCP', hostPort: 9090 },
          ],
          resources: { limits: { cpu: '500m', memory: '32Mi' }, requests: { cpu: '100m' } },
          livenessProbe: {
            httpGet: { scheme: 'HTTP', port: 'http', path: '/healthz' },
            timeoutSeconds: 1,
            failureThreshold: 3,
          },
          readinessProbe: { exec: { command: ['cat', '/tmp/ready'] }, initialDelaySeconds: 5 },
          env: [
            { name: 'DB_HOST', value: 'db:5432' },
            {
              name: 'DB_PASSWORD',
              valueFrom: { secretKeyRef: { name: 'db', key: 'password', optional: true } },
            },
            { name: 'POD_NAME' },
          ],
          envFrom: [{ configMapRef: { name: 'checkout-config' } }],
          volumeMounts: [
            { name: 'data', mountPath: '/data' },
            { name: 'config', mountPath: '/etc/checkout', readOnly: true, subPath: 'app.yaml' },
          ],
        },
      ],
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: 'checkout-data' } },
        { name: 'config', configMap: { name: 'checkout-config' } },
      ],
    },
    status: {
      phase: 'Running',
      startTime: '2026-03-04T20:00:00.000Z',
      containerStatuses: [
        {
          name: 'report',
          restartCount: 3,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: {
            terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-03-04T20:01:00.000Z' },
          },
        },
      ],
      initContainerStatuses: [{ name: 'migrate', state: { terminated: { exitCode: 0 } } }],
    },
  });
});

test('ages count back from when the text was printed, which starts and their ages tell', () => {
  const snapshot = snapshotOf(PODS);
  expect(new Date(snapshot.takenUs / 1000).toISOString()).toBe('2026-03-04T20:05:00.000Z');
  const event = observeSnapshot(snapshot).find(
    ({ type, data }) => type === 'kube_event' && data['reason'] === 'BackOff',
  );
  expect(event).toMatchObject({
    timestamp: Date.parse('2026-03-04T20:04:30Z') * 1000,
    podName: 'checkout-7d9c6b5f4-x2lqv',
    workload: 'Deployment/checkout',
    data: {
      object: 'Deployment/shop/checkout',
      count: '9',
      message: 'Back-off restarting failed container report in pod checkout and a second line of it',
    },
  });
});

test('a pod that no node has taken has no states, and descriptions prove no absence', () => {
  const snapshot = snapshotOf(PODS);
  expect(snapshot.get('Pod', 'shop', 'waits')?.status).toMatchObject({
    phase: 'Pending',
    containerStatuses: [],
  });
  expect(snapshot.knowsAll('Pod', 'shop')).toBe(false);
});

test('nodes, Services, Deployments and claims are read too', () => {
  const snapshot = snapshotOf(OTHERS);
  expect(snapshot.get('Node', '', 'worker-1')).toMatchObject({
    spec: {
      unschedulable: true,
      taints: [
        { key: 'dedicated', value: 'web', effect: 'NoSchedule' },
        { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
      ],
    },
    status: {
      conditions: [
        {
          type: 'Ready',
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          lastTransitionTime: '2026-03-04T20:04:00.000Z',
        },
      ],
      allocatable: { cpu: '3800m' },
      nodeInfo: { osImage: 'Debian GNU/Linux 12', kubeletVersion: 'v1.34.4' },
    },
  });
  expect(snapshot.get('Service', 'shop', 'checkout')?.spec).toMatchObject({
    type: 'NodePort',
    selector: { app: 'checkout', tier: 'web' },
    ports: [
      { name: 'http', port: 80, protocol: 'TCP', targetPort: 8080, nodePort: 30080 },
      { port: 81, protocol: 'UDP', targetPort: 'metrics', nodePort: 30081 },
    ],
  });
  expect(snapshot.get('Deployment', 'shop', 'checkout')).toMatchObject({
    metadata: { annotations: { 'deployment.kubernetes.io/revision': '2' } },
    spec: {
      replicas: 3,
      strategy: { rollingUpdate: { maxUnavailable: '25%', maxSurge: 1 } },
      template: { spec: { containers: [{ name: 'report', resources: { limits: { memory: '32Mi' } } }] } },
    },
    status: { unavailableReplicas: 2, conditions: [{ type: 'Available', status: 'False' }] },
  });
  expect(snapshot.get('PersistentVolumeClaim', 'shop', 'checkout-data')).toMatchObject({
    spec: { storageClassName: 'fast' },
    status: { phase: 'Pending' },
  });
});

const DATA = `Name:         settings
Namespace:    shop
Labels:       <none>
Annotations:  <none>

Data
====
app.yaml:
----
port: 8080
Name:x

url:
----
http://api:80


BinaryData
====

Events:  <none>


Name:         db
Namespace:    shop
Labels:       <none>
Annotations:  <none>

Type:  Opaque

Data
====
password:  8 bytes
user:      4 bytes


Name:       team
Namespace:  shop
Resource    Used  Hard
--------    ----  ----
pods        1     2


Name:       bounds
Namespace:  shop
Type        Resource  Min  Max   Default Request  Default Limit  Max Limit/Request Ratio
----        --------  ---  ---   ---------------  -------------  -----------------------
Container   memory    -    64Mi  32Mi             64Mi           -
`;

test('ConfigMaps, Secrets, quotas and limits have layouts of their own', () => {
  const snapshot = snapshotOf(DATA);
  expect(snapshot.get('ConfigMap', 'shop', 'settings')?.raw['data']).toEqual({
    'app.yaml': 'port: 8080\nName:x',
    url: 'http://api:80',
  });
  expect(snapshot.get('Secret', 'shop', 'db')?.raw).toMatchObject({
    type: 'Opaque',
    data: { password: '', user: '' },
  });
  expect(snapshot.get('ResourceQuota', 'shop', 'team')?.status).toEqual({
    hard: { pods: '2' },
    used: { pods: '1' },
  });
  expect(snapshot.get('LimitRange', 'shop', 'bounds')?.spec).toEqual({
    limits: [
      {
        type: 'Container',
        max: { memory: '64Mi' },
        defaultRequest: { memory: '32Mi' },
        default: { memory: '64Mi' },
      },
    ],
  });
});
