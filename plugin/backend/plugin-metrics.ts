import { Counter, Histogram, Registry } from 'prom-client';

/** What this plugin counts beside the SDK: shown under `/metrics/plugins/tapio-datasource`. */
export class PluginMetrics {
  readonly registry = new Registry();
  readonly #queries = new Counter({
    name: 'tapio_plugin_queries_total',
    help: 'Queries by type, and how they ended: ok, refused (no right), failed.',
    labelNames: ['query_type', 'outcome'],
    registers: [this.registry],
  });
  readonly #reads = new Histogram({
    name: 'tapio_plugin_graph_read_duration_seconds',
    help: 'Time of one read of the graph.',
    labelNames: ['read'],
    buckets: [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30],
    registers: [this.registry],
  });
  readonly #failures = new Counter({
    name: 'tapio_plugin_graph_read_failures_total',
    help: 'Reads of the graph that failed, by the kind of failure.',
    labelNames: ['read', 'code'],
    registers: [this.registry],
  });

  queried(queryType: string, outcome: 'ok' | 'refused' | 'failed'): void {
    this.#queries.inc({ query_type: queryType, outcome });
  }

  /** Measures `read` and counts its failure under what `codeOf` makes of the error. */
  async measured<T>(name: string, read: () => Promise<T>, codeOf: (error: unknown) => string): Promise<T> {
    const end = this.#reads.startTimer({ read: name });
    try {
      return await read();
    } catch (error) {
      this.#failures.inc({ read: name, code: codeOf(error) });
      throw error;
    } finally {
      end();
    }
  }
}
