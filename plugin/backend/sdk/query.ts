import type { Call } from './call.ts';
import { badRequest, BackendError } from './errors.ts';
import { DEFAULT_FRAME_LIMITS, encodeFrame, type FrameLimits } from './frame/encode.ts';
import { Frame } from './frame/frame.ts';
import type { DataQuery, QueryHandler } from './plugin.ts';
import type {
  DataQueryMessage,
  DataResponseMessage,
  QueryDataRequestMessage,
  QueryDataResponseMessage,
} from './proto/messages.ts';
import {
  countAnswer,
  failureOf,
  headersOf,
  nowMs,
  withInstance,
  type IncomingCall,
  type Session,
} from './session.ts';

export interface QueryOptions {
  readonly limits?: FrameLimits | undefined;
  readonly concurrentQueries?: number | undefined;
}

const STATUS_OK = 200;

function parseModel(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  if (bytes.length === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw badRequest('The query is not valid JSON.', { cause: error });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw badRequest('The query is not a JSON object.');
  }
  return parsed as Record<string, unknown>;
}

function toDataQuery(message: DataQueryMessage): DataQuery {
  return {
    refId: message.refId,
    queryType: message.queryType,
    maxDataPoints: message.maxDataPoints,
    intervalMs: message.intervalMS,
    timeRange: { fromMs: message.timeRange?.fromEpochMS ?? 0, toMs: message.timeRange?.toEpochMS ?? 0 },
    model: parseModel(message.json),
  };
}

function errorAnswer(error: BackendError): DataResponseMessage {
  return { frames: [], error: error.message, status: error.status, errorSource: error.source };
}

async function forEachLimited<Item>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const remaining = items.values();
  const lane = async (): Promise<void> => {
    for (const item of remaining) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, lane));
}

function repeatedRefIds(queries: readonly DataQueryMessage[]): ReadonlySet<string> {
  const seen = new Set<string>();
  return new Set(queries.map(({ refId }) => refId).filter((refId) => seen.has(refId) || !seen.add(refId)));
}

function encodeAnswer<Instance>(
  session: Session<Instance>,
  refId: string,
  frames: unknown,
  limits: FrameLimits,
): Uint8Array[] {
  if (!Array.isArray(frames)) throw new BackendError(`The handler gave no answer to query ${refId}.`);
  return frames.map((frame: unknown) => {
    if (!(frame instanceof Frame))
      throw new BackendError(`The handler's answer to query ${refId} holds what is not a frame.`);
    const { bytes, rowCount, rowsCut } = encodeFrame(
      frame.refId === '' ? frame.withRefId(refId) : frame,
      limits,
    );
    session.metrics.framed(rowCount, rowsCut);
    return bytes;
  });
}

/**
 * Answers every refId of a request, each for itself. A refId without an answer would read as "no data" in
 * Grafana, so that a missing or failing handler becomes an error of that refId.
 */
export async function answerQueries<Instance>(
  session: Session<Instance>,
  handler: QueryHandler<Instance>,
  request: QueryDataRequestMessage,
  {
    signal,
    limits = DEFAULT_FRAME_LIMITS,
    concurrentQueries = 8,
  }: QueryOptions & { readonly signal: AbortSignal },
): Promise<QueryDataResponseMessage> {
  const incoming: IncomingCall = {
    endpoint: 'queryData',
    context: request.pluginContext,
    headers: headersOf(request.headers),
    signal,
  };
  const responses = new Map<string, DataResponseMessage>();
  const repeated = repeatedRefIds(request.queries);

  const answer = async (
    message: DataQueryMessage,
    run: (query: DataQuery) => Promise<readonly Frame[]>,
  ): Promise<void> => {
    const { refId } = message;
    const startedMs = nowMs();
    try {
      if (repeated.has(refId)) throw badRequest(`Two queries of the request share the refId ${refId}.`);
      signal.throwIfAborted();
      const frames = encodeAnswer(session, refId, await run(toDataQuery(message)), limits);
      responses.set(refId, { frames, error: '', status: STATUS_OK, errorSource: '' });
      countAnswer(session, 'queryData', startedMs);
    } catch (thrown) {
      const error = failureOf(session, incoming, thrown, { refId });
      responses.set(refId, errorAnswer(error));
      countAnswer(session, 'queryData', startedMs, error);
    }
  };

  try {
    await withInstance(session, incoming, (call: Call<Instance>) =>
      forEachLimited(request.queries, concurrentQueries, (message) =>
        answer(message, async (query) => await handler(query, call)),
      ),
    );
  } catch (thrown) {
    await forEachLimited(request.queries, 1, (message) =>
      answer(message, () => Promise.reject(toError(thrown))),
    );
  }
  return { responses: Object.fromEntries(responses) };
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new BackendError(String(thrown));
}
