import { locationUtil, urlUtil, type RawTimeRange } from '@grafana/data';
import type { TapioQuery } from '../datasource/types.ts';
import { APP_ROOT, DATASOURCE_TYPE } from '../shared/ids.ts';

type Query = Omit<TapioQuery, 'refId'>;

function rangeText(value: RawTimeRange['from']): string {
  return typeof value === 'string' ? value : String(value.valueOf());
}

/** Opens a query in Explore. */
export function exploreUrl(datasourceUid: string, query: Query, range: RawTimeRange): string {
  const pane = {
    datasource: datasourceUid,
    queries: [{ refId: 'A', datasource: { type: DATASOURCE_TYPE, uid: datasourceUid }, ...query }],
    range: { from: rangeText(range.from), to: rangeText(range.to) },
  };
  return locationUtil.assureBaseUrl(
    urlUtil.renderUrl('/explore', { schemaVersion: 1, panes: JSON.stringify({ tapio: pane }) }),
  );
}

export function incidentPath(id: string, datasourceUid: string): string {
  return urlUtil.renderUrl(`${APP_ROOT}/incidents/${encodeURIComponent(id)}`, { ds: datasourceUid });
}

export function incidentsPath(datasourceUid: string | undefined): string {
  return urlUtil.renderUrl(`${APP_ROOT}/incidents`, datasourceUid === undefined ? {} : { ds: datasourceUid });
}

/** For anchors: with the sub-path that Grafana may be served under. */
export function href(path: string): string {
  return locationUtil.assureBaseUrl(path);
}
