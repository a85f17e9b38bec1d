import type { RecordedFault } from '../fault.ts';
import { NEIGHBOURS, READY, SERVE, caller, deployment, served, service, truthOf } from '../fault.ts';

const configMap = (name: string, data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {${data}}\n---\n`;

/** A program that ends with what its own part ended with; Kubernetes makes one dollar of two. */
const endsLike = (signal: string): string =>
  `echo "replaying journal"; sleep 2; sh -c 'kill -${signal} $$$$'; exit $?`;

const NEEDS_SETTING = `: "\${DATABASE_URL:?}"; ${SERVE}`;

export const FURTHER_FAULTS: readonly RecordedFault[] = [
  {
    id: 'recorded-segfault',
    title: 'a program that is ended by SIGSEGV',
    area: 'workload',
    namespace: 'mint',
    manifests: NEIGHBOURS + deployment({ name: 'engine', command: endsLike('SEGV') }),
    shows: [/"exitCode": 139/, /CrashLoopBackOff/],
    truth: truthOf('Deployment/mint/engine', ['segmentation-fault']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-abort',
    title: 'a program that aborts itself',
    area: 'workload',
    namespace: 'mint-b',
    manifests: NEIGHBOURS + deployment({ name: 'engine', command: endsLike('ABRT') }),
    shows: [/"exitCode": 134/, /CrashLoopBackOff/],
    truth: truthOf('Deployment/mint-b/engine', ['aborted']),
    twinOf: 'recorded-segfault',
    layout: 'get',
  },
  {
    id: 'recorded-files',
    title: 'a program opens more files than it may',
    area: 'workload',
    namespace: 'mint-c',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'indexer',
        command:
          'echo "opening segments"; sleep 1; ulimit -n 64; i=3; while [ $i -lt 200 ]; do eval "exec $i</etc/passwd" || exit 1; i=$((i+1)); done; sleep 900',
      }),
    shows: [/"exitCode": [12]/, /CrashLoopBackOff/],
    truth: truthOf('Deployment/mint-c/indexer', ['file-descriptors-exhausted']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-port-in-use',
    title: 'two containers of a pod want the same port',
    area: 'workload',
    namespace: 'mint-d',
    manifests:
      NEIGHBOURS +
      served('api').replace(
        '      containers:\n',
        '      containers:\n      - {name: metrics, image: $IMAGE, imagePullPolicy: IfNotPresent, command: [sh, -c, "sleep 4; exec httpd -f -p 8080 -h /tmp"]}\n',
      ),
    shows: [/CrashLoopBackOff/],
    truth: truthOf('Deployment/mint-d/api', ['port-in-use']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-read-only',
    title: 'a roll-out makes the root read-only, and the program writes to it',
    area: 'workload',
    namespace: 'mint-e',
    manifests: NEIGHBOURS + served('web'),
    then: deployment({
      name: 'web',
      container: `${READY}\nsecurityContext: {readOnlyRootFilesystem: true}`,
    }),
    shows: [/CrashLoopBackOff/],
    truth: truthOf('Deployment/mint-e/web', ['read-only-filesystem'], {
      change: { object: 'Deployment/mint-e/web', field: 'securityContext.readOnlyRootFilesystem' },
    }),
    layout: 'get',
  },
  {
    id: 'recorded-tmpfs-full',
    title: 'a volume in memory is smaller than what is written to it',
    area: 'workload',
    namespace: 'mint-f',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'thumbnails',
        command: 'echo "rendering"; dd if=/dev/zero of=/cache/sheet bs=1M count=30 && sleep 900',
        container: 'volumeMounts: [{name: cache, mountPath: /cache}]',
        pod: 'volumes: [{name: cache, emptyDir: {medium: Memory, sizeLimit: 8Mi}}]',
      }),
    shows: [/CrashLoopBackOff/],
    truth: truthOf('Deployment/mint-f/thumbnails', ['disk-full']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-storage-limit',
    title: 'a pod writes more to its scratch volume than its limit, and is evicted',
    area: 'platform',
    namespace: 'mint-g',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'thumbnails',
        command: 'echo "rendering"; dd if=/dev/zero of=/cache/sheet bs=1M count=60 && sleep 900',
        container: 'volumeMounts: [{name: cache, mountPath: /cache}]',
        pod: 'volumes: [{name: cache, emptyDir: {sizeLimit: 16Mi}}]',
      }),
    shows: [/Evicted/],
    lingerSeconds: 10,
    truth: truthOf('Deployment/mint-g/thumbnails', ['evicted-storage-limit']),
    twinOf: 'recorded-tmpfs-full',
    layout: 'get',
  },
  {
    id: 'recorded-file-missing',
    title: 'the mounted ConfigMap holds the file under another name',
    area: 'workload',
    namespace: 'mint-h',
    manifests:
      NEIGHBOURS +
      configMap('api-files', 'app.yml: "mode: fast"') +
      deployment({
        name: 'api',
        command: `cat /etc/app/app.yaml || exit 1; ${SERVE}`,
        container: 'volumeMounts: [{name: files, mountPath: /etc/app}]',
        pod: 'volumes: [{name: files, configMap: {name: api-files}}]',
      }),
    shows: [/CrashLoopBackOff/],
    truth: truthOf('Deployment/mint-h/api', ['file-missing']),
    layout: 'get',
  },
  {
    id: 'recorded-item-missing',
    title: 'a volume lists a key that its ConfigMap does not have',
    area: 'workload',
    namespace: 'mint-i',
    manifests:
      NEIGHBOURS +
      configMap('api-files', 'app.yml: "mode: fast"') +
      deployment({
        name: 'api',
        container: 'volumeMounts: [{name: files, mountPath: /etc/app}]',
        pod: 'volumes: [{name: files, configMap: {name: api-files, items: [{key: app.yaml, path: app.yaml}]}}]',
      }),
    shows: [/FailedMount/],
    truth: truthOf('ConfigMap/mint-i/api-files', ['configmap-key-missing'], {
      chain: ['ConfigMap/mint-i/api-files', 'Deployment/mint-i/api'],
    }),
    twinOf: 'recorded-file-missing',
    layout: 'get',
  },
  {
    id: 'recorded-sub-path',
    title: 'a directory is mounted where the image has a file',
    area: 'workload',
    namespace: 'mint-j',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'api',
        container: 'volumeMounts: [{name: users, mountPath: /etc/passwd, subPath: passwd}]',
        pod: 'volumes: [{name: users, emptyDir: {}}]',
      }),
    shows: [/not a directory/],
    lingerSeconds: 15,
    truth: truthOf('Deployment/mint-j/api', ['volume-mount-failed']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-user',
    title: 'a roll-out runs the program as a user who may not write to its volume',
    area: 'workload',
    namespace: 'mint-k',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'store',
        command: 'echo 1 > /data/journal || exit 1; sleep 900',
        container: 'volumeMounts: [{name: data, mountPath: /data}]',
        pod: 'volumes: [{name: data, hostPath: {path: /var/tmp/store-data, type: DirectoryOrCreate}}]',
      }),
    then: deployment({
      name: 'store',
      command: 'echo 1 > /data/journal || exit 1; sleep 900',
      container: 'volumeMounts: [{name: data, mountPath: /data}]',
      pod: 'securityContext: {runAsUser: 1000}\nvolumes: [{name: data, hostPath: {path: /var/tmp/store-data, type: DirectoryOrCreate}}]',
    }),
    shows: [/CrashLoopBackOff/],
    truth: truthOf('Deployment/mint-k/store', ['permission-denied'], {
      change: { object: 'Deployment/mint-k/store', field: 'securityContext.runAsUser' },
    }),
    layout: 'get',
  },
  {
    id: 'recorded-capability',
    title: 'a program without capabilities wants a port below 1024',
    area: 'workload',
    namespace: 'mint-l',
    manifests:
      NEIGHBOURS +
      deployment({
        name: 'edge',
        command: 'exec httpd -f -v -p 80 -h /tmp',
        container: 'ports: [{containerPort: 80}]\nsecurityContext: {capabilities: {drop: [ALL]}}',
      }),
    shows: [/CrashLoopBackOff/],
    truth: truthOf('Deployment/mint-l/edge', ['capability-missing', 'permission-denied']),
    twinOf: 'recorded-port-in-use',
    layout: 'cluster-info',
  },
  {
    id: 'recorded-oom-start',
    title: 'a memory limit in which no container can start',
    area: 'workload',
    namespace: 'mint-m',
    manifests: NEIGHBOURS + deployment({ name: 'api', container: 'resources: {limits: {memory: 1Mi}}' }),
    shows: [/OOM|oom|memory limit too low|FailedCreatePodSandBox|StartError/],
    lingerSeconds: 20,
    truth: truthOf('Deployment/mint-m/api', ['oom-at-start']),
    twinOf: 'recorded-oom',
    layout: 'get',
  },
  {
    id: 'recorded-chain',
    title: 'the store lacks a setting since a roll-out, so the api is not ready and the web ends',
    area: 'workload',
    namespace: 'mint-n',
    manifests:
      NEIGHBOURS +
      served('store', {
        command: NEEDS_SETTING,
        container: `${READY}\nenv: [{name: DATABASE_URL, value: "file:/tmp/db"}]`,
      }).replace('spec:\n  replicas', 'spec:\n  strategy: {type: Recreate}\n  replicas') +
      served('api', {
        container:
          'ports: [{containerPort: 8080}]\nreadinessProbe: {exec: {command: [wget, -q, -O, /dev/null, "http://store/"]}, periodSeconds: 2}',
      }) +
      caller('web', 'http://api/', {
        command:
          'sleep 10; while wget -q -O- "$UPSTREAM_URL" >/dev/null; do echo "GET $UPSTREAM_URL 200"; sleep 2; done; echo "ERROR upstream $UPSTREAM_URL is gone"; exit 1',
      }),
    then: deployment({ name: 'store', command: NEEDS_SETTING, container: `${READY}\nenv: []` }).replace(
      'spec:\n  replicas',
      'spec:\n  strategy: {type: Recreate}\n  replicas',
    ),
    settleSeconds: 18,
    shows: [/"app": "web"[\s\S]*"exitCode": 1/, /CrashLoopBackOff/, /"exitCode": 2/],
    lingerSeconds: 25,
    truth: truthOf('Deployment/mint-n/store', ['setting-missing'], {
      chain: [
        'Deployment/mint-n/store',
        'Service/mint-n/store',
        'Deployment/mint-n/api',
        'Service/mint-n/api',
        'Deployment/mint-n/web',
      ],
      change: { object: 'Deployment/mint-n/store', field: 'env.DATABASE_URL' },
    }),
    layout: 'get',
  },
  {
    id: 'recorded-configmap-deleted',
    title: 'a ConfigMap is deleted; the next restart shows it',
    area: 'workload',
    namespace: 'mint-q',
    manifests:
      NEIGHBOURS +
      configMap('api-settings', 'mode: fast') +
      deployment({ name: 'api', container: 'envFrom: [{configMapRef: {name: api-settings}}]' }) +
      service('api'),
    commands: [
      ['delete', 'configmap', 'api-settings'],
      ['rollout', 'restart', 'deployment/api'],
    ],
    shows: [/CreateContainerConfigError/],
    truth: truthOf('Deployment/mint-q/api', ['configmap-missing']),
    layout: 'get',
  },
];
