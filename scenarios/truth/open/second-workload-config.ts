import {
  addApp,
  addJob,
  addJobPod,
  crashing,
  crioFiles,
  makeContainer,
  tracing,
  waiting,
  runcError,
} from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { truthOf } from './kit.ts';

type Files = ReturnType<Cluster['files']>;

const DOTNET =
  'https://learn.microsoft.com/dotnet/core/extensions/configuration-providers#json-configuration-provider';

/** A .NET program that reads a ConfigMap and ends with an exception nobody catches. */
function loyalty(c: Cluster, at: { json: string; edited: boolean; log: string[] }): Files {
  const w = addApp(c, {
    namespace: 'loyalty',
    name: 'points',
    image: 'registry.example.com/loyalty/points:8.4.0',
    port: 8080,
    replicas: 2,
    env: { DOTNET_ENVIRONMENT: 'Production' },
    container: { volumeMounts: [{ name: 'settings', mountPath: '/app/config', readOnly: true }] },
    more: { volumes: [{ name: 'settings', configMap: { name: 'points-settings', defaultMode: 420 } }] },
  });
  const map = c.configMap('loyalty', 'points-settings', { 'appsettings.Production.json': at.json });
  if (at.edited)
    c.changed(map, { by: 'kubectl-edit', minutesAgo: 25, fields: ['data/appsettings.Production.json'] });
  w.roll(
    {
      by: at.edited ? 'kubectl-rollout' : 'kubectl-set',
      minutesAgo: 22,
      fields: [at.edited ? 'spec/template/metadata/annotations' : 'image'],
      mode: 'stuck',
    },
    (container, template) => {
      if (at.edited) template.metadata.annotations = { 'kubectl.kubernetes.io/restartedAt': c.ago(22) };
      else container.image = 'registry.example.com/loyalty/points:8.5.0';
    },
  );
  crashing(w, { exitCode: 134, minutesAgo: 22, restarts: 8, runsSeconds: 1, log: at.log });
  return c.files('yaml');
}

function renamedKey(c: Cluster): Files {
  const w = addApp(c, {
    namespace: 'edge',
    name: 'static',
    image: 'nginx:1.27.2',
    port: 80,
    replicas: 2,
    container: {
      volumeMounts: [{ name: 'conf', mountPath: '/etc/nginx/nginx.conf', subPath: 'nginx.conf' }],
    },
    more: { volumes: [{ name: 'conf', configMap: { name: 'static-conf', defaultMode: 420 } }] },
  });
  const map = c.configMap('edge', 'static-conf', {
    'nginx-static.conf': 'events {}\nhttp { server { listen 80; root /srv; } }\n',
  });
  c.changed(map, {
    by: 'argocd-controller',
    minutesAgo: 31,
    fields: ['data/nginx-static.conf'],
  });
  w.roll(
    {
      by: 'kubectl-rollout',
      minutesAgo: 28,
      fields: ['spec/template/metadata/annotations'],
      mode: 'recreate',
    },
    (_, template) => {
      template.metadata.annotations = { 'kubectl.kubernetes.io/restartedAt': c.ago(28) };
    },
  );
  for (const pod of w.fresh) {
    const path = `/var/lib/kubelet/pods/${pod.metadata.uid}/volume-subpaths/conf/static/0`;
    crashing(w, {
      pods: [pod],
      exitCode: 128,
      reason: 'StartError',
      minutesAgo: 28,
      restarts: 10,
      log: [],
      message: `${runcError(`error during container init: error mounting "${path}" to rootfs at "/etc/nginx/nginx.conf": mount ${path}:/etc/nginx/nginx.conf (via /proc/self/fd/6), flags: 0x5001: not a directory`)}: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type`,
    });
  }
  return c.files('json');
}

function report(c: Cluster): Files {
  const namespace = 'reports';
  c.namespace(namespace, 90_000);
  const image = 'registry.example.com/reports/invoices:3.2.0';
  const valueFrom = { secretKeyRef: { name: 'smtp-credentials', key: 'password' } };
  const container = { env: [{ name: 'SMTP_PASSWORD', valueFrom }] };
  const cronJob = c.add({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { ...c.meta('daily-invoices', namespace, 70_000), generation: 2 },
    spec: {
      schedule: '0 * * * *',
      suspend: false,
      concurrencyPolicy: 'Forbid',
      jobTemplate: {
        spec: {
          template: {
            spec: { containers: [makeContainer('main', image, container)], restartPolicy: 'Never' },
          },
        },
      },
    },
    status: { lastScheduleTime: c.ago(134), lastSuccessfulTime: c.ago(193) },
  });
  const job = addJob(c, {
    namespace,
    name: 'daily-invoices-29843',
    image,
    minutesAgo: 134,
    cronJob,
    container,
  });
  job.status = { active: 1, ready: 0, startTime: c.ago(134), terminating: 0, uncountedTerminatedPods: {} };
  const { name, uid, resourceVersion } = job.metadata;
  const active = [{ apiVersion: 'batch/v1', kind: 'Job', namespace, name, uid, resourceVersion }];
  Object.assign(cronJob.status, { active });
  const pod = addJobPod(c, job, { minutesAgo: 134, seconds: 1 });
  const text = 'secret "smtp-credentials" not found';
  waiting(
    { store: c, namespace, container: pod.spec.containers[0], fresh: [pod] },
    {
      reason: 'CreateContainerConfigError',
      message: text,
      minutesAgo: 134,
      warnings: [['Failed', `Error: ${text}`, 611]],
      normals: [['Pulled', `Container image "${image}" already present on machine`, 611]],
    },
  );
  c.event(cronJob, {
    reason: 'JobAlreadyActive',
    message: 'Not starting job because prior execution is running and concurrency policy is Forbid',
    count: 2,
    sinceMinutesAgo: 74,
    minutesAgo: 14,
    component: 'cronjob-controller',
  });
  return c.files('must-gather');
}

export const SECOND_CONFIGS: readonly OpenCase[] = [
  {
    id: 'open-second-report',
    title: 'a CronJob wants a Secret that is not there, and its next runs wait for the one that never begins',
    sources: [
      'pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables)',
      'pkg/controller/cronjob/cronjob_controllerv2.go',
    ],
    theme: 'retail',
    truth: truthOf('CronJob/reports/daily-invoices', ['secret-missing'], {
      effects: ['Job/reports/daily-invoices-29843'],
    }),
    make: report,
  },
  {
    id: 'open-second-data-dir',
    title: 'a log agent was given a user that may not write to its directory on the node',
    sources: [
      'https://vector.dev/docs/reference/configuration/global-options/#data_dir',
      'man 2 mkdir (EACCES)',
    ],
    theme: 'media',
    truth: truthOf('DaemonSet/logging/vector', ['permission-denied'], {
      change: ['DaemonSet/logging/vector', 'securityContext.runAsUser'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'logging',
        name: 'vector',
        kind: 'DaemonSet',
        image: 'docker.io/timberio/vector:0.41.1-distroless-libc',
        port: 8686,
        portName: 'api',
        servicePort: null,
        spec: {
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%', maxSurge: 0 } },
        },
        container: { volumeMounts: [{ name: 'data', mountPath: '/vector-data-dir' }] },
        more: {
          volumes: [{ name: 'data', hostPath: { path: '/var/lib/vector', type: 'DirectoryOrCreate' } }],
        },
      });
      w.roll({ by: 'helm', minutesAgo: 27, fields: ['securityContext/runAsUser'] }, (container) => {
        container.securityContext = { runAsUser: 10_001, runAsNonRoot: true };
      });
      crashing(w, {
        exitCode: 78,
        minutesAgo: 27,
        restarts: 9,
        runsSeconds: 1,
        log: [
          tracing(c, 2.6, 'INFO', 'vector::app: Log level is enabled. level="info"'),
          tracing(
            c,
            2.6,
            'ERROR',
            'vector::topology::builder: Configuration error. error=Source "kubernetes_logs": Could not create subdirectory "kubernetes_logs" inside of data dir "/vector-data-dir": Permission denied (os error 13)',
          ),
        ],
      });
      return crioFiles(c, 'must-gather');
    },
  },
  {
    id: 'open-second-master-key',
    title: 'the variable with the key of a Ruby program was left out of a new version of its manifest',
    sources: [
      'https://github.com/rails/rails/issues/31822',
      'https://guides.rubyonrails.org/security.html#custom-credentials',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/helpdesk/tickets', ['setting-missing'], {
      change: ['Deployment/helpdesk/tickets', 'env'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'helpdesk',
        name: 'tickets',
        image: 'registry.example.com/helpdesk/tickets:7.1.5',
        port: 3000,
        replicas: 2,
        env: { RAILS_ENV: 'production', RAILS_MASTER_KEY: 'REDACTED' },
      });
      w.roll(
        { by: 'kubectl-client-side-apply', minutesAgo: 16, fields: ['env'], mode: 'stuck' },
        (container) => {
          container.env = [{ name: 'RAILS_ENV', value: 'production' }];
        },
      );
      crashing(w, {
        exitCode: 1,
        minutesAgo: 16,
        restarts: 7,
        runsSeconds: 4,
        log: [
          '=> Booting Puma',
          '=> Rails 7.1.5 application starting in production',
          '=> Run `bin/rails server --help` for more startup options',
          "Missing encryption key to decrypt file with. Ask your team for your master key and write it to /rails/config/master.key or put it in the ENV['RAILS_MASTER_KEY'].",
          'Exiting',
        ],
      });
      return c.files('text');
    },
  },
  {
    id: 'open-second-comma',
    title: 'somebody left one comma too many in the settings that a .NET program reads',
    sources: [DOTNET, 'https://github.com/dotnet/runtime/issues/36040'],
    theme: 'retail',
    truth: truthOf('ConfigMap/loyalty/points-settings', ['config-value-invalid'], {
      effects: ['Deployment/loyalty/points'],
      change: ['ConfigMap/loyalty/points-settings', 'data.appsettings.Production.json'],
    }),
    make: (c) =>
      loyalty(c, {
        json: '{\n  "Tiers": [ "silver", "gold" ],,\n  "Redis": { "Host": "redis" }\n}\n',
        edited: true,
        log: [
          "Unhandled exception. System.IO.InvalidDataException: Failed to load configuration from file '/app/config/appsettings.Production.json'.",
          ' ---> System.FormatException: Could not parse the JSON file.',
          " ---> System.Text.Json.JsonReaderException: ',' is an invalid start of a property name. Expected a '\"'. LineNumber: 1 | BytePositionInLine: 32.",
          '   at System.Text.Json.ThrowHelper.ThrowJsonReaderException(Utf8JsonReader& json, ExceptionResource resource, Byte nextByte, ReadOnlySpan`1 bytes)',
          '   at Microsoft.Extensions.Configuration.Json.JsonConfigurationProvider.Load(Stream stream)',
          '   at Program.<Main>$(String[] args) in /src/Program.cs:line 8',
        ],
      }),
  },
  {
    id: 'open-second-comma-b',
    twinOf: 'open-second-comma',
    title: 'the settings are well, and the new version of the program is not',
    sources: ['https://learn.microsoft.com/dotnet/api/system.nullreferenceexception'],
    theme: 'retail',
    truth: truthOf('Deployment/loyalty/points', ['application-error', 'aborted'], {
      change: ['Deployment/loyalty/points', 'image'],
    }),
    make: (c) =>
      loyalty(c, {
        json: '{\n  "Tiers": [ "silver", "gold" ],\n  "Redis": { "Host": "redis" }\n}\n',
        edited: false,
        log: [
          'Unhandled exception. System.NullReferenceException: Object reference not set to an instance of an object.',
          '   at Points.Tiers.TierTable..ctor(IOptions`1 options) in /src/Tiers/TierTable.cs:line 41',
          '   at Microsoft.Extensions.DependencyInjection.ServiceLookup.CallSiteRuntimeResolver.VisitConstructor(ConstructorCallSite constructorCallSite, RuntimeResolverContext context)',
          '   at Program.<Main>$(String[] args) in /src/Program.cs:line 27',
        ],
      }),
  },
  {
    id: 'open-second-sub-path',
    title: 'a key of a ConfigMap was renamed, of which one workload mounts the old name as a file',
    sources: [
      'https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath',
      'https://github.com/opencontainers/runc/blob/main/libcontainer/rootfs_linux.go',
    ],
    theme: 'media',
    truth: truthOf('ConfigMap/edge/static-conf', ['configmap-key-missing'], {
      effects: ['Deployment/edge/static', 'Service/edge/static'],
      change: ['ConfigMap/edge/static-conf', 'data.nginx.conf'],
    }),
    make: renamedKey,
  },
];
