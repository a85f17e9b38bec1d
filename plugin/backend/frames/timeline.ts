import { severityOf, summarize, type ObservationEvent } from '@tapio/domain';
import { logsFrame, microseconds, type Frame, type LogLine } from '../sdk/index.ts';

function labelsOf(event: ObservationEvent): Record<string, string> {
  const { type, source, node, namespace, podName, workload } = event;
  return {
    type,
    source,
    node,
    ...(namespace === undefined ? {} : { namespace }),
    ...(podName === undefined ? {} : { pod: podName }),
    ...(workload === undefined ? {} : { workload }),
    ...(event.data['container'] === undefined ? {} : { container: event.data['container'] }),
  };
}

function line(event: ObservationEvent): LogLine {
  return {
    time: microseconds(event.timestamp),
    body: summarize(event),
    severity: severityOf(event),
    id: event.id,
    labels: labelsOf(event),
  };
}

/** Events as log lines, in the order of time. */
export function timelineFrame(events: readonly ObservationEvent[]): Frame {
  const lines = [...events].sort((a, b) => a.timestamp - b.timestamp || (a.id < b.id ? -1 : 1)).map(line);
  return logsFrame('timeline', lines);
}
