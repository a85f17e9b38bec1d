import type { GraphReader } from './graph/reader.ts';
import { checkHealth } from './health.ts';
import type { Datasource } from './instance.ts';
import { PluginMetrics } from './plugin-metrics.ts';
import { answerQuery } from './query/answer.ts';
import { resourceRouter } from './resources/router.ts';
import type { PluginDefinition } from './sdk/index.ts';
import { datasourceConfig, type DatasourceConfig } from './settings.ts';

export type OpenReader = (config: DatasourceConfig, metrics: PluginMetrics) => Promise<GraphReader>;

/** The backend of the Tapio datasource over a way to read the graph. */
export function tapioPlugin(openReader: OpenReader): PluginDefinition<Datasource> {
  const metrics = new PluginMetrics();
  return {
    instance: async (context) => {
      const config = datasourceConfig(context);
      const reader = await openReader(config, metrics);
      return { config, reader, metrics, [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose]() };
    },
    health: checkHealth,
    query: answerQuery,
    resource: resourceRouter().handle,
    registry: metrics.registry,
  };
}
