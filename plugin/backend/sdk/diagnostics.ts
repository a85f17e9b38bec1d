import type { HealthHandler, HealthReport } from './plugin.ts';
import type { CheckHealthRequestMessage, CheckHealthResponseMessage } from './proto/messages.ts';
import {
  countAnswer,
  failureOf,
  headersOf,
  nowMs,
  withInstance,
  type IncomingCall,
  type Session,
} from './session.ts';

const WIRE_STATUS: Readonly<Record<HealthReport['status'], number>> = { unknown: 0, ok: 1, error: 2 };

function toMessage(report: HealthReport): CheckHealthResponseMessage {
  const details = report.details === undefined ? '' : JSON.stringify(report.details);
  return { status: WIRE_STATUS[report.status], message: report.message, jsonDetails: Buffer.from(details) };
}

/** Answers a health check; a handler that throws reports `error`. Without a handler an instance that can be made is enough. */
export async function answerHealth<Instance>(
  session: Session<Instance>,
  handler: HealthHandler<Instance> | undefined,
  request: CheckHealthRequestMessage,
  signal: AbortSignal,
): Promise<CheckHealthResponseMessage> {
  const startedMs = nowMs();
  const incoming: IncomingCall = {
    endpoint: 'checkHealth',
    context: request.pluginContext,
    headers: headersOf(request.headers),
    signal,
  };
  try {
    const report = await withInstance(session, incoming, async (call): Promise<HealthReport> =>
      handler === undefined ? { status: 'ok', message: 'The plugin is running.' } : await handler(call),
    );
    const message = toMessage(report);
    countAnswer(session, 'checkHealth', startedMs);
    return message;
  } catch (thrown) {
    const error = failureOf(session, incoming, thrown);
    countAnswer(session, 'checkHealth', startedMs, error);
    return toMessage({ status: 'error', message: error.message });
  }
}
