import { getDataSourceSrv } from '@grafana/runtime';
import type { TapioDatasource } from '../datasource/datasource.ts';
import { DATASOURCE_TYPE } from '../shared/ids.ts';

/** A Tapio datasource that this person may query. */
export interface DatasourceChoice {
  readonly uid: string;
  readonly name: string;
}

/** Asked for by type alone, Grafana adds its built-in datasource to the list. */
export function datasourceChoices(): readonly DatasourceChoice[] {
  return getDataSourceSrv()
    .getList({ type: DATASOURCE_TYPE })
    .filter(({ type }) => type === DATASOURCE_TYPE)
    .map(({ uid, name }) => ({ uid, name }));
}

/** The one that is named, or else the first. */
export function chosenDatasource(
  choices: readonly DatasourceChoice[],
  uid: string | null,
): DatasourceChoice | undefined {
  return choices.find((choice) => choice.uid === uid) ?? choices[0];
}

export async function loadDatasource(uid: string): Promise<TapioDatasource> {
  const datasource = await getDataSourceSrv().get(uid);
  return datasource as unknown as TapioDatasource;
}
