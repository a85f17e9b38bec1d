import { crashing, killedByProbe, pending } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { newApp, staticPod, truthOf } from './kit.ts';

const HEALTH = 'https://kubernetes.io/docs/reference/using-api/health-checks/';
const CLUSTER = 'https://kubernetes.io/docs/tasks/debug/debug-cluster/';

export const CONTROL_PLANE: readonly OpenCase[] = [
  {
    id: 'open-controllers-down',
    title: 'the controller manager crashes, so a new Deployment never gets a ReplicaSet',
    sources: ['cmd/kube-controller-manager/app/controllermanager.go', CLUSTER],
    theme: 'retail',
    truth: truthOf('Pod/kube-system/kube-controller-manager-cp-1', ['controller-manager-down'], {
      effects: ['Deployment/billing/fraud'],
    }),
    make: (c) => {
      crashing(staticPod(c, 'kube-controller-manager'), {
        exitCode: 1,
        minutesAgo: 52,
        restarts: 14,
        log: [
          'I1124 10:14:02.318104       1 serving.go:386] Generated self-signed cert in-memory',
          'E1124 10:14:02.402113       1 run.go:72] "command failed" err="stat /etc/kubernetes/controller-manager.conf: no such file or directory"',
        ],
      });
      c.add({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { ...c.meta('fraud', 'billing', 25), generation: 1, labels: { app: 'fraud' } },
        spec: {
          replicas: 2,
          selector: { matchLabels: { app: 'fraud' } },
          template: structuredClone(c.workload('billing', 'tax').template),
        },
        status: {},
      });
      return c.files('json');
    },
  },
  {
    id: 'open-controllers-down-b',
    twinOf: 'open-controllers-down',
    title: 'the ReplicaSet and its pods are made, but the scheduler crashes, so no pod gets a node',
    sources: ['cmd/kube-scheduler/app/server.go', CLUSTER],
    theme: 'retail',
    truth: truthOf('Pod/kube-system/kube-scheduler-cp-1', ['scheduler-down'], {
      effects: ['Deployment/billing/fraud', 'Service/billing/fraud'],
    }),
    make: (c) => {
      crashing(staticPod(c, 'kube-scheduler'), {
        exitCode: 1,
        minutesAgo: 52,
        restarts: 14,
        log: [
          'I1124 10:14:02.318104       1 serving.go:386] Generated self-signed cert in-memory',
          'E1124 10:14:02.402113       1 run.go:72] "command failed" err="strict decoding error: unknown field \\"profils\\""',
        ],
      });
      pending(newApp(c, { namespace: 'billing', name: 'fraud', minutesAgo: 25, replicas: 2 }), {
        minutesAgo: 25,
      });
      return c.files('json');
    },
  },
  {
    id: 'open-etcd-slow',
    title:
      "etcd's disk is too slow: it loses its leader and is killed by its probe, and the API server with it",
    sources: ['https://etcd.io/docs/v3.5/faq/', 'etcd server/etcdserver/raft.go', HEALTH],
    theme: 'media',
    truth: truthOf('Pod/kube-system/etcd-control-0', ['etcd-failing'], {
      effects: ['Pod/kube-system/kube-apiserver-control-0'],
    }),
    make: (c) => {
      const warn = (minutes: number, text: string): string =>
        `{"level":"warn","ts":"${c.ago(minutes)}",${text}}`;
      killedByProbe(staticPod(c, 'etcd'), {
        minutesAgo: 50,
        probe: 'Liveness probe failed: HTTP probe failed with statuscode: 503',
        restarts: 6,
        exitCode: 0,
        runsSeconds: 200,
        now: 'running',
        log: [
          warn(
            4,
            '"caller":"wal/wal.go:805","msg":"slow fdatasync","took":"7.901s","expected-duration":"1s"',
          ),
          warn(
            3,
            '"caller":"etcdserver/raft.go:416","msg":"leader failed to send out heartbeat on time; took too long, leader is overloaded likely from slow disk","to":"b71f75320dc06a6c","heartbeat-interval":"100ms","expected-duration":"200ms","exceeded-duration":"7.8s"',
          ),
          warn(
            2,
            '"caller":"etcdserver/v3_server.go:897","msg":"waiting for ReadIndex response took too long, retrying","sent-request-id":8128023,"retry-timeout":"500ms"',
          ),
        ],
      });
      killedByProbe(staticPod(c, 'kube-apiserver'), {
        minutesAgo: 48,
        probe: 'Liveness probe failed: HTTP probe failed with statuscode: 500',
        restarts: 5,
        exitCode: 1,
        runsSeconds: 220,
        now: 'running',
        log: [
          'W1124 10:14:02.318104       1 logging.go:55] [core] [Channel #1 SubChannel #2]grpc: addrConn.createTransport failed to connect to {Addr: "127.0.0.1:2379"}. Err: connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:2379: connect: connection refused"',
          'E1124 10:14:09.118201       1 status.go:71] "Unhandled Error" err="apiserver received an error that is not an metav1.Status: etcdserver: request timed out"',
        ],
      });
      return c.files('must-gather');
    },
  },
  {
    id: 'open-etcd-slow-b',
    twinOf: 'open-etcd-slow',
    title: 'etcd is well and the API server dies of a fault of its own',
    sources: [HEALTH, 'staging/src/k8s.io/apiserver/pkg/server/genericapiserver.go'],
    theme: 'media',
    truth: truthOf('Pod/kube-system/kube-apiserver-control-0', ['apiserver-failing']),
    make: (c) => {
      crashing(staticPod(c, 'kube-apiserver'), {
        exitCode: 2,
        minutesAgo: 48,
        restarts: 9,
        runsSeconds: 140,
        log: [
          'I1124 10:14:02.318104       1 options.go:228] external host was not specified, using 10.0.0.10',
          'panic: runtime error: invalid memory address or nil pointer dereference',
          'goroutine 4411 [running]:',
        ],
      });
      return c.files('must-gather');
    },
  },
];
