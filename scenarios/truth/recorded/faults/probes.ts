import type { RecordedFault } from '../fault.ts';
import { NEIGHBOURS, READY, SERVE, deployment, served, service, truthOf } from '../fault.ts';

const PORT = 'ports: [{containerPort: 8080}]\n';

/** Answers at /cgi-bin/health, after three seconds. */
const SLOW_HEALTH =
  'mkdir -p /tmp/www/cgi-bin && echo ok > /tmp/www/index.html && printf "#!/bin/sh\\nsleep 3\\nprintf \\"Content-type: text/plain\\\\r\\\\n\\\\r\\\\nok\\"\\n" > /tmp/www/cgi-bin/health && chmod +x /tmp/www/cgi-bin/health && exec httpd -f -v -p 8080 -h /tmp/www';

export const PROBE_FAULTS: readonly RecordedFault[] = [
  {
    id: 'recorded-liveness-strict',
    title: 'a health check that takes three seconds is given one',
    area: 'workload',
    namespace: 'desk',
    manifests:
      NEIGHBOURS +
      served('api', {
        command: SLOW_HEALTH,
        container: `${READY}\nlivenessProbe: {httpGet: {path: /cgi-bin/health, port: 8080}, timeoutSeconds: 1, periodSeconds: 3, failureThreshold: 2}`,
      }),
    shows: [/Liveness probe failed/, /"restartCount": [2-9]/],
    truth: truthOf('Deployment/desk/api', ['liveness-probe-too-strict']),
    twinOf: 'recorded-liveness-port',
    layout: 'cluster-info',
  },
  {
    id: 'recorded-start-slow',
    title: 'the liveness probe kills a program before it is up',
    area: 'workload',
    namespace: 'desk-b',
    manifests:
      NEIGHBOURS +
      served('api', {
        command: `echo "loading 41 indexes"; sleep 45; echo "ready to serve"; ${SERVE}`,
        container: `${PORT}livenessProbe: {tcpSocket: {port: 8080}, initialDelaySeconds: 3, periodSeconds: 3, failureThreshold: 3}`,
      }),
    shows: [/Liveness probe failed/, /"restartCount": [2-9]/],
    truth: truthOf('Deployment/desk-b/api', ['startup-too-slow', 'liveness-probe-too-strict']),
    twinOf: 'recorded-liveness-port',
    layout: 'get',
  },
  {
    id: 'recorded-startup-port',
    title: 'the startup probe asks a port on which nothing listens',
    area: 'workload',
    namespace: 'desk-c',
    manifests:
      NEIGHBOURS +
      served('api', {
        container: `${PORT}startupProbe: {httpGet: {path: /, port: 9090}, periodSeconds: 2, failureThreshold: 4}`,
      }),
    shows: [/Startup probe failed/, /"restartCount": [2-9]/],
    truth: truthOf('Deployment/desk-c/api', ['startup-probe-wrong-port']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-liveness-exec',
    title: 'the file that a liveness command looks for goes away while the program runs',
    area: 'workload',
    namespace: 'desk-d',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'worker',
        command: 'touch /tmp/healthy; echo consuming; sleep 8; rm /tmp/healthy; echo "lost lease"; sleep 600',
        container:
          'livenessProbe: {exec: {command: [cat, /tmp/healthy]}, periodSeconds: 3, failureThreshold: 2}',
      }),
    shows: [/Liveness probe failed/, /"restartCount": [2-9]/],
    truth: truthOf('Deployment/desk-d/worker', ['liveness-probe-failing']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-readiness-port',
    title: 'a roll-out moves the readiness probe to a port that nothing serves',
    area: 'workload',
    namespace: 'desk-e',
    manifests: NEIGHBOURS + served('api'),
    then: deployment({ name: 'api', container: READY.replace('port: 8080}, period', 'port: 8081}, period') }),
    shows: [/Readiness probe failed.*refused/],
    lingerSeconds: 75,
    truth: truthOf('Deployment/desk-e/api', ['readiness-probe-wrong-port'], {
      change: { object: 'Deployment/desk-e/api', field: 'readinessProbe' },
    }),
    layout: 'get',
  },
  {
    id: 'recorded-post-start',
    title: 'a hook after the start calls a program that the image lacks',
    area: 'workload',
    namespace: 'desk-f',
    manifests:
      NEIGHBOURS +
      served('api', {
        container: `${READY}\nlifecycle: {postStart: {exec: {command: [/opt/register, --service, api]}}}`,
      }),
    shows: [/PostStartHook/, /CrashLoopBackOff/],
    truth: truthOf('Deployment/desk-f/api', ['lifecycle-hook-failing']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-sidecar',
    title: 'the proxy beside the program is not ready, so the pod is not',
    area: 'workload',
    namespace: 'desk-g',
    manifests:
      NEIGHBOURS +
      deployment({ name: 'api', container: READY }).replace(
        '      containers:\n',
        '      containers:\n      - {name: proxy, image: $IMAGE, imagePullPolicy: IfNotPresent, command: [sh, -c, "echo waiting for routes; sleep 900"], readinessProbe: {exec: {command: [test, -s, /tmp/routes]}, periodSeconds: 3}}\n',
      ) +
      service('api'),
    shows: [/Readiness probe failed/],
    lingerSeconds: 20,
    truth: truthOf('Deployment/desk-g/api', ['sidecar-not-ready', 'readiness-probe-failing']),
    layout: 'get',
  },
];
