import {
  addApp,
  addressOfService,
  addJob,
  addJobPod,
  completeJob,
  klog,
  say,
  setCondition,
  slog,
  unsay,
} from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { specOf } from './kit.ts';
import { forget } from './second-kit.ts';

export const THIRD_QUIET: readonly OpenCase[] = [
  {
    id: 'open-third-quiet-audit',
    title:
      'a policy engine only writes down what it would forbid, and warns of it on workloads that are well',
    sources: [
      'https://kyverno.io/docs/policy-reports/',
      'https://kyverno.io/docs/writing-policies/policy-settings/ (Audit)',
    ],
    theme: 'retail',
    truth: null,
    make: (c) => {
      for (const name of ['cart', 'catalog', 'search'])
        c.event(c.workload('shop', name).manifest, {
          type: 'Warning',
          reason: 'PolicyViolation',
          message: `policy require-run-as-nonroot/autogen-run-as-non-root fail: validation error: Running as root is not allowed. rule autogen-run-as-non-root failed at path /spec/template/spec/securityContext/runAsNonRoot/`,
          minutesAgo: 12 + c.dice.below(20),
          component: 'kyverno-scan',
        });
      return c.files('json');
    },
  },
  {
    id: 'open-third-quiet-spot',
    title:
      'a cheap machine was taken back with notice: its pods ended in order, others have taken their place',
    sources: [
      'https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/',
      'pkg/kubelet/nodeshutdown/nodeshutdown_manager.go',
    ],
    theme: 'media',
    truth: null,
    make: (c) => {
      const message = 'Pod was terminated in response to imminent node shutdown.';
      for (const name of ['thumbnails', 'transcoder']) {
        const w = c.workload('media', name);
        const pod = w.addPod(600, w.firstPod().spec.nodeName);
        w.fresh = w.fresh.filter((other) => other !== pod);
        unsay(w, pod, ['Scheduled', 'Pulled', 'Created', 'Started']);
        c.log({ namespace: 'media', pod: pod.metadata.name, container: name }, []);
        pod.status = {
          phase: 'Failed',
          reason: 'Terminated',
          message,
          qosClass: pod.status.qosClass,
          startTime: c.ago(600),
          conditions: [],
        };
        setCondition(pod, 'DisruptionTarget', {
          status: 'True',
          reason: 'TerminationByKubelet',
          message,
          at: c.ago(95),
        });
      }
      forget(c);
      return c.files('yaml');
    },
  },
  {
    id: 'open-third-quiet-indexed',
    title: 'a Job of many parts lost one pod, made that part again, and goes on',
    sources: ['https://kubernetes.io/docs/concepts/workloads/controllers/job/#backoff-limit-per-index'],
    theme: 'retail',
    truth: null,
    make: (c) => {
      const job = addJob(c, {
        namespace: 'labs-batch',
        name: 'resize',
        image: 'registry.example.com/labs/resize:1.0.0',
        minutesAgo: 25,
        spec: {
          completions: 6,
          parallelism: 2,
          completionMode: 'Indexed',
          backoffLimitPerIndex: 2,
          backoffLimit: 2_147_483_647,
        },
      });
      c.namespace('labs-batch', 40_000);
      addJobPod(c, job, { minutesAgo: 25, seconds: 70, exitCode: 1 });
      for (const minutesAgo of [25, 23, 20, 16, 12]) addJobPod(c, job, { minutesAgo, seconds: 150 });
      const last = addJobPod(c, job, { minutesAgo: 1.5, seconds: 20 });
      last.status.phase = 'Running';
      for (const status of last.status.containerStatuses ?? [])
        Object.assign(status, { ready: true, started: true, state: { running: { startedAt: c.ago(1.4) } } });
      for (const type of ['Ready', 'ContainersReady'])
        setCondition(last, type, { status: 'True', at: c.ago(1.4) });
      job.status = {
        active: 1,
        ready: 1,
        failed: 1,
        succeeded: 5,
        completedIndexes: '0-4',
        startTime: c.ago(25),
        terminating: 0,
        uncountedTerminatedPods: {},
      };
      return c.files('must-gather');
    },
  },
  {
    id: 'open-third-quiet-resized',
    title: 'an autoscaler of requests replaced pods one by one to give them other requests',
    sources: [
      'https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/pkg/updater/eviction/pods_eviction_restriction.go (EvictedByVPA)',
    ],
    theme: 'media',
    truth: null,
    make: (c) => {
      const w = c.workload('social', 'timeline');
      for (const [index, pod] of [...w.pods].entries()) {
        const minutesAgo = 40 - index * 15;
        const node = pod.spec.nodeName;
        w.dropPods([pod]);
        c.event(pod, {
          reason: 'EvictedByVPA',
          message: 'Pod was evicted by VPA Updater to apply resource recommendation.',
          minutesAgo,
          component: 'vpa-updater',
        });
        c.event(pod, {
          reason: 'Killing',
          message: 'Stopping container timeline',
          minutesAgo,
          container: 'timeline',
          host: node ?? '',
        });
        w.addPod(minutesAgo, node);
      }
      return c.files('text');
    },
  },
  {
    id: 'open-third-quiet-blue-green',
    title:
      'of two colours of a program the old one is kept at zero, with a Service of its own that nobody asks',
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/management/#canary-deployments',
      'https://argo-rollouts.readthedocs.io/en/stable/features/bluegreen/',
    ],
    theme: 'retail',
    truth: null,
    make: (c) => {
      const blue = addApp(c, {
        namespace: 'press',
        name: 'site-blue',
        image: 'registry.example.com/press/site:41',
        port: 8080,
        replicas: 2,
      });
      const green = addApp(c, {
        namespace: 'press',
        name: 'site-green',
        image: 'registry.example.com/press/site:42',
        port: 8080,
        replicas: 2,
        minutesAgo: 900,
      });
      blue.scale(0, 'kubectl-scale', 860);
      c.service('press', 'site', {
        selector: { app: 'site-green' },
        ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
      });
      specOf(green.manifest)['minReadySeconds'] = 30;
      say(green, [
        slog(c, 900, { msg: 'site 42 listening', address: ':8080' }),
        slog(c, 2, { msg: 'GET /', status: 200 }),
      ]);
      forget(c);
      return c.files('json');
    },
  },
  {
    id: 'open-third-quiet-restored',
    title:
      'a webhook was not to be asked for a minute while its two pods were renewed; the pods that it kept back were made then',
    sources: [
      'staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go',
      'pkg/controller/replicaset/replica_set.go (FailedCreate)',
    ],
    theme: 'retail',
    truth: null,
    make: (c) => {
      addApp(c, {
        namespace: 'mesh',
        name: 'injector',
        image: 'registry.example.com/mesh/injector:2.2.0',
        port: 9443,
        servicePort: 443,
        portName: 'https',
        replicas: 2,
        minutesAgo: 27.5,
        createdMinutesAgo: 60_000,
      });
      const w = c.workload('billing', 'rates');
      w.roll({ by: 'argocd-controller', minutesAgo: 27, fields: ['image'] }, (container) => {
        container.image = 'registry.example.com/billing/rates:1.6.1';
      });
      if (w.replicaSet !== undefined) w.replicaSet.metadata.creationTimestamp = c.ago(28.1);
      c.event(w.replicaSet ?? w.manifest, {
        type: 'Warning',
        reason: 'FailedCreate',
        message: `Error creating: Internal error occurred: failed calling webhook "sidecar-injector.mesh.example.com": failed to call webhook: Post "https://injector.mesh.svc:443/inject?timeout=10s": dial tcp ${addressOfService(c, 'mesh', 'injector')}: connect: connection refused`,
        count: 5,
        sinceMinutesAgo: 28,
        minutesAgo: 27.3,
        component: 'replicaset-controller',
      });
      say(c.workload('mesh', 'injector'), [klog(c, 27.4, 'I', 'server.go:191] serving webhooks on :9443')]);
      const done = addJob(c, {
        namespace: 'billing',
        name: 'warm-rates',
        image: 'registry.example.com/billing/warm:1.0.0',
        minutesAgo: 26,
      });
      completeJob(c, done, { minutesAgo: 26, seconds: 12 });
      return c.files('cluster-info');
    },
  },
];
