import { expect, test } from 'vitest';
import { DumpReader } from './dump-reader.ts';
import { Snapshot } from '../snapshot/snapshot.ts';

function snapshotOf(...files: readonly (readonly [string, string])[]): Snapshot {
  const reader = new DumpReader();
  for (const [path, text] of files)
    reader.add({ path, text, modifiedUs: Date.parse('2026-03-04T20:10:00Z') * 1000 });
  const { parts, problems } = reader.finish({ cluster: 'test' });
  expect(problems).toEqual([]);
  return new Snapshot(parts);
}

test('the table of kubectl get events, whose ages count from the file where nothing else tells the time', () => {
  const snapshot = snapshotOf([
    'events.txt',
    `LAST SEEN               TYPE      REASON             OBJECT                            MESSAGE
5m12s                   Normal    Scheduled          pod/web-1                         Successfully assigned shop/web-1 to n1
31s (x4 over 2m)        Warning   BackOff            pod/web-1                         Back-off restarting failed container app in pod web-1_shop(uid)
10m                     Warning   FailedCreate       replicaset/web-5d9c6b5f4          Error creating: pods "web-" is forbidden: exceeded quota: q
`,
  ]);
  const events = snapshot.all('Event').map(({ namespace, raw }) => ({ namespace, ...raw }));
  expect(events).toMatchObject([
    {
      namespace: 'default',
      involvedObject: { kind: 'Pod', name: 'web-1' },
      reason: 'Scheduled',
      type: 'Normal',
      lastTimestamp: '2026-03-04T20:04:48.000Z',
    },
    {
      reason: 'BackOff',
      count: 4,
      firstTimestamp: '2026-03-04T20:08:00.000Z',
      lastTimestamp: '2026-03-04T20:09:29.000Z',
    },
    {
      involvedObject: { kind: 'ReplicaSet', name: 'web-5d9c6b5f4' },
      message: 'Error creating: pods "web-" is forbidden: exceeded quota: q',
    },
  ]);
});

test('with -A and -o wide there are more columns; an Event that a list holds too is taken once', () => {
  const snapshot = snapshotOf(
    [
      'events-wide.txt',
      `NAMESPACE   LAST SEEN   TYPE      REASON    OBJECT      SUBOBJECT              SOURCE        MESSAGE            FIRST SEEN   COUNT   NAME
shop        31s         Warning   BackOff   pod/web-1   spec.containers{app}   kubelet, n1   Back-off of app    2m           4       web-1.17a
shop        40s         Normal    Pulled    pod/web-1   spec.containers{app}   kubelet, n1   Already present    2m           1       web-1.17b
`,
    ],
    [
      'events.json',
      JSON.stringify({
        kind: 'EventList',
        apiVersion: 'v1',
        items: [
          {
            metadata: { name: 'web-1.17a', namespace: 'shop', uid: 'e1' },
            involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-1' },
            reason: 'BackOff',
            message: 'Back-off of app',
            lastTimestamp: '2026-03-04T20:09:00Z',
          },
        ],
      }),
    ],
  );
  const events = snapshot.all('Event');
  expect(events.map(({ raw, uid }) => [raw['reason'], uid]).sort()).toEqual([
    ['BackOff', 'e1'],
    ['Pulled', undefined],
  ]);
  const pulled = events.find(({ raw }) => raw['reason'] === 'Pulled');
  expect([pulled?.namespace, pulled?.raw['source'], pulled?.raw['count']]).toEqual([
    'shop',
    { component: 'kubelet', host: 'n1' },
    1,
  ]);
});

test('tables of objects are weak evidence: what their columns say, and no absence', () => {
  const snapshot = snapshotOf([
    'get-all.txt',
    `NAME                       READY   STATUS             RESTARTS      AGE   IP           NODE   NOMINATED NODE   READINESS GATES
pod/web-5d9c6b5f4-x2lqv    0/1     CrashLoopBackOff   3 (20s ago)   5m    10.244.1.7   n1     <none>           <none>
pod/done-x2lqv             0/1     Completed          0             5m    10.244.1.8   n1     <none>           <none>

NAME          TYPE       CLUSTER-IP   EXTERNAL-IP   PORT(S)                       AGE   SELECTOR
service/web   NodePort   10.96.1.1    <none>        80:30080/TCP,53/UDP           5d    app=web,tier=front

NAME                  READY   UP-TO-DATE   AVAILABLE   AGE
deployment.apps/web   0/3     3            0           5d
`,
  ]);
  expect(snapshot.get('Pod', 'default', 'web-5d9c6b5f4-x2lqv')).toMatchObject({
    spec: { nodeName: 'n1' },
    status: {
      phase: 'Running',
      containerStatuses: [
        { restartCount: 3, ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } } },
      ],
    },
  });
  expect(snapshot.get('Pod', 'default', 'done-x2lqv')?.status['phase']).toBe('Succeeded');
  expect(snapshot.get('Service', 'default', 'web')?.spec).toMatchObject({
    selector: { app: 'web', tier: 'front' },
    ports: [
      { port: 80, nodePort: 30080 },
      { port: 53, protocol: 'UDP' },
    ],
  });
  expect(snapshot.get('Deployment', 'default', 'web')).toMatchObject({
    spec: { replicas: 3 },
    status: { readyReplicas: 0 },
  });
  expect(snapshot.knowsAll('Pod', 'default')).toBe(false);
});
