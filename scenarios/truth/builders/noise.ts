import { isPod } from './settle.ts';
import type { Settled } from './settle.ts';
import type { Pod } from './types.ts';

type Lines = (at: (minutes: number) => string, pod: Pod) => string[];

function stamp(iso: string): string {
  return iso.replace('T', ' ').replace('Z', '');
}

const LOGS: Readonly<Record<string, Lines>> = {
  json: (at) => [
    `{"level":"info","ts":"${at(2880)}","msg":"starting server","addr":":8080"}`,
    `{"level":"info","ts":"${at(41)}","msg":"request","method":"GET","path":"/v1/items","status":200,"duration_ms":12}`,
    `{"level":"info","ts":"${at(24)}","msg":"request","method":"GET","path":"/v1/items/77","status":404,"duration_ms":3}`,
    `{"level":"info","ts":"${at(3)}","msg":"request","method":"POST","path":"/v1/items","status":201,"duration_ms":31}`,
  ],
  logfmt: (at) => [
    `time=${at(2880)} level=INFO msg="listening" port=8080`,
    `time=${at(52)} level=WARN msg="slow request" path=/v1/list duration=1.4s`,
    `time=${at(7)} level=INFO msg="cache refreshed" entries=1842`,
  ],
  java: (at) => [
    `${stamp(at(2880))}.114  INFO 1 --- [           main] o.s.b.w.embedded.tomcat.TomcatWebServer  : Tomcat started on port 8080 (http) with context path '/'`,
    `${stamp(at(2879))}.902  INFO 1 --- [           main] com.example.Application                  : Started Application in 41.3 seconds (process running for 43.9)`,
    `${stamp(at(14))}.330  INFO 1 --- [nio-8080-exec-4] com.example.web.Handler                  : handled 200 in 18 ms`,
  ],
  node: (at) => [
    `[${at(2880)}] server listening on 3000`,
    `[${at(31)}] GET / 200 14ms`,
    `[${at(12)}] GET /favicon.ico 404 1ms`,
    `[${at(2)}] GET /items/31 200 22ms`,
  ],
  python: (at) => [
    `[${stamp(at(2880))} +0000] [1] [INFO] Starting gunicorn 22.0.0`,
    `[${stamp(at(2880))} +0000] [1] [INFO] Listening at: http://0.0.0.0:8080 (1)`,
    `[${stamp(at(2880))} +0000] [7] [INFO] Booting worker with pid: 7`,
  ],
  nginx: (at) => [
    `10.244.1.1 - - [${at(6)}] "GET /healthz HTTP/1.1" 200 3 "-" "kube-probe/1.29" "-"`,
    `10.244.2.31 - - [${at(4)}] "GET / HTTP/1.1" 200 5120 "-" "Mozilla/5.0" "-"`,
  ],
  redis: (at) => [
    `1:C ${stamp(at(2880))}.120 * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo`,
    `1:M ${stamp(at(2880))}.131 * Ready to accept connections tcp`,
    `1:M ${stamp(at(25))}.004 * 100 changes in 300 seconds. Saving...`,
    `21:C ${stamp(at(25))}.020 * DB saved on disk`,
  ],
  postgres: (at) => [
    `${stamp(at(2880))}.552 UTC [1] LOG:  database system is ready to accept connections`,
    `${stamp(at(55))}.010 UTC [27] LOG:  checkpoint starting: time`,
    `${stamp(at(51))}.790 UTC [27] LOG:  checkpoint complete: wrote 44 buffers (0.3%); 0 WAL file(s) added`,
  ],
  coredns: (at) => [
    '.:53',
    '[INFO] plugin/reload: Running configuration SHA512 = 591cf328cccc12bc490481273e738df59329c62c0b729d94e8b61db9961c2fa5',
    `CoreDNS-1.11.3`,
    'linux/amd64, go1.21.11, a6338e9',
    `[INFO] ${at(40).slice(0, 0)}127.0.0.1:41025 - 49301 "HINFO IN 4057.1182. udp 57 false 512" NXDOMAIN qr,rd,ra 57 0.012s`,
  ],
  klog: (at) => [
    `I${at(2880).slice(5, 10).replace('-', '')} 10:14:02.318104       1 server.go:137] "Starting"`,
    `I${at(30).slice(5, 10).replace('-', '')} 10:21:44.002113       1 reflector.go:368] Caches populated for *v1.Service`,
  ],
};

const LANGUAGE: readonly (readonly [RegExp, string])[] = [
  [/coredns/u, 'coredns'],
  [/registry\.k8s\.io|calico|kindnet/u, 'klog'],
  [/^redis/u, 'redis'],
  [/^postgres/u, 'postgres'],
  [/media-web/u, 'nginx'],
  [/frontend|reconciler|image-proxy/u, 'node'],
  [/payments|search|invoices|uploader|metadata|graph|opensearch|kafka/u, 'java'],
  [/mailer|recommendations|exporter|rates|transcoder|thumbnails|notify|moderation/u, 'python'],
  [/catalog|checkout|tax|api|feed|timeline/u, 'json'],
];

function addLogs(store: Settled, pod: Pod): void {
  if (pod.status.phase === 'Pending') return;
  const { name, namespace = '' } = pod.metadata;
  for (const container of pod.spec.containers) {
    const key = `${namespace}/${name}/${container.name}`;
    if (store.logs.has(key)) continue;
    const language = LANGUAGE.find(([pattern]) => pattern.test(container.image))?.[1] ?? 'logfmt';
    const lines = LOGS[language]?.((minutes) => store.ago(minutes + store.dice.below(60) / 60), pod) ?? [];
    store.log({ namespace, pod: name, container: container.name }, lines);
  }
}

/** A pod that was killed once, weeks ago, when its node was worked on. */
function addOldRestart(store: Settled, pod: Pod): void {
  const [status] = pod.status.containerStatuses ?? [];
  if (status?.restartCount !== 0 || status.state.running === undefined || store.dice.below(4) !== 0) return;
  const started = Date.parse(status.state.running.startedAt);
  if (store.nowMs - started < 2 * 86_400_000) return;
  status.restartCount = 1;
  const finishedAt = new Date(started - 1000).toISOString().replace(/\.\d+Z$/u, 'Z');
  const startedAt = new Date(started - 90_000_000).toISOString().replace(/\.\d+Z$/u, 'Z');
  pod.metadata.creationTimestamp = startedAt;
  status.lastState = {
    terminated: {
      exitCode: 0,
      reason: 'Completed',
      startedAt,
      finishedAt,
      containerID: `containerd://${store.dice.hex(64)}`,
    },
  };
}

function addEvents(store: Settled): void {
  for (const cronJob of store.ofKind('CronJob')) {
    if (cronJob.spec?.['suspend'] === true || typeof cronJob.status?.['lastScheduleTime'] !== 'string')
      continue;
    const minutes = (store.nowMs - Date.parse(cronJob.status['lastScheduleTime'])) / 60_000;
    if (minutes > 60) continue;
    const about = { component: 'cronjob-controller', minutesAgo: minutes };
    const job = `${cronJob.metadata.name}-${Math.floor((store.nowMs - minutes * 60_000) / 60_000)}`;
    store.event(cronJob, { ...about, reason: 'SuccessfulCreate', message: `Created job ${job}` });
    store.event(cronJob, {
      ...about,
      reason: 'SawCompletedJob',
      message: `Saw completed job: ${job}, condition: Complete`,
      minutesAgo: minutes - 1,
    });
  }
  // A probe that failed while its program started; the pod has been ready since.
  const healthy = store.workloads.filter(
    (w) =>
      w.namespace !== 'kube-system' &&
      w.pods.every((pod) =>
        pod.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
      ) &&
      w.pods.length > 0 &&
      w.container.readinessProbe?.httpGet !== undefined,
  );
  const lucky = healthy[store.dice.below(Math.max(1, healthy.length))];
  const pod = lucky?.pods[0];
  if (lucky === undefined || pod === undefined || lucky.container.readinessProbe?.httpGet === undefined)
    return;
  const minutesAgo = 49 + store.dice.below(9);
  const started = store.ago(minutesAgo);
  const [status] = pod.status.containerStatuses ?? [];
  if (
    status === undefined ||
    store.events.some((event) => (event['involvedObject'] as { uid?: string }).uid === pod.metadata.uid)
  )
    return;
  Object.assign(status, { state: { running: { startedAt: started } } });
  Object.assign(pod.metadata, { creationTimestamp: started });
  pod.status.startTime = started;
  pod.status.conditions = pod.status.conditions.map((condition) => ({
    ...condition,
    lastTransitionTime: store.ago(minutesAgo - 0.4),
  }));
  const { path, port } = lucky.container.readinessProbe.httpGet;
  const url = `http://${pod.status.podIP ?? ''}:${port}${path}`;
  store.event(pod, {
    type: 'Warning',
    reason: 'Unhealthy',
    message: `Readiness probe failed: Get "${url}": dial tcp ${pod.status.podIP ?? ''}:${port}: connect: connection refused`,
    minutesAgo: minutesAgo - 0.2,
    container: lucky.container.name,
    host: pod.spec.nodeName ?? '',
  });
}

/** What an ordinary day leaves in a cluster that is well: logs, Normal events, a restart of weeks ago, a probe too early. */
export function addNoise(store: Settled): void {
  for (const pod of store.ofKind('Pod').filter(isPod)) {
    addOldRestart(store, pod);
    addLogs(store, pod);
  }
  addEvents(store);
}
