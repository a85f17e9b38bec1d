import type { JsonObject } from '../../json.ts';
import { asCount, asObject, asText, asTimeUs } from '../../json.ts';
import { oncePerSnapshot } from '../../relations/once.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';

/** An Event object about a pod. */
export interface PodReport {
  readonly reason: string;
  readonly message: string;
  /** From the field path `spec.containers{web}`. */
  readonly container: string | undefined;
  readonly count: number;
  readonly firstUs: number | undefined;
  readonly lastUs: number | undefined;
}

/** Events of one pod that are looked at; a pod has a few dozen at most before they merge. */
const REPORTS_PER_POD = 200;

const byPod = oncePerSnapshot((snapshot) => {
  const reports = new Map<string, PodReport[]>();
  for (const { namespace, raw } of snapshot.all('Event')) {
    const involved = asObject(raw['involvedObject']) ?? asObject(raw['regarding']);
    if (involved === undefined || involved['kind'] !== 'Pod') continue;
    const key = `${asText(involved['namespace']) ?? namespace}/${asText(involved['name']) ?? ''}`;
    const list = reports.get(key) ?? [];
    if (list.length >= REPORTS_PER_POD) continue;
    list.push(reportOf(raw, involved));
    reports.set(key, list);
  }
  for (const list of reports.values()) list.sort((a, b) => (a.lastUs ?? 0) - (b.lastUs ?? 0));
  return reports;
});

/** Events about a pod, the newest last; one with another uid is of an earlier pod of the name and left out. */
export function reportsOf(snapshot: Snapshot, pod: KubeObject): readonly PodReport[] {
  const all = byPod(snapshot).get(`${pod.namespace}/${pod.name}`) ?? [];
  const { createdUs } = pod;
  return createdUs === undefined
    ? all
    : all.filter(({ lastUs }) => lastUs === undefined || lastUs >= createdUs - 2_000_000);
}

/** Names of pods of a namespace that Events tell of, there or gone. */
export function podsReported(snapshot: Snapshot, namespace: string): readonly string[] {
  const start = `${namespace}/`;
  return [...byPod(snapshot).keys()].flatMap((key) =>
    key.startsWith(start) ? [key.slice(start.length)] : [],
  );
}

function reportOf(raw: JsonObject, involved: JsonObject): PodReport {
  const series = asObject(raw['series']);
  const field = /\{([^}]{1,253})\}$/.exec(asText(involved['fieldPath']) ?? '');
  const eventUs = asTimeUs(raw['eventTime']);
  const firstUs = asTimeUs(raw['firstTimestamp']) ?? asTimeUs(raw['deprecatedFirstTimestamp']) ?? eventUs;
  const lastUs =
    asTimeUs(series?.['lastObservedTime']) ??
    asTimeUs(raw['lastTimestamp']) ??
    asTimeUs(raw['deprecatedLastTimestamp']) ??
    eventUs;
  return {
    reason: asText(raw['reason']) ?? '',
    message: (asText(raw['message']) ?? asText(raw['note']) ?? '').slice(0, 8_192),
    container: field?.[1],
    count: asCount(raw['count']) ?? asCount(raw['deprecatedCount']) ?? asCount(series?.['count']) ?? 1,
    firstUs,
    lastUs,
  };
}
