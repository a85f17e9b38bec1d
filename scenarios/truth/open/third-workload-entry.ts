import { addApp, crashing, runcError, waiting } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { truthOf } from './kit.ts';

const MANAGER = 'pkg/kubelet/kuberuntime/kuberuntime_manager.go';

export const THIRD_ENTRIES: readonly OpenCase[] = [
  {
    id: 'open-third-bad-system-call',
    title: 'a profile of system calls ends a program at the first call that it does not list',
    sources: [
      'https://kubernetes.io/docs/tutorials/security/seccomp/',
      'https://man7.org/linux/man-pages/man2/seccomp.2.html (SIGSYS, 128 + 31)',
    ],
    theme: 'media',
    truth: truthOf('DaemonSet/observe/profiler', ['seccomp-denied'], {
      change: ['DaemonSet/observe/profiler', 'securityContext.seccompProfile'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'observe',
        name: 'profiler',
        kind: 'DaemonSet',
        image: 'ghcr.io/example/profiler:0.21.0',
        port: 4040,
        servicePort: null,
      });
      w.roll(
        { by: 'kubectl-patch', minutesAgo: 44, fields: ['securityContext/seccompProfile'] },
        (container) => {
          container.securityContext = {
            seccompProfile: { type: 'Localhost', localhostProfile: 'profiles/profiler.json' },
          };
        },
      );
      crashing(w, { exitCode: 159, runsSeconds: 1, minutesAgo: 44, restarts: 9, log: [] });
      return c.files('json');
    },
  },
  {
    id: 'open-third-user-name',
    title: 'a pod must not run as root, and its image names its user by a word',
    sources: ['pkg/kubelet/kuberuntime/security_context.go (verifyRunAsNonRoot)'],
    theme: 'retail',
    truth: truthOf('Deployment/intranet/forms', ['runs-as-root-refused'], {
      change: ['Deployment/intranet/forms', 'securityContext.runAsNonRoot'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'intranet',
        name: 'forms',
        image: 'registry.example.com/intranet/forms:7.7.0',
        port: 8080,
        replicas: 2,
      });
      w.roll(
        {
          by: 'kubectl-client-side-apply',
          minutesAgo: 19,
          fields: ['securityContext/runAsNonRoot'],
          mode: 'stuck',
        },
        (container) => {
          container.securityContext = { runAsNonRoot: true, allowPrivilegeEscalation: false };
        },
      );
      const [pod] = w.fresh;
      const text = `container has runAsNonRoot and image has non-numeric user (forms), cannot verify user is non-root (pod: "${pod?.metadata.name ?? ''}_intranet(${pod?.metadata.uid ?? ''})", container: forms)`;
      waiting(w, {
        reason: 'CreateContainerConfigError',
        message: text,
        minutesAgo: 19,
        warnings: [['Failed', `Error: ${text}`, 88]],
      });
      return c.files('cluster-info');
    },
  },
  {
    id: 'open-third-entry-mode',
    title: 'a start script comes from a ConfigMap whose files nobody may execute',
    sources: ['https://github.com/opencontainers/runc/issues/3715', MANAGER],
    theme: 'media',
    truth: truthOf('Deployment/geo/router', ['command-not-executable'], {
      change: ['Deployment/geo/router', 'command'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'geo',
        name: 'router',
        image: 'ghcr.io/example/router:5.27.1',
        port: 5000,
      });
      c.configMap(
        'geo',
        'router-start',
        { 'start.sh': '#!/bin/sh\nexec osrm-routed --max-table-size 8000 /data/map.osrm\n' },
        35,
      );
      w.roll(
        { by: 'kubectl-client-side-apply', minutesAgo: 34, fields: ['command', 'volumeMounts'] },
        (container, template) => {
          container.command = ['/start/start.sh'];
          container.volumeMounts = [{ name: 'start', mountPath: '/start' }];
          template.spec.volumes = [{ name: 'start', configMap: { name: 'router-start', defaultMode: 420 } }];
        },
      );
      crashing(w, {
        exitCode: 128,
        reason: 'StartError',
        minutesAgo: 34,
        message: runcError('exec: "/start/start.sh": permission denied'),
        log: [],
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-third-entry-mode-b',
    twinOf: 'open-third-entry-mode',
    title: 'the script may be executed, and its first line names a shell that the slim image does not have',
    sources: ['https://man7.org/linux/man-pages/man2/execve.2.html (ENOENT of the interpreter)'],
    theme: 'media',
    truth: truthOf('Deployment/geo/router', ['command-not-found'], {
      change: ['Deployment/geo/router', 'image'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'geo',
        name: 'router',
        image: 'ghcr.io/example/router:5.27.1',
        port: 5000,
      });
      c.configMap(
        'geo',
        'router-start',
        { 'start.sh': '#!/bin/bash\nexec osrm-routed --max-table-size 8000 /data/map.osrm\n' },
        9000,
      );
      w.container.command = ['/start/start.sh'];
      w.container.volumeMounts = [{ name: 'start', mountPath: '/start' }];
      w.template.spec.volumes = [{ name: 'start', configMap: { name: 'router-start', defaultMode: 493 } }];
      w.roll({ by: 'kubectl-set', minutesAgo: 34, fields: ['image'] }, (container) => {
        container.image = 'ghcr.io/example/router:5.27.1-slim';
      });
      crashing(w, {
        exitCode: 255,
        minutesAgo: 34,
        log: ['exec /start/start.sh: no such file or directory'],
      });
      return c.files('yaml');
    },
  },
];
