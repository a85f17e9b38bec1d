import { asCount, asList, asObject, asText } from '../../json.ts';
import { conditionOf } from '../../relations/conditions.ts';
import { metricsGroupIn } from '../../relations/extensions.ts';
import { nearestName } from '../../relations/near-names.ts';
import { reportsAbout } from '../../relations/object-reports.ts';
import { oncePerSnapshot } from '../../relations/once.ts';
import { isReady, livePods, podTemplates } from '../../relations/pod-templates.ts';
import { isExternalName, selectorOf, servicesOf } from '../../relations/services.ts';
import type { KubeObject, ObjectName } from '../../snapshot/kube-object.ts';
import { objectText } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check, Emit } from '../check.ts';
import { clientCount } from '../network/service-users.ts';
import { lastWriter } from './rollouts.ts';

const DAY_US = 86_400_000_000;

/** Workloads that want no pods while a Service has nothing else to lead to. */
export const scaledToZeroCheck: Check = {
  name: 'scaled-to-zero',
  run(snapshot, emit) {
    for (const { object, workload, labels, replicas } of podTemplates(snapshot)) {
      if (replicas !== 0 || livePods(snapshot.podsOf(workload)).length > 0) continue;
      const services = servicesOf(snapshot, object.namespace).filter((service) => {
        const pairs = Object.entries(selectorOf(service));
        const selects = pairs.length > 0 && pairs.every(([key, value]) => labels[key] === value);
        return (
          selects &&
          !isExternalName(service) &&
          livePods(snapshot.podsWithLabels(object.namespace, selectorOf(service))).length === 0
        );
      });
      const counted = services.map((service) => ({ service, clients: clientCount(snapshot, service) }));
      const [most] = counted.toSorted((a, b) => b.clients - a.clients);
      if (most === undefined) continue;
      const { manager, atUs } = lastWriter(object, 'f:replicas');
      const scaled = reportsAbout(snapshot, workload).findLast(
        ({ reason, message }) => reason === 'ScalingReplicaSet' && / to 0(?: |$)/.test(message),
      );
      const whenUs = atUs ?? scaled?.lastUs;
      emit({
        type: 'workload_scaled_to_zero',
        about: object,
        refers: { kind: 'Service', namespace: most.service.namespace, name: most.service.name },
        ...(whenUs === undefined ? {} : { atUs: whenUs }),
        data: {
          clients: most.clients,
          autoscaled: autoscaled(snapshot).has(objectText(workload)),
          recent: (whenUs !== undefined && snapshot.takenUs - whenUs < DAY_US) || scaled !== undefined,
          replaced: isReplaced(snapshot, object),
          manager,
        },
      });
    }
  },
};

/** Another colour or version of it runs: `site-green` beside `site-blue`, `api-v2` beside `api`. */
function isReplaced(snapshot: Snapshot, { kind, namespace, name }: KubeObject): boolean {
  const stem = stemOf(name);
  return snapshot
    .all(kind, namespace)
    .some(
      (other) =>
        other.name !== name &&
        (stemOf(other.name) === stem || other.name === stem || stemOf(other.name) === name) &&
        snapshot.podsOf(other).some(isReady),
    );
}

const VARIANT =
  /-(?:blue|green|red|black|[ab]|old|new|next|stable|canary|active|preview|primary|standby|v\d+(?:-\d+)*)$/;

function stemOf(name: string): string {
  return name.replace(VARIANT, '');
}

const autoscaled = oncePerSnapshot((snapshot) => {
  const targets = [...snapshot.all('HorizontalPodAutoscaler'), ...snapshot.all('ScaledObject')].map(targetOf);
  return new Set(targets.map(objectText));
});

function targetOf({ spec, namespace, kind }: KubeObject): ObjectName {
  const target = asObject(spec['scaleTargetRef']);
  const fallback = kind === 'ScaledObject' ? 'Deployment' : '?';
  return { kind: asText(target?.['kind']) ?? fallback, namespace, name: asText(target?.['name']) ?? '?' };
}

/** HorizontalPodAutoscalers that can't do their work, by their conditions (pkg/controller/podautoscaler/horizontal.go). */
export const autoscalersCheck: Check = {
  name: 'autoscalers',
  run(snapshot, emit) {
    for (const scaler of snapshot.all('HorizontalPodAutoscaler')) {
      if (scaler.deletionUs === undefined) lookAt(snapshot, scaler, emit);
    }
  },
};

function lookAt(snapshot: Snapshot, scaler: KubeObject, emit: Emit): void {
  const target = targetOf(scaler);
  const able = conditionOf(scaler, 'AbleToScale');
  const active = conditionOf(scaler, 'ScalingActive');
  const limited = conditionOf(scaler, 'ScalingLimited');
  const replicas = asCount(scaler.status['currentReplicas']);
  const most = asCount(scaler.spec['maxReplicas']);
  const say = (
    problem: string,
    condition: typeof able,
    more: Readonly<Record<string, string | undefined>> = {},
  ): void => {
    emit({
      type: 'autoscaler_failing',
      about: scaler,
      refers: target,
      ...(condition?.sinceUs === undefined ? {} : { atUs: condition.sinceUs }),
      data: {
        problem,
        reason: condition?.reason,
        replicas,
        max_replicas: most,
        message: condition?.message,
        ...more,
      },
    });
  };
  const isAbsent =
    snapshot.knowsAll(target.kind, target.namespace) &&
    snapshot.get(target.kind, target.namespace, target.name) === undefined;
  if (isAbsent || (able?.status === 'False' && able.reason === 'FailedGetScale')) {
    const names = snapshot.all(target.kind, target.namespace).map(({ name }) => name);
    say('target', able, { nearest: nearestName(target.name, names) });
    return;
  }
  if (active?.status === 'False' && active.reason !== 'ScalingDisabled') {
    say(metricsProblem(active.message, active.reason), active, { group: metricsGroupIn(active.message) });
    return;
  }
  const isAtMost = replicas !== undefined && most !== undefined && replicas >= most;
  if (isAtMost && limited?.status === 'True' && limited.reason === 'TooManyReplicas') say('maximum', limited);
}

function metricsProblem(message: string, reason: string | undefined): string {
  if (/missing request for/.test(message)) return 'requests_missing';
  if (/selector/i.test(message) || reason === 'InvalidSelector' || reason === 'AmbiguousSelector')
    return 'selector';
  return /unable to fetch metrics|could not find the requested resource|no metrics returned|server is currently unable/.test(
    message,
  )
    ? 'metrics_api'
    : 'metrics';
}

/** PodDisruptionBudgets that keep a pod on a node which is being emptied. */
export const budgetsCheck: Check = {
  name: 'budgets',
  run(snapshot, emit) {
    const emptied = snapshot.all('Node').filter((node) => node.spec['unschedulable'] === true);
    for (const budget of snapshot.all('PodDisruptionBudget')) {
      const { spec, status, namespace } = budget;
      if (asCount(status['disruptionsAllowed']) !== 0) continue;
      const expected = asCount(status['expectedPods']) ?? 0;
      const desired = asCount(status['desiredHealthy']) ?? 0;
      const selected = livePods(snapshot.all('Pod', namespace)).filter((pod) =>
        isSelected(spec['selector'], pod),
      );
      const kept = selected.find((pod) => emptied.some((node) => node.name === pod.spec['nodeName']));
      if (expected === 0 || kept === undefined) continue;
      emit({
        type: 'disruption_budget_blocks',
        about: budget,
        refers: { kind: 'Node', namespace: '', name: asText(kept.spec['nodeName']) ?? '' },
        data: {
          pod: kept.name,
          expected,
          healthy: asCount(status['currentHealthy']),
          desired,
          never: desired >= expected,
        },
      });
    }
  },
};

function isSelected(selector: unknown, pod: KubeObject): boolean {
  const pairs = Object.entries(asObject(asObject(selector)?.['matchLabels']) ?? {});
  const expressions = asList(asObject(selector)?.['matchExpressions']) ?? [];
  return (
    pairs.length > 0 && expressions.length === 0 && pairs.every(([key, value]) => pod.labels[key] === value)
  );
}
