import type { EventTypeRow } from '../row.ts';
import { integer, objectKeys, promoted, required, text } from '../row.ts';

export const KUBE_EVENT_VOCABULARY = {
  kube_event: {
    source: 'kubeapi',
    severity: 'warning',
    lane: 'signal',
    meaning:
      'An Event object of the API server: lossy by design (merged, rate-limited, kept an hour), so it colours and never carries a verdict alone where a status says the same. The time is its last occurrence.',
    data: {
      ...objectKeys,
      involved: required(promoted(text('the object that it is about, Kind/namespace/name'))),
      reason: required(promoted(text('reason: FailedScheduling, BackOff, Unhealthy, ...'))),
      message: text('message, scrubbed'),
      event_type: required(text('Normal or Warning')),
      count: integer('how often it was seen', 'count'),
      first_us: integer('first occurrence', 'us'),
      container: promoted(text('container, where the field path names one')),
      component: promoted(text('who reported it: kubelet, default-scheduler, ...')),
      resolution_us: integer('how far the time may lie before the true one', 'us'),
    },
    summary: (event) =>
      `${event.data['reason'] ?? '?'} on ${event.data['involved'] ?? '?'}: ${event.data['message'] ?? ''}`,
  },
} as const satisfies Record<string, EventTypeRow>;
