import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type Endpoint = 'queryData' | 'checkHealth' | 'callResource';

/** What one finished call was, for the SDK's own metrics. */
export interface CallOutcome {
  readonly endpoint: Endpoint;
  /** `ok`, `error` or `cancelled`. */
  readonly status: 'ok' | 'error' | 'cancelled';
  /** Whose error it was; `none` for `ok`. */
  readonly source: 'none' | 'plugin' | 'downstream';
}

/** The SDK's metrics, in the plugin's registry or one of its own. */
export class PluginMetrics {
  readonly #registry: Registry;
  readonly #outcomes: Counter<'endpoint' | 'status' | 'source'>;
  readonly #durations: Histogram<'endpoint'>;
  readonly #rows: Counter;
  readonly #rowsCut: Counter;

  constructor(registry: Registry | undefined, instanceCount: () => number) {
    this.#registry = registry ?? new Registry();
    const registers = [this.#registry];
    if (this.#registry.getSingleMetric('process_cpu_seconds_total') === undefined) {
      collectDefaultMetrics({ register: this.#registry });
    }
    this.#outcomes = new Counter({
      name: 'plugin_answers_total',
      help: 'Answers to queries (one per refId), health checks and resource calls.',
      labelNames: ['endpoint', 'status', 'source'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'plugin_answer_duration_seconds',
      help: 'Time from call to answer.',
      labelNames: ['endpoint'],
      buckets: [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30],
      registers,
    });
    this.#rows = new Counter({ name: 'plugin_frame_rows_total', help: 'Rows sent in frames.', registers });
    this.#rowsCut = new Counter({
      name: 'plugin_frame_rows_cut_total',
      help: 'Rows left out of frames above the row or byte limit.',
      registers,
    });
    new Gauge({
      name: 'plugin_instances',
      help: 'Live datasource and app instances.',
      registers,
      collect() {
        this.set(instanceCount());
      },
    });
  }

  answered(outcome: CallOutcome, startedMs: number): void {
    this.#outcomes.inc({ ...outcome });
    this.#durations.observe({ endpoint: outcome.endpoint }, (performance.now() - startedMs) / 1000);
  }

  framed(rows: number, rowsCut: number): void {
    this.#rows.inc(rows);
    this.#rowsCut.inc(rowsCut);
  }

  expose(): Promise<string> {
    return this.#registry.metrics();
  }
}
