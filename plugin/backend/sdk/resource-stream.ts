import { CallHeaders } from './call.ts';
import { badRequest } from './errors.ts';
import type {
  CallResourceRequestMessage,
  CallResourceResponseMessage,
  StringListMessage,
} from './proto/messages.ts';
import {
  errorResponse,
  type ResourceHandler,
  type ResourceRequest,
  type ResourceResponse,
} from './resource.ts';
import { countAnswer, failureOf, nowMs, withInstance, type IncomingCall, type Session } from './session.ts';

/** Sends one part of a response and resolves when the next may follow. */
export type SendPart = (part: CallResourceResponseMessage) => Promise<void>;

const NO_HEADERS: Readonly<Record<string, StringListMessage>> = {};

function toRequest(message: CallResourceRequestMessage): ResourceRequest {
  const query = message.url.indexOf('?');
  return {
    method: message.method === '' ? 'GET' : message.method,
    path: `/${message.path.replace(/^\/+/, '')}`,
    searchParams: new URLSearchParams(query < 0 ? '' : message.url.slice(query)),
    body: message.body,
    json() {
      try {
        return JSON.parse(new TextDecoder().decode(message.body)) as unknown;
      } catch (error) {
        throw badRequest('The body is not valid JSON.', { cause: error });
      }
    },
  };
}

function toHeaders(headers: ResourceResponse['headers'] = {}): Record<string, StringListMessage> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      { values: typeof value === 'string' ? [value] : value },
    ]),
  );
}

async function sendResponse(response: ResourceResponse, send: SendPart, signal: AbortSignal): Promise<void> {
  const { status: code, body = '' } = response;
  const headers = toHeaders(response.headers);
  if (typeof body === 'string' || body instanceof Uint8Array) {
    await send({ code, headers, body: Buffer.from(body) });
    return;
  }
  let first = true;
  for await (const chunk of body) {
    signal.throwIfAborted();
    await send(
      first
        ? { code, headers, body: Buffer.from(chunk) }
        : { code, headers: NO_HEADERS, body: Buffer.from(chunk) },
    );
    first = false;
  }
  if (first) await send({ code, headers, body: Buffer.alloc(0) });
}

/**
 * Answers a resource call in one part or, from an iterable body, in several. A failure before the first part
 * becomes a JSON error with its status; a later one is thrown, to break the stream off.
 */
export async function answerResource<Instance>(
  session: Session<Instance>,
  handler: ResourceHandler<Instance>,
  request: CallResourceRequestMessage,
  { signal, send }: { readonly signal: AbortSignal; readonly send: SendPart },
): Promise<void> {
  const startedMs = nowMs();
  const incoming: IncomingCall = {
    endpoint: 'callResource',
    context: request.pluginContext,
    headers: new CallHeaders(Object.entries(request.headers).map(([name, { values }]) => [name, values])),
    signal,
  };
  const progress = { started: false };
  const sendMarked: SendPart = (part) => {
    progress.started = true;
    return send(part);
  };
  try {
    await withInstance(session, incoming, async (call) => {
      await sendResponse(await handler(toRequest(request), call), sendMarked, signal);
    });
    countAnswer(session, 'callResource', startedMs);
  } catch (thrown) {
    const error = failureOf(session, incoming, thrown, { path: request.path });
    countAnswer(session, 'callResource', startedMs, error);
    if (progress.started) throw error;
    await sendResponse(errorResponse(error), send, signal);
  }
}
