import { performance } from 'node:perf_hooks';

import { CallHeaders, isAlertCall, type Call } from './call.ts';
import { secretsOf, toPluginContext } from './context.ts';
import { BackendError, STATUS_CANCELLED, toBackendError } from './errors.ts';
import type { InstanceManager } from './instance-manager.ts';
import type { Logger } from './logger.ts';
import type { Endpoint, PluginMetrics } from './metrics.ts';
import type { PluginContextMessage } from './proto/messages.ts';
import type { Secrets } from './secrets.ts';

/** What all services of one plugin process share. */
export interface Session<Instance> {
  readonly instances: InstanceManager<Instance>;
  readonly metrics: PluginMetrics;
  readonly logger: Logger;
}

/** One call as it came over the wire. */
export interface IncomingCall {
  readonly endpoint: Endpoint;
  readonly context: PluginContextMessage | null;
  readonly headers: CallHeaders;
  readonly signal: AbortSignal;
}

/** Headers of queries and health checks, which carry one value each. */
export function headersOf(headers: Readonly<Record<string, string>>): CallHeaders {
  return new CallHeaders(Object.entries(headers).map(([name, value]) => [name, [value]]));
}

/** Runs `work` with the instance that the call is for. */
export async function withInstance<Instance, Result>(
  session: Session<Instance>,
  incoming: IncomingCall,
  work: (call: Call<Instance>) => Promise<Result>,
): Promise<Result> {
  const context = toPluginContext(incoming.context);
  using lease = await session.instances.acquire(context);
  const logger = session.logger.with({
    endpoint: incoming.endpoint,
    ...(context.datasource === undefined
      ? {}
      : { dsUID: context.datasource.uid, dsName: context.datasource.name }),
  });
  return await work({
    instance: lease.instance,
    context,
    headers: incoming.headers,
    // A browser chooses its own headers for a resource: only the other two are Grafana's word.
    isAlert: incoming.endpoint !== 'callResource' && isAlertCall(incoming.headers),
    signal: incoming.signal,
    logger,
  });
}

function withoutSecrets(error: BackendError, secrets: Secrets): BackendError {
  const message = secrets.redact(error.message);
  if (message === error.message) return error;
  return new BackendError(message, { status: error.status, source: error.source });
}

/** Counts, logs and cleans the failure of a call; what comes back may be shown to the caller. */
export function failureOf<Instance>(
  session: Session<Instance>,
  incoming: IncomingCall,
  thrown: unknown,
  fields: Readonly<Record<string, string>> = {},
): BackendError {
  const secrets = secretsOf(incoming.context);
  const error = withoutSecrets(toBackendError(thrown, incoming.signal), secrets);
  const line = {
    ...fields,
    endpoint: incoming.endpoint,
    status: error.status,
    source: error.source,
    error: error.message,
  };
  if (error.status === STATUS_CANCELLED) session.logger.debug('A call was cancelled', line);
  else if (error.source === 'downstream') session.logger.warn('A call failed downstream', line);
  else {
    const stack = thrown instanceof Error ? secrets.redact(thrown.stack ?? '') : undefined;
    session.logger.error('A call failed in the plugin', { ...line, stack });
  }
  return error;
}

/** Counts one answer. */
export function countAnswer<Instance>(
  session: Session<Instance>,
  endpoint: Endpoint,
  startedMs: number,
  error?: BackendError,
): void {
  if (error === undefined) session.metrics.answered({ endpoint, status: 'ok', source: 'none' }, startedMs);
  else {
    const status = error.status === STATUS_CANCELLED ? 'cancelled' : 'error';
    session.metrics.answered({ endpoint, status, source: error.source }, startedMs);
  }
}

export function nowMs(): number {
  return performance.now();
}
