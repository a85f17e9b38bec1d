import { asText } from '../../json.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import { unseenObject } from '../../relations/unseen-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check } from '../check.ts';
import type { StaticComponent } from './control-plane.ts';
import { SYSTEM_NAMESPACE, controlPlanePod } from './control-plane.ts';

/** Lines from the end of a log that are read: what was said before them is over or goes on. */
const LINES = 2_000;
const LINE_LENGTH = 2_000;
const SHOWN = 300;

/** Client's words for what etcd answers (etcd api/v3rpc/rpctypes/error.go) and etcd's own (server/etcdserver). */
const ETCD: readonly {
  readonly problem: string;
  readonly says: RegExp;
  readonly over?: RegExp;
  readonly times: number;
}[] = [
  {
    problem: 'no_space',
    says: /database space exceeded|"alarm raised".*NOSPACE|alarm:NOSPACE|alarm NOSPACE raised/,
    over: /alarm (?:is )?disarmed|"alarm disarmed"/i,
    times: 1,
  },
  {
    problem: 'corrupt',
    says: /"alarm raised".*CORRUPT|etcdserver: corrupt cluster|alarm:CORRUPT/,
    over: /alarm (?:is )?disarmed|"alarm disarmed"/i,
    times: 1,
  },
  {
    problem: 'no_leader',
    says: /etcdserver: no leader|etcdserver: leader changed|lost (?:the )?(?:TCP streaming )?leader|etcdserver: request timed out, possibly due to (?:previous leader failure|connection lost)/,
    over: /elected leader|became leader/,
    times: 3,
  },
];

/** What others say of an API server that can't write. */
const REFUSED = /etcdserver: |rpctypes\.EtcdError|database space exceeded/;

const COMPONENTS: readonly (readonly [StaticComponent, string])[] = [
  ['etcd', 'etcd'],
  ['kube-apiserver', 'apiserver'],
  ['kube-controller-manager', 'controller_manager'],
  ['kube-scheduler', 'scheduler'],
];

/**
 * Control planes whose pods are ready while etcd takes no writes: told by the logs of etcd and of those that depend on it
 * alone.
 */
export const componentLogsCheck: Check = {
  name: 'component-logs',
  run(snapshot, emit) {
    const said = COMPONENTS.map(([name, component]) => ({ name, component, logs: linesOf(snapshot, name) }));
    const found = ETCD.map((entry) => ({
      ...entry,
      line: said.map(({ logs }) => lastOf(logs, entry)).find(Boolean),
    }));
    const [first] = found.filter(({ line }) => line !== undefined);
    if (first?.line === undefined) return;
    for (const { name, component, logs } of said) {
      const line = component === 'etcd' ? first.line : newest(logs, REFUSED);
      if (line === undefined) continue;
      const pod = controlPlanePod(snapshot, name);
      const about: KubeObject = snapshot.get(pod.kind, pod.namespace, pod.name) ?? unseenObject(pod);
      emit({
        type: 'component_down',
        about,
        discriminators: ['log'],
        data: {
          component,
          problem: component === 'etcd' ? first.problem : 'without_etcd',
          everywhere: true,
          on: asText(about.spec['nodeName']),
          message: line.slice(0, SHOWN),
        },
      });
    }
  },
};

function linesOf(snapshot: Snapshot, component: StaticComponent): readonly (readonly string[])[] {
  return snapshot.logs
    .filter(
      ({ namespace, pod, previous }) =>
        (namespace === SYSTEM_NAMESPACE || namespace.startsWith('openshift-')) &&
        pod.startsWith(`${component}-`) &&
        !previous,
    )
    .map(({ lines }) => lines.slice(-LINES));
}

/** The newest line that says it, where it was said often enough and nobody said since that it is over. */
function lastOf(
  logs: readonly (readonly string[])[],
  { says, over, times }: (typeof ETCD)[number],
): string | undefined {
  for (const lines of logs) {
    const cut = lines.map((line) => line.slice(0, LINE_LENGTH));
    const at = cut.findLastIndex((line) => says.test(line));
    if (at === -1 || cut.filter((line) => says.test(line)).length < times) continue;
    if (over === undefined || !cut.slice(at + 1).some((line) => over.test(line))) return cut[at];
  }
  return undefined;
}

function newest(logs: readonly (readonly string[])[], says: RegExp): string | undefined {
  return logs.flatMap((lines) => lines.findLast((line) => says.test(line.slice(0, LINE_LENGTH))) ?? [])[0];
}
