import type { JsonObject } from '../json.ts';
import { asCount, asObject, asText, asTimeUs } from '../json.ts';
import type { ObjectName } from '../snapshot/kube-object.ts';
import { objectText } from '../snapshot/kube-object.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { oncePerSnapshot } from './once.ts';

/** An Event object, whichever API version it has. */
export interface ObjectReport {
  readonly about: ObjectName;
  readonly reason: string;
  readonly message: string;
  readonly type: string | undefined;
  readonly component: string | undefined;
  readonly count: number;
  readonly firstUs: number | undefined;
  readonly lastUs: number | undefined;
}

/** Longest message that is read; the API server allows 1024. */
const MESSAGE_LENGTH = 8_192;
/** Events of one object that are looked at. */
const REPORTS_PER_OBJECT = 200;

const reports = oncePerSnapshot((snapshot) => {
  const all: ObjectReport[] = [];
  const byObject = new Map<string, ObjectReport[]>();
  for (const { namespace, raw } of snapshot.all('Event')) {
    const report = reportOf(namespace, raw);
    if (report === undefined) continue;
    all.push(report);
    const key = objectText(report.about);
    const list = byObject.get(key);
    if (list === undefined) byObject.set(key, [report]);
    else if (list.length < REPORTS_PER_OBJECT) list.push(report);
  }
  for (const list of [all, ...byObject.values()]) list.sort((a, b) => (a.lastUs ?? 0) - (b.lastUs ?? 0));
  return { all, byObject };
});

/** Events about an object, the newest last. */
export function reportsAbout(
  snapshot: Snapshot,
  { kind, namespace, name }: ObjectName,
): readonly ObjectReport[] {
  return reports(snapshot).byObject.get(objectText({ kind, namespace, name })) ?? [];
}

/** Every Event, the newest last. */
export function allReports(snapshot: Snapshot): readonly ObjectReport[] {
  return reports(snapshot).all;
}

function reportOf(eventNamespace: string, raw: JsonObject): ObjectReport | undefined {
  const involved = asObject(raw['involvedObject']) ?? asObject(raw['regarding']);
  const kind = asText(involved?.['kind']);
  const name = asText(involved?.['name']);
  if (kind === undefined || name === undefined) return undefined;
  const isOfCluster = kind === 'Node' || kind === 'PersistentVolume' || kind === 'Namespace';
  const series = asObject(raw['series']);
  const eventUs = asTimeUs(raw['eventTime']);
  return {
    about: {
      kind,
      namespace: isOfCluster ? '' : (asText(involved?.['namespace']) ?? eventNamespace),
      name,
    },
    reason: asText(raw['reason']) ?? '',
    message: (asText(raw['message']) ?? asText(raw['note']) ?? '').slice(0, MESSAGE_LENGTH),
    type: asText(raw['type']),
    component:
      asText(asObject(raw['source'])?.['component']) ??
      asText(asObject(raw['deprecatedSource'])?.['component']) ??
      asText(raw['reportingComponent']) ??
      asText(raw['reportingController']),
    count: asCount(raw['count']) ?? asCount(raw['deprecatedCount']) ?? asCount(series?.['count']) ?? 1,
    firstUs: asTimeUs(raw['firstTimestamp']) ?? asTimeUs(raw['deprecatedFirstTimestamp']) ?? eventUs,
    lastUs:
      asTimeUs(series?.['lastObservedTime']) ??
      asTimeUs(raw['lastTimestamp']) ??
      asTimeUs(raw['deprecatedLastTimestamp']) ??
      eventUs,
  };
}
