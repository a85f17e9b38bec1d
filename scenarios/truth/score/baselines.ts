import type { ObservationEvent } from '@tapio/domain';
import { objectOf } from '@tapio/domain';

/** What a naive method would blame: an object as `Kind/namespace/name` and a cause code, if it says any. */
export interface Guess {
  readonly object: string;
  readonly cause: string | undefined;
}

export interface Baseline {
  readonly id: string;
  readonly title: string;
  readonly guess: (events: readonly ObservationEvent[]) => Guess | undefined;
}

/** A few words that anybody would look for, with what they would conclude. */
const KEYWORDS: readonly (readonly [RegExp, string])[] = [
  [/OOMKilled|out of memory/i, 'oom-killed'],
  [/unauthorized|authentication required|pull access denied/i, 'image-pull-unauthorized'],
  [/ErrImagePull|ImagePullBackOff|manifest unknown|not found.*image/i, 'image-not-found'],
  [/InvalidImageName/i, 'image-name-invalid'],
  [/configmap .*not found/i, 'configmap-missing'],
  [/secret .*not found/i, 'secret-missing'],
  [/Insufficient cpu/i, 'insufficient-cpu'],
  [/Insufficient memory/i, 'insufficient-memory'],
  [/untolerated taint|didn't tolerate/i, 'untolerated-taint'],
  [/node affinity|node selector/i, 'node-selector-mismatch'],
  [/exceeded quota/i, 'quota-cpu-exceeded'],
  [/serviceaccount .*not found/i, 'service-account-missing'],
  [/Liveness probe failed/i, 'liveness-probe-failing'],
  [/Readiness probe failed/i, 'readiness-probe-failing'],
  [/executable file not found/i, 'command-not-found'],
  [/exec format error/i, 'image-platform-mismatch'],
  [/connection refused/i, 'dependency-refused'],
  [/no such host/i, 'dns-name-not-found'],
  [/evicted/i, 'evicted-node-memory'],
];

function keyword(text: string): string | undefined {
  return KEYWORDS.find(([pattern]) => pattern.test(text))?.[1];
}

function warnings(events: readonly ObservationEvent[]): ObservationEvent[] {
  return events
    .filter((event) => event.type === 'kube_event' && event.data['event_type'] === 'Warning')
    .sort((a, b) => a.timestamp - b.timestamp || (a.id < b.id ? -1 : 1));
}

function guessOf(event: ObservationEvent | undefined): Guess | undefined {
  const object = event === undefined ? undefined : objectOf(event);
  if (event === undefined || object === undefined) return undefined;
  return { object, cause: keyword(`${event.data['reason'] ?? ''} ${event.data['message'] ?? ''}`) };
}

function mostFrequent(events: readonly ObservationEvent[]): Guess | undefined {
  const counts = new Map<string, number>();
  const list = warnings(events);
  for (const event of list) {
    const object = objectOf(event) ?? '';
    counts.set(object, (counts.get(object) ?? 0) + Number(event.data['count'] ?? 1));
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return guessOf(list.findLast((event) => objectOf(event) === best?.[0]));
}

/** A container that waits or died by its status, its reason and message read for the keywords. */
function statusAndKeyword(events: readonly ObservationEvent[]): Guess | undefined {
  const failing = events
    .filter(
      (event) =>
        event.type === 'container_waiting' ||
        (event.type === 'container_died' && event.data['exit_code'] !== '0'),
    )
    .sort((a, b) => b.timestamp - a.timestamp || (a.id < b.id ? -1 : 1));
  const object = failing[0] === undefined ? undefined : objectOf(failing[0]);
  if (object === undefined) return guessOf(warnings(events).at(-1));
  const words = events
    .filter((event) => objectOf(event) === object)
    .map(({ data }) => `${data['reason'] ?? ''} ${data['message'] ?? ''} ${data['line'] ?? ''}`)
    .join('\n');
  return { object, cause: keyword(words) };
}

/** What is printed beside: methods that need no engine. */
export const BASELINES: readonly Baseline[] = [
  { id: 'nearest-warning', title: 'nearest Warning', guess: (events) => guessOf(warnings(events).at(-1)) },
  { id: 'earliest-warning', title: 'earliest Warning', guess: (events) => guessOf(warnings(events)[0]) },
  { id: 'most-frequent', title: 'most frequent Warning', guess: mostFrequent },
  { id: 'status-keyword', title: 'object status and keywords', guess: statusAndKeyword },
];
