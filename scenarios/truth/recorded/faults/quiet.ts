import type { RecordedFault } from '../fault.ts';
import { NEIGHBOURS, READY, caller, deployment, served } from '../fault.ts';

export const QUIET_STATES: readonly RecordedFault[] = [
  {
    id: 'recorded-quiet-rollout',
    title: 'a roll-out is done: the old ReplicaSet is empty, the new pods serve',
    area: 'healthy',
    namespace: 'quiet',
    manifests: NEIGHBOURS + served('api', { replicas: 2 }) + caller('web', 'http://api/'),
    then: deployment({
      name: 'api',
      replicas: 2,
      container: `${READY}\nenv: [{name: RELEASE, value: "2026-11"}]`,
    }),
    shows: [/ScaledDown|Scaled down/, /"readyReplicas": 2/],
    lingerSeconds: 25,
    truth: null,
    layout: 'get',
  },
  {
    id: 'recorded-quiet-retry',
    title: 'a Job failed once and then succeeded',
    area: 'healthy',
    namespace: 'quiet-b',
    manifests:
      NEIGHBOURS +
      'apiVersion: batch/v1\nkind: Job\nmetadata: {name: import}\nspec:\n  backoffLimit: 4\n  template:\n    spec:\n      restartPolicy: Never\n      volumes: [{name: mark, hostPath: {path: /var/tmp/import-mark, type: DirectoryOrCreate}}]\n      containers: [{name: import, image: $IMAGE, imagePullPolicy: IfNotPresent, volumeMounts: [{name: mark, mountPath: /mark}], command: [sh, -c, "[ -f /mark/once ] || { touch /mark/once; echo ERROR lock is taken; exit 1; }; rm /mark/once; echo imported 12 rows"]}]\n---\n',
    shows: [/"succeeded": 1/],
    lingerSeconds: 10,
    truth: null,
    twinOf: 'recorded-job',
    layout: 'get',
  },
  {
    id: 'recorded-quiet-scaled',
    title: 'an app was scaled from three to one, and serves on',
    area: 'healthy',
    namespace: 'quiet-c',
    manifests: NEIGHBOURS + served('api', { replicas: 3 }) + caller('web', 'http://api/'),
    commands: [['scale', 'deployment/api', '--replicas=1']],
    shows: [/Scaled down/],
    lingerSeconds: 20,
    truth: null,
    twinOf: 'recorded-scaled-to-zero',
    layout: 'cluster-info',
  },
];
