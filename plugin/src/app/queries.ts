import { CoreApp, type DataFrame, type DataQueryRequest, type TimeRange } from '@grafana/data';
import { lastValueFrom, from, type Observable } from 'rxjs';
import type { TapioQuery } from '../datasource/types.ts';
import { DATASOURCE_TYPE } from '../shared/ids.ts';
import { loadDatasource } from './datasource-access.ts';

const NODE_GRAPH_INTERVAL_MS = 60_000;

/**
 * Frames of an incident's cause.
 * @throws Error with the backend's sentence
 */
export async function rootCauseFrames(
  datasourceUid: string,
  incident: string,
  range: TimeRange,
): Promise<readonly DataFrame[]> {
  const datasource = await loadDatasource(datasourceUid);
  const request: DataQueryRequest<TapioQuery> = {
    requestId: `tapio-root-cause-${incident}`,
    app: CoreApp.Unknown,
    interval: '1m',
    intervalMs: NODE_GRAPH_INTERVAL_MS,
    range,
    scopedVars: {},
    startTime: Date.now(),
    timezone: 'browser',
    targets: [
      {
        refId: 'A',
        queryType: 'rootCause',
        incident,
        datasource: { type: DATASOURCE_TYPE, uid: datasourceUid },
      },
    ],
  };
  const answer = await lastValueFrom(
    from(datasource.query(request) as Observable<{ data: unknown[]; errors?: Array<{ message?: string }> }>),
  );
  const error = answer.errors?.[0];
  if (error !== undefined) throw new Error(error.message ?? 'The query failed.');
  return answer.data as DataFrame[];
}
