import { asList, asObject, asText, asTimeUs } from '../../json.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import { objectText } from '../../snapshot/kube-object.ts';
import type { Check } from '../check.ts';
import { configReferences } from './config-references.ts';
import { containersOf, standingPods } from './pod-containers.ts';

/** What made the object, in one go with its creation, is no change. */
const CREATION_US = 60_000_000;
const KEYS_SHOWN = 8;

/** ConfigMaps that were changed after they were made, and that a workload uses whose containers are not well. */
export const configChangedCheck: Check = {
  name: 'config-changed',
  run(snapshot, emit) {
    for (const pod of standingPods(snapshot)) {
      if (!containersOf(pod).some(({ view, isReady }) => isReady === false || view.restartCount > 0))
        continue;
      const owner = snapshot.ownerOf(pod);
      for (const { kind, name } of configReferences(pod.spec)) {
        const config = kind === 'ConfigMap' ? snapshot.get(kind, pod.namespace, name) : undefined;
        const change = config === undefined ? undefined : lastChange(config);
        if (config === undefined || change === undefined) continue;
        emit({
          type: 'config_changed',
          about: config,
          refers: owner,
          atUs: change.timeUs,
          discriminators: [objectText(owner), change.timeUs],
          data: {
            keys: change.keys.length === 0 ? undefined : change.keys.slice(0, KEYS_SHOWN).join(', '),
            manager: change.manager,
          },
        });
      }
    }
  },
};

/** The newest entry of managedFields that owns data: who changed which keys, and when. */
function lastChange(
  config: KubeObject,
):
  | { readonly timeUs: number; readonly manager: string | undefined; readonly keys: readonly string[] }
  | undefined {
  const entries = (asList(config.metadata['managedFields']) ?? []).slice(0, 32).flatMap((value) => {
    const entry = asObject(value);
    const timeUs = asTimeUs(entry?.['time']);
    const fields = asObject(entry?.['fieldsV1']);
    const data = asObject(fields?.['f:data']) ?? asObject(fields?.['f:binaryData']);
    if (timeUs === undefined || data === undefined) return [];
    const keys = Object.keys(data).flatMap((key) => (key.startsWith('f:') ? [key.slice(2)] : []));
    return [{ timeUs, manager: asText(entry?.['manager']), keys }];
  });
  const newest = entries.toSorted((a, b) => b.timeUs - a.timeUs)[0];
  return newest === undefined || newest.timeUs - (config.createdUs ?? 0) < CREATION_US ? undefined : newest;
}
