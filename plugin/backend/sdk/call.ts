import type { PluginContext } from './context.ts';
import type { Logger } from './logger.ts';

/** Header names are looked up without regard to case; of several values the first is given. */
export class CallHeaders {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(entries: Iterable<readonly [name: string, values: readonly string[]]>) {
    const values = new Map<string, readonly string[]>();
    for (const [name, list] of entries) values.set(name.toLowerCase(), list);
    this.#values = values;
  }

  get(name: string): string | undefined {
    return this.#values.get(name.toLowerCase())?.[0];
  }

  getAll(name: string): readonly string[] {
    return this.#values.get(name.toLowerCase()) ?? [];
  }

  names(): string[] {
    return [...this.#values.keys()];
  }
}

/** What every handler gets beside its own request. */
export interface Call<Instance> {
  readonly instance: Instance;
  readonly context: PluginContext;
  /**
   * For queries and health checks: what Grafana itself says about the call, plus the headers of the browser's
   * request that it forwards, those under `http_<Name>`. For resources: the browser's own headers.
   */
  readonly headers: CallHeaders;
  /** True for an alert evaluation, which runs without a person, variables or a browser. */
  readonly isAlert: boolean;
  /** Aborted when the host cancels the call, its deadline passes, or the plugin shuts down. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** Marks alert evaluations; set by Grafana only, never by a browser, on queries and health checks. */
const FROM_ALERT_HEADER = 'FromAlert';

export function isAlertCall(headers: CallHeaders): boolean {
  return headers.get(FROM_ALERT_HEADER) === 'true';
}
