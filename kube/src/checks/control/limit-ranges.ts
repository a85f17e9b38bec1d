import { parseQuantity } from '@tapio/domain';
import { asList, asObject, asText } from '../../json.ts';
import type { JsonObject } from '../../json.ts';
import { allContainers, podTemplates } from '../../relations/pod-templates.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Check } from '../check.ts';
import { isTold } from './quotas.ts';

/** Containers outside of what a LimitRange allows, where the workload lacks pods and the controller's Event is lost. */
export const limitRangesCheck: Check = {
  name: 'limit-ranges',
  run(snapshot, emit) {
    for (const { object, podSpec, pods, replicas } of podTemplates(snapshot)) {
      if (replicas === undefined || pods.length >= replicas || isTold(snapshot, object)) continue;
      if (!snapshot.knowsAll('Pod', object.namespace)) continue;
      for (const range of snapshot.all('LimitRange', object.namespace)) {
        const broken = brokenBy(range, podSpec);
        if (broken === undefined) continue;
        emit({
          type: 'pod_refused',
          about: object,
          refers: { kind: 'LimitRange', namespace: range.namespace, name: range.name },
          discriminators: ['limit_range'],
          data: {
            problem: 'limit_range',
            subject: broken,
            missing_pods: replicas - pods.length,
            proven: 'objects',
          },
        });
        break;
      }
    }
  },
};

/** In the words of the LimitRanger: `maximum cpu usage per Container is 500m, but limit is 2`. */
function brokenBy(range: KubeObject, podSpec: JsonObject): string | undefined {
  for (const entry of (asList(range.spec['limits']) ?? []).slice(0, 32)) {
    const limit = asObject(entry);
    if (limit?.['type'] !== 'Container') continue;
    for (const container of allContainers(podSpec)) {
      const resources = asObject(container['resources']);
      const most = exceeds(asObject(limit['max']), asObject(resources?.['limits']), 1);
      if (most !== undefined)
        return `maximum ${most.name} usage per Container is ${most.bound}, but limit is ${most.value}`;
      const least = exceeds(asObject(limit['min']), asObject(resources?.['requests']), -1);
      if (least !== undefined)
        return `minimum ${least.name} usage per Container is ${least.bound}, but request is ${least.value}`;
    }
  }
  return undefined;
}

function exceeds(
  bounds: JsonObject | undefined,
  values: JsonObject | undefined,
  sign: 1 | -1,
): { readonly name: string; readonly bound: string; readonly value: string } | undefined {
  for (const [name, bound] of Object.entries(bounds ?? {}).slice(0, 32)) {
    const [own, allowed] = [textOf(values?.[name]), textOf(bound)];
    const [a, b] = [parseQuantity(own ?? ''), parseQuantity(allowed ?? '')];
    if (
      own !== undefined &&
      allowed !== undefined &&
      a !== undefined &&
      b !== undefined &&
      (a - b) * sign > 0
    ) {
      return { name, bound: allowed, value: own };
    }
  }
  return undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : asText(value);
}
