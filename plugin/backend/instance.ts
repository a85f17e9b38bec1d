import type { GraphReader } from './graph/reader.ts';
import type { PluginMetrics } from './plugin-metrics.ts';
import type { Call } from './sdk/index.ts';
import type { DatasourceConfig } from './settings.ts';

/** What is kept for one datasource while its settings stay as they are. */
export interface Datasource extends AsyncDisposable {
  readonly config: DatasourceConfig;
  readonly reader: GraphReader;
  readonly metrics: PluginMetrics;
}

export type DatasourceCall = Pick<Call<Datasource>, 'instance' | 'context' | 'isAlert' | 'signal'>;
