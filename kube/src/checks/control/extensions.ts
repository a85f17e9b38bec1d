import { conditionOf } from '../../relations/conditions.ts';
import { extensions, metricsGroupIn, metricsServiceOf } from '../../relations/extensions.ts';
import { existsIn } from '../../relations/known.ts';
import { unseenObject } from '../../relations/unseen-object.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check } from '../check.ts';

/** An API that was registered a moment ago is not asked yet. */
const STARTING_US = 60_000_000;

/**
 * APIs that a Service of the cluster serves and that do not answer: by the APIService's condition
 * (kube-aggregator pkg/controllers/status/available), or by an autoscaler that asks for metrics in vain.
 */
export const extensionsCheck: Check = {
  name: 'extensions',
  run(snapshot, emit) {
    const told = new Set<string>();
    for (const { kind, about, group, service } of extensions(snapshot)) {
      const available = conditionOf(about, 'Available');
      const isNew = snapshot.takenUs - (about.createdUs ?? 0) < STARTING_US;
      if (kind !== 'api' || available?.status !== 'False' || isNew) continue;
      told.add(group);
      const { reason, message, sinceUs } = available;
      emit({
        type: 'extension_unavailable',
        about,
        refers: service,
        ...(sinceUs === undefined ? {} : { atUs: sinceUs }),
        data: { kind, group, service_exists: existsIn(snapshot, service), reason, message },
      });
    }
    for (const { message, sinceUs } of failingMetrics(snapshot)) {
      const group = metricsGroupIn(message);
      const service = group === undefined ? undefined : metricsServiceOf(snapshot, group);
      if (group === undefined || service === undefined || told.has(group)) continue;
      told.add(group);
      emit({
        type: 'extension_unavailable',
        about: apiOf(snapshot, group),
        refers: service,
        ...(sinceUs === undefined ? {} : { atUs: sinceUs }),
        data: { kind: 'api', group, service_exists: existsIn(snapshot, service), message },
      });
    }
  },
};

/** What the API server answers for a group that nobody serves at the moment; an empty answer is another matter. */
const UNABLE =
  /server is currently unable to handle the request|connection refused|i\/o timeout|error trying to reach service/;

function failingMetrics(
  snapshot: Snapshot,
): readonly { readonly message: string; readonly sinceUs: number | undefined }[] {
  return snapshot.all('HorizontalPodAutoscaler').flatMap((scaler) => {
    const active = conditionOf(scaler, 'ScalingActive');
    return active?.status === 'False' && UNABLE.test(active.message) ? [active] : [];
  });
}

function apiOf(snapshot: Snapshot, group: string): KubeObject {
  const found = extensions(snapshot).find(
    (extension) => extension.kind === 'api' && extension.group === group,
  );
  return found?.about ?? unseenObject({ kind: 'APIService', namespace: '', name: `v1beta1.${group}` });
}
