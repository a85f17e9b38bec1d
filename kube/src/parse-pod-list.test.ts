import fc from 'fast-check';
import { expect, test } from 'vitest';
import { podIdentity } from './identity.ts';
import { KUBE_LIMITS } from './limits.ts';
import { parsePodList } from './parse-pod-list.ts';
import type { PodView } from './pod-view.ts';
import {
  POD_UID,
  REPORT_ID,
  at,
  checkoutPod,
  crashLoop,
  podList,
  reportStatus,
  terminated,
} from './testing/pods.ts';
import type { Json } from './testing/pods.ts';

function parse(list: unknown): {
  pods: readonly PodView[];
  rejected: readonly { fault: { code: string; place: string } }[];
} {
  const parsed = parsePodList(list);
  if (!parsed.ok) throw new Error(parsed.fault.message);
  return parsed.value;
}

function staticPod(metadata: Json): Json {
  return checkoutPod({
    metadata: {
      name: 'kube-apiserver-n1',
      namespace: 'kube-system',
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'n', controller: true }],
      ...metadata,
    },
  });
}

test('a pod is read with its owner, revision, containers and status', () => {
  const [pod] = parse(podList(checkoutPod())).pods;
  expect(pod).toMatchObject({
    podUid: POD_UID,
    podName: 'checkout-7d9c6b5f4-x2lqv',
    namespace: 'shop',
    workload: 'Deployment/checkout',
    revision: '7d9c6b5f4',
    qos: 'Burstable',
  });
  expect(pod?.containers).toEqual([
    expect.objectContaining({
      name: 'report',
      kind: 'container',
      restartCount: 0,
      containerId: REPORT_ID.first,
    }),
  ]);
});

test('environment values, annotations and secret arguments are nowhere in what is kept', () => {
  const pods = parse(podList(checkoutPod())).pods;
  const text = JSON.stringify(pods, (_key, value: unknown) => (value instanceof Map ? [...value] : value));
  expect(text).not.toContain('hunter2');
  expect(text).not.toContain('db.shop.svc');
  expect(text).not.toContain('annotation-secret-value');
  expect(text).toContain('spec.containers[report].env[DB_PASSWORD].value');
});

test('container ids of the newest run and the one before name their restart count', () => {
  const status = reportStatus({
    restartCount: 4,
    containerID: `cri-o://${REPORT_ID.second}`,
    lastState: terminated({ containerID: `cri-o://${REPORT_ID.first}` }),
  });
  const [pod] = parse(podList(checkoutPod({ statuses: [status] }))).pods;
  expect([...podIdentity(pod!).containers]).toEqual([
    [REPORT_ID.first, { name: 'report', restartCount: 3, init: false }],
    [REPORT_ID.second, { name: 'report', restartCount: 4, init: false }],
  ]);
});

test('in its back-off a container’s last state is its newest run', () => {
  const status = reportStatus({ restartCount: 4, state: crashLoop(), lastState: terminated() });
  const [pod] = parse(podList(checkoutPod({ statuses: [status] }))).pods;
  expect([...podIdentity(pod!).containers]).toEqual([
    [REPORT_ID.first, { name: 'report', restartCount: 4, init: false }],
  ]);
});

test('init, sidecar and ephemeral containers are told apart', () => {
  const pod = checkoutPod({
    spec: {
      initContainers: [
        { name: 'migrate', image: 'm:1' },
        { name: 'proxy', image: 'p:1', restartPolicy: 'Always' },
      ],
      ephemeralContainers: [{ name: 'debugger-x', image: 'busybox', targetContainerName: 'report' }],
    },
    status: {
      initContainerStatuses: [
        { name: 'migrate', restartCount: 0, state: terminated({ exitCode: 0, reason: 'Completed' }) },
        { name: 'proxy', restartCount: 1, state: { running: { startedAt: at(3) } } },
      ],
    },
  });
  const kinds = parse(podList(pod)).pods[0]?.containers.map(({ name, kind }) => [name, kind]);
  expect(kinds).toEqual([
    ['migrate', 'init'],
    ['proxy', 'sidecar'],
    ['report', 'container'],
    ['debugger-x', 'ephemeral'],
  ]);
});

test('a static pod and its mirror are one pod, known by the hash of the manifest', () => {
  const hash = 'a3f0c1d2e4b5968778695a4b3c2d1e0f';
  const onNode = staticPod({ uid: hash, annotations: { 'kubernetes.io/config.hash': hash } });
  const mirror = staticPod({ uid: POD_UID, annotations: { 'kubernetes.io/config.mirror': hash } });
  for (const list of [podList(onNode, mirror), podList(mirror, onNode), podList(mirror)]) {
    const { pods, rejected } = parse(list);
    expect(pods.map((pod) => pod.podUid)).toEqual([hash]);
    expect(rejected).toEqual([]);
  }
  expect(parse(podList(onNode)).pods[0]?.workload).toBeUndefined();
});

test('containerd’s start errors give no start time', () => {
  const state = terminated({ exitCode: 128, reason: 'StartError', startedAt: '1970-01-01T00:00:00Z' });
  const [pod] = parse(podList(checkoutPod({ statuses: [reportStatus({ state })] }))).pods;
  const end = pod?.containers[0]?.state;
  expect(end).toMatchObject({
    is: 'terminated',
    end: { exitCode: 128, finishedUs: expect.any(Number) as number },
  });
  expect(end).not.toHaveProperty('end.startedUs');
});

test('termination messages are scrubbed before they are cut', () => {
  const message = `panic: password=hunter2 ${'x'.repeat(5000)}`;
  const state = terminated({ message });
  const [pod] = parse(podList(checkoutPod({ statuses: [reportStatus({ state })] }))).pods;
  const kept = pod?.containers[0]?.state.is === 'terminated' ? pod.containers[0].state.end.message : '';
  expect(kept).toMatch(/^panic: password=\[redacted\] x+…$/);
  expect(kept).toHaveLength(KUBE_LIMITS.messageLength);
});

test.each([
  [null, 'list'],
  [[], 'list'],
  ['pods', 'list'],
  [{ kind: 'NodeList', items: [] }, 'list.kind'],
  [{ kind: 'PodList' }, 'list.items'],
])('%j is no pod list, and the fault names the place', (input, place) => {
  const parsed = parsePodList(input);
  expect(parsed.ok ? undefined : parsed.fault.place).toBe(place);
});

test('an empty kubelet writes null and has no pods', () => {
  expect(parse({ kind: 'PodList', items: null })).toEqual({ pods: [], rejected: [] });
});

test('a bad pod is rejected with its place and takes no other with it', () => {
  const { pods, rejected } = parse(
    podList(
      17,
      { metadata: {} },
      { kind: 'Node', metadata: { uid: 'u', name: 'n', namespace: 'x' } },
      { metadata: { uid: 5, name: 'n', namespace: 'x' } },
      { metadata: { uid: 'u', name: 'n'.repeat(300), namespace: 'x' } },
      checkoutPod(),
      checkoutPod(),
      { metadata: { uid: 'bare', name: 'bare', namespace: 'x' } },
    ),
  );
  expect(pods.map((pod) => pod.podName)).toEqual(['checkout-7d9c6b5f4-x2lqv', 'bare']);
  expect(rejected.map(({ fault }) => `${fault.code} ${fault.place}`)).toEqual([
    'type items[0]',
    'missing items[1].metadata.uid',
    'unknown items[2].kind',
    'type items[3].metadata.uid',
    'too_large items[4].metadata.name',
    'duplicate items[6].metadata.uid',
  ]);
});

test('hostile sizes are bounded and said so', () => {
  const many = Array.from({ length: KUBE_LIMITS.pods + 5 }, (_, i) => ({
    metadata: { uid: `u${i}`, name: `p${i}`, namespace: 'x' },
  }));
  const { pods, rejected } = parse(podList(...many));
  expect(pods).toHaveLength(KUBE_LIMITS.pods);
  expect(rejected).toEqual([
    { index: KUBE_LIMITS.pods, fault: expect.objectContaining({ code: 'too_large' }) as unknown },
  ]);
  const containers = Array.from({ length: KUBE_LIMITS.containers + 5 }, (_, i) => ({ name: `c${i}` }));
  expect(parse(podList(checkoutPod({ spec: { containers } }))).rejected).toHaveLength(1);
  const env = Array.from({ length: 50_000 }, (_, i) => ({ name: `E${i}`, value: 'v' }));
  const [wide] = parse(podList(checkoutPod({ container: { env } }))).pods;
  expect(wide?.spec.size).toBeLessThanOrEqual(KUBE_LIMITS.specFields);
  let deep: Json = {};
  for (let i = 0; i < 10_000; i += 1) deep = { d: deep };
  expect(parse(podList(checkoutPod({ spec: { affinity: deep } }))).pods).toHaveLength(1);
});

test('whatever JSON comes, a list is read or refused and nothing throws', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.jsonValue(),
      fc.jsonValue(),
      (metadata, spec, status) => {
        const names = { uid: 'u', name: 'n', namespace: 's' };
        const merged = { ...metadata, ...names };
        const { pods, rejected } = parse(podList({ metadata: merged, spec, status }, metadata));
        expect(pods.length + rejected.length).toBe(2);
      },
    ),
  );
});
