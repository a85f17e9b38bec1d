import type { RecordedFault } from '../fault.ts';
import { NEIGHBOURS, SERVE, deployment, service, truthOf } from '../fault.ts';

const LIMIT = 'resources: {limits: {memory: 24Mi}, requests: {memory: 8Mi}}';

export const WORKLOAD_FAULTS: readonly RecordedFault[] = [
  {
    id: 'recorded-oom',
    title: 'a process takes more memory than its limit',
    area: 'workload',
    namespace: 'reports',
    manifests:
      NEIGHBOURS + deployment({ name: 'report', command: 'sleep 2; exec tail /dev/zero', container: LIMIT }),
    shows: [/OOMKilled/, /CrashLoopBackOff/],
    truth: truthOf('Deployment/reports/report', ['oom-killed', 'oom-container-limit']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-exit-137',
    title: 'a process that ends with 137 by itself: no OOM',
    area: 'workload',
    namespace: 'reports-b',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'report',
        command: 'echo "fatal: license check failed"; sleep 2; exit 137',
        container: LIMIT,
      }),
    shows: [/"exitCode": 137/, /CrashLoopBackOff/],
    truth: truthOf('Deployment/reports-b/report', ['application-error', 'unknown']),
    twinOf: 'recorded-oom',
    layout: 'cluster-info',
  },
  {
    id: 'recorded-config-lowered',
    title: 'a roll-out lowers the memory limit below what the process needs',
    area: 'workload',
    namespace: 'ledger',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'ledger',
        command: 'head -c 20000000 /dev/zero | tail -c 20000000 >/dev/null & sleep 1000',
        container: 'resources: {limits: {memory: 200Mi}, requests: {memory: 8Mi}}',
      }),
    then: deployment({ name: 'ledger', command: 'sleep 1; exec tail /dev/zero', container: LIMIT }),
    shows: [/OOMKilled/, /CrashLoopBackOff/],
    truth: truthOf('Deployment/ledger/ledger', ['oom-killed', 'oom-container-limit'], {
      change: { object: 'Deployment/ledger/ledger', field: 'limits.memory' },
    }),
    layout: 'get',
  },
  {
    id: 'recorded-configmap-missing',
    title: 'a ConfigMap that an environment is taken from is not there',
    area: 'workload',
    namespace: 'mail',
    manifests:
      NEIGHBOURS +
      deployment({ name: 'mailer', container: 'envFrom: [{configMapRef: {name: mailer-settings}}]' }),
    shows: [/CreateContainerConfigError/],
    truth: truthOf('Deployment/mail/mailer', ['configmap-missing']),
    layout: 'get',
  },
  {
    id: 'recorded-configmap-key-missing',
    title: 'the ConfigMap is there, the key is not',
    area: 'workload',
    namespace: 'mail-b',
    manifests:
      NEIGHBOURS +
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mailer-settings}\ndata: {smtp-host: mx.example.com}\n---\n' +
      deployment({
        name: 'mailer',
        container:
          'env: [{name: SMTP_PORT, valueFrom: {configMapKeyRef: {name: mailer-settings, key: smtp-port}}}]',
      }),
    shows: [/CreateContainerConfigError/],
    truth: truthOf('ConfigMap/mail-b/mailer-settings', ['configmap-key-missing'], {
      chain: ['ConfigMap/mail-b/mailer-settings', 'Deployment/mail-b/mailer'],
    }),
    twinOf: 'recorded-configmap-missing',
    layout: 'get',
  },
  {
    id: 'recorded-secret-volume-missing',
    title: 'a Secret that is mounted is not there',
    area: 'workload',
    namespace: 'vault',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'signer',
        container: 'volumeMounts: [{name: keys, mountPath: /keys}]',
        pod: 'volumes: [{name: keys, secret: {secretName: signer-keys}}]',
      }),
    shows: [/FailedMount/, /ContainerCreating/],
    truth: truthOf('Deployment/vault/signer', ['secret-missing']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-image',
    title: 'an image that no registry has',
    area: 'workload',
    namespace: 'search',
    manifests: NEIGHBOURS + deployment({ name: 'index', image: '127.0.0.1:1/search/index:2.4.1' }),
    shows: [/ImagePullBackOff/],
    truth: truthOf('Deployment/search/index', ['registry-unreachable']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-image-never',
    title: 'an image that may not be pulled and is not on the node',
    area: 'workload',
    namespace: 'search-b',
    manifests:
      NEIGHBOURS +
      deployment({ name: 'index', image: 'localhost/index:7' })
        .replace('IfNotPresent', 'Never')
        .replace('IfNotPresent', 'IfNotPresent'),
    shows: [/ErrImageNeverPull|ImagePullBackOff/],
    truth: truthOf('Deployment/search-b/index', [
      'image-never-pulled',
      'image-not-found',
      'registry-unreachable',
    ]),
    twinOf: 'recorded-image',
    layout: 'get',
  },
  {
    id: 'recorded-image-name',
    title: 'a name that is none of an image',
    area: 'workload',
    namespace: 'search-c',
    manifests: NEIGHBOURS + deployment({ name: 'index', image: '"Search/Index:2.4.1"' }),
    shows: [/InvalidImageName/],
    truth: truthOf('Deployment/search-c/index', ['image-name-invalid']),
    layout: 'get',
  },
  {
    id: 'recorded-command',
    title: 'a command that the image does not hold',
    area: 'workload',
    namespace: 'jobs',
    manifests:
      NEIGHBOURS +
      deployment({ name: 'worker' }).replace(/command: .*/, 'command: [/usr/bin/worker, --queue, mail]'),
    shows: [/no such file or directory|executable file not found/, /CrashLoopBackOff/],
    truth: truthOf('Deployment/jobs/worker', ['command-not-found']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-permission',
    title: 'a command that may not be executed',
    area: 'workload',
    namespace: 'jobs-b',
    manifests: NEIGHBOURS + deployment({ name: 'worker' }).replace(/command: .*/, 'command: [/etc/passwd]'),
    shows: [/permission denied/, /CrashLoopBackOff/],
    truth: truthOf('Deployment/jobs-b/worker', ['command-not-executable']),
    twinOf: 'recorded-command',
    layout: 'cluster-info',
  },
  {
    id: 'recorded-liveness-port',
    title: 'the liveness probe asks a port on which nothing listens',
    area: 'workload',
    namespace: 'front',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'page',
        container:
          'ports: [{containerPort: 8080}]\nlivenessProbe: {httpGet: {path: /, port: 8081}, periodSeconds: 2, failureThreshold: 2}',
      }) +
      service('page'),
    shows: [/Liveness probe failed/, /"restartCount": [2-9]/],
    truth: truthOf('Deployment/front/page', ['liveness-probe-wrong-port']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-readiness-path',
    title: 'the readiness probe asks for a path that is not there',
    area: 'workload',
    namespace: 'front-b',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'page',
        container:
          'ports: [{containerPort: 8080}]\nreadinessProbe: {httpGet: {path: /ready, port: 8080}, periodSeconds: 2}',
      }) +
      service('page'),
    shows: [/Readiness probe failed.*404/],
    lingerSeconds: 20,
    truth: truthOf('Deployment/front-b/page', ['readiness-probe-wrong-path']),
    layout: 'get',
  },
  {
    id: 'recorded-init',
    title: 'an init container fails',
    area: 'workload',
    namespace: 'shopdb',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'orders',
        pod: 'initContainers: [{name: migrate, image: $IMAGE, imagePullPolicy: IfNotPresent, command: [sh, -c, "echo migrating; echo ERROR: relation orders does not exist; exit 3"]}]',
      }),
    shows: [/Init:CrashLoopBackOff|CrashLoopBackOff/],
    truth: truthOf('Deployment/shopdb/orders', ['init-container-failing', 'migration-failed']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-exit-zero',
    title: 'a program that ends well where it should run on',
    area: 'workload',
    namespace: 'batch',
    manifests: NEIGHBOURS + deployment({ name: 'import', command: 'echo imported 12 rows; sleep 1' }),
    shows: [/CrashLoopBackOff/, /Completed/],
    truth: truthOf('Deployment/batch/import', ['completes-instead-of-running']),
    layout: 'get',
  },
  {
    id: 'recorded-refused',
    title:
      'a client crashes since nothing listens behind the Service of its backend: the image of that is missing',
    area: 'workload',
    namespace: 'checkout',
    manifests:
      deployment({
        name: 'payments',
        image: '127.0.0.1:1/payments:9',
        container: 'ports: [{containerPort: 8080}]',
      }) +
      service('payments') +
      deployment({
        name: 'checkout',
        command:
          'sleep 1; wget -q -O- http://$PAYMENTS_SERVICE_HOST:80/ || { echo "ERROR: dial tcp $PAYMENTS_SERVICE_HOST:80: connect: connection refused"; exit 1; }; ' +
          SERVE,
        container: 'env: [{name: PAYMENTS_URL, value: "http://payments:80"}]',
      }),
    shows: [/ImagePullBackOff/, /"exitCode": 1/, /CrashLoopBackOff/],
    truth: truthOf('Deployment/checkout/payments', ['registry-unreachable'], {
      chain: ['Deployment/checkout/payments', 'Service/checkout/payments', 'Deployment/checkout/checkout'],
    }),
    layout: 'get',
  },
  {
    id: 'recorded-runs-as-root',
    title: 'a pod that may not run as root has an image that does',
    area: 'workload',
    namespace: 'secure',
    manifests: NEIGHBOURS + deployment({ name: 'audit', pod: 'securityContext: {runAsNonRoot: true}' }),
    shows: [/CreateContainerConfigError/],
    truth: truthOf('Deployment/secure/audit', ['runs-as-root-refused']),
    layout: 'cluster-info',
  },
];
