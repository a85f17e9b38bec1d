import {
  addApp,
  addressOfService,
  addJob,
  addJobPod,
  crashing,
  pullNormals,
  unsay,
  slog,
} from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { truthOf } from './kit.ts';

const IMAGES = 'pkg/kubelet/images/image_manager.go';

export const THIRD_MORE: readonly OpenCase[] = [
  {
    id: 'open-third-native-sidecar',
    title:
      'a sidecar of the new kind must have started before the program, and its startup probe never succeeds',
    sources: ['https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/'],
    theme: 'media',
    truth: truthOf('Deployment/labs/notebook', ['sidecar-not-ready', 'startup-probe-failing'], {
      change: ['Deployment/labs/notebook', 'initContainers'],
    }),
    make: (c) => {
      const proxy = {
        name: 'sql-proxy',
        image: 'ghcr.io/example/sql-proxy:2.11.0',
        restartPolicy: 'Always',
        args: ['--instance=labs:fra:main', '--http-port=9801'],
        startupProbe: {
          httpGet: { path: '/startup', port: 9801, scheme: 'HTTP' },
          periodSeconds: 5,
          timeoutSeconds: 1,
          failureThreshold: 20,
        },
        resources: {},
        imagePullPolicy: 'IfNotPresent',
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
      };
      const w = addApp(c, {
        namespace: 'labs',
        name: 'notebook',
        image: 'ghcr.io/example/notebook:7.1.0',
        port: 8888,
        minutesAgo: 33,
        more: { initContainers: [proxy] },
      });
      crashing(w, {
        container: 'sql-proxy',
        exitCode: 1,
        minutesAgo: 33,
        runsSeconds: 100,
        restarts: 8,
        log: [
          slog(c, 4, { msg: 'sql-proxy 2.11.0', instance: 'labs:fra:main' }),
          slog(c, 3.9, {
            level: 'WARN',
            msg: 'startup: no ephemeral certificate yet',
          }),
          slog(c, 2.5, { msg: 'terminated, closing listeners' }),
        ],
      });
      for (const pod of w.fresh) {
        c.event(pod, {
          type: 'Warning',
          reason: 'Unhealthy',
          message: 'Startup probe failed: HTTP probe failed with statuscode: 503',
          count: 162,
          sinceMinutesAgo: 32.8,
          minutesAgo: 2.6,
          container: 'sql-proxy',
          initContainer: true,
          host: pod.spec.nodeName ?? '',
        });
        unsay(w, pod, ['Pulled', 'Created', 'Started']);
        c.event(pod, {
          reason: 'Killing',
          message: 'Init container sql-proxy failed startup probe',
          count: 8,
          sinceMinutesAgo: 31.3,
          minutesAgo: 2.5,
          container: 'sql-proxy',
          initContainer: true,
          host: pod.spec.nodeName ?? '',
        });
      }
      return c.files('json');
    },
  },
  {
    id: 'open-third-owner-of-volume',
    title: "a dashboard's new volume belongs to root, and the pod says of no group that may write to it",
    sources: [
      'https://grafana.com/docs/grafana/latest/setup-grafana/installation/docker/',
      'https://kubernetes.io/docs/tasks/configure-pod-container/security-context/',
    ],
    theme: 'retail',
    truth: truthOf('StatefulSet/observe/grafana', ['permission-denied'], {
      change: ['StatefulSet/observe/grafana', 'securityContext'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'observe',
        name: 'grafana',
        kind: 'StatefulSet',
        image: 'grafana/grafana:11.2.2',
        port: 3000,
        container: { volumeMounts: [{ name: 'scratch', mountPath: '/var/lib/grafana' }] },
        more: {
          securityContext: { fsGroup: 472 },
          volumes: [{ name: 'scratch', nfs: { server: '10.0.8.20', path: '/exports/grafana' } }],
        },
      });
      w.roll(
        { by: 'kubectl-edit', minutesAgo: 72, fields: ['spec/template/spec/securityContext'] },
        (_container, template) => {
          template.spec.securityContext = { runAsUser: 472 };
        },
      );
      crashing(w, {
        exitCode: 1,
        minutesAgo: 72,
        restarts: 19,
        log: [
          "GF_PATHS_DATA='/var/lib/grafana' is not writable.",
          'You may have issues with file permissions, more information here: http://docs.grafana.org/installation/docker/#migrate-to-v51-or-later',
          "mkdir: can't create directory '/var/lib/grafana/plugins': Permission denied",
        ],
      });
      return c.files('must-gather');
    },
  },
  {
    id: 'open-third-service-links',
    title: "a new Service's name makes a variable that a program takes for its own setting",
    sources: [
      'https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables',
      'https://docs.pydantic.dev/latest/errors/validation_errors/#int_parsing',
    ],
    theme: 'media',
    truth: truthOf('Deployment/labs/tracker', ['config-value-invalid'], {
      effects: ['Service/labs/tracker'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'labs',
        name: 'tracker',
        image: 'ghcr.io/example/tracker:2.3.0',
        port: 5000,
        minutesAgo: 28,
      });
      crashing(w, {
        exitCode: 1,
        minutesAgo: 28,
        log: [
          'Traceback (most recent call last):',
          '  File "/app/main.py", line 7, in <module>',
          '    settings = Settings()',
          '  File "/usr/local/lib/python3.12/site-packages/pydantic_settings/main.py", line 171, in __init__',
          '    super().__init__(',
          'pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings',
          'tracker_port',
          `  Input should be a valid integer, unable to parse string as an integer [type=int_parsing, input_value='tcp://${addressOfService(c, 'labs', 'tracker')}', input_type=str]`,
          '    For further information visit https://errors.pydantic.dev/2.9/v/int_parsing',
        ],
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-third-sub-path',
    title:
      'one file of a ConfigMap is mounted over a file, and the ConfigMap does not hold that key any more',
    sources: [
      'https://github.com/kubernetes/kubernetes/issues/65879',
      'https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath',
    ],
    theme: 'retail',
    truth: truthOf('ConfigMap/ops/gate-config', ['configmap-key-missing'], {
      effects: ['Deployment/ops/gate', 'Service/ops/gate'],
      change: ['ConfigMap/ops/gate-config', 'data'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'ops',
        name: 'gate',
        image: 'nginx:1.27.2',
        port: 80,
        replicas: 2,
        container: {
          volumeMounts: [{ name: 'config', mountPath: '/etc/nginx/nginx.conf', subPath: 'nginx.conf' }],
        },
        more: { volumes: [{ name: 'config', configMap: { name: 'gate-config', defaultMode: 420 } }] },
      });
      const config = c.configMap(
        'ops',
        'gate-config',
        { 'gate.conf': 'events {}\nhttp { server { listen 80; } }\n' },
        50_000,
      );
      c.changed(config, { by: 'kubectl-replace', minutesAgo: 41, fields: ['data/gate.conf'] });
      w.roll(
        { by: 'kubectl', minutesAgo: 40, fields: ['spec/template/metadata/annotations'] },
        (_container, template) => {
          template.metadata.annotations = { 'kubectl.kubernetes.io/restartedAt': c.ago(40) };
        },
      );
      for (const pod of w.fresh)
        crashing(w, {
          pods: [pod],
          exitCode: 128,
          reason: 'StartError',
          minutesAgo: 40,
          message: `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error mounting "/var/lib/kubelet/pods/${pod.metadata.uid}/volume-subpaths/config/gate/0" to rootfs at "/etc/nginx/nginx.conf": mount src=/var/lib/kubelet/pods/${pod.metadata.uid}/volume-subpaths/config/gate/0, dst=/etc/nginx/nginx.conf, dstFd=/proc/thread-self/fd/8, flags=0x5001: not a directory: unknown`,
          log: [],
        });
      return c.files('json');
    },
  },
  {
    id: 'open-third-job-pull',
    title: 'a Job ends at its deadline, since the image of its pod could not be pulled all that time',
    sources: ['pkg/controller/job/job_controller.go (DeadlineExceeded)', IMAGES],
    theme: 'media',
    truth: truthOf('Job/social/backfill', ['image-not-found'], { effects: ['the deadline of the Job'] }),
    make: (c) => {
      const image = 'ghcr.io/example/backfill:2026.11';
      const job = addJob(c, {
        namespace: 'social',
        name: 'backfill',
        image,
        minutesAgo: 34,
        spec: { activeDeadlineSeconds: 1800 },
      });
      const pod = addJobPod(c, job, { minutesAgo: 34, seconds: 1800, exitCode: 1 });
      c.remove(pod);
      const about = { host: pod.spec.nodeName ?? '', container: 'main', sinceMinutesAgo: 33.9 };
      for (const [reason, message, count] of pullNormals(image))
        c.event(pod, { ...about, reason, message, count: count * 7, minutesAgo: 4.2 });
      for (const [message, count] of [
        [
          `Failed to pull image "${image}": rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`,
          10,
        ],
        ['Error: ErrImagePull', 10],
        ['Error: ImagePullBackOff', 122],
      ] as const)
        c.event(pod, { ...about, type: 'Warning', reason: 'Failed', message, count, minutesAgo: 4.2 });
      const by = { component: 'job-controller' };
      c.event(job, {
        ...by,
        reason: 'SuccessfulCreate',
        message: `Created pod: ${pod.metadata.name}`,
        minutesAgo: 34,
      });
      c.event(job, {
        ...by,
        reason: 'SuccessfulDelete',
        message: `Deleted pod: ${pod.metadata.name}`,
        minutesAgo: 4,
      });
      c.event(job, {
        ...by,
        type: 'Warning',
        reason: 'DeadlineExceeded',
        message: 'Job was active longer than specified deadline',
        minutesAgo: 4,
      });
      job.status = {
        failed: 1,
        startTime: c.ago(34),
        ready: 0,
        conditions: [
          {
            type: 'Failed',
            status: 'True',
            reason: 'DeadlineExceeded',
            message: 'Job was active longer than specified deadline',
            lastProbeTime: c.ago(4),
            lastTransitionTime: c.ago(4),
          },
        ],
      };
      return c.files('json');
    },
  },
];
