import { formatBytes, objectWords, signalName, summarize, type ObservationEvent } from '@tapio/domain';

/** `container_died` -> `container died` */
export function typeWords(type: string): string {
  return type.replaceAll('_', ' ').replace(/^oom\b/, 'OOM');
}

function bytes(text: string | undefined): string | undefined {
  return text === undefined ? undefined : formatBytes(Number(text));
}

function oomWords({ comm, usage_bytes: usage, limit_bytes: limit }: ObservationEvent['data']): string {
  const amount = [bytes(usage), bytes(limit)].filter((part) => part !== undefined).join(' of ');
  return [comm, amount].filter((part) => part !== undefined && part !== '').join(', ');
}

function exitWords({ comm, signal, exit_code: code }: ObservationEvent['data']): string {
  const how = signal === undefined || signal === '0' ? `code ${code ?? '?'}` : signalName(signal);
  return comm === undefined ? how : `${comm}, ${how}`;
}

/** What is particular of an event, where its type is said beside: a node of the graph holds some 28 characters. */
const SHORT: Readonly<Record<string, (data: ObservationEvent['data']) => string>> = {
  oom_kill: oomWords,
  process_exit: exitWords,
  process_exec: ({ comm, exe }) => exe ?? comm ?? '',
  container_died: ({ container, exit_code: code }) => `${container ?? 'container'}, exit ${code ?? '?'}`,
  container_waiting: ({ reason }) => reason ?? '',
  container_started: ({ container }) => container ?? '',
  pod_spec_changed: ({ words }) => words ?? '',
  workload_spec_changed: ({ words }) => words ?? '',
  pod_evicted: ({ reason }) => reason ?? '',
  log_matched: ({ pattern }) => pattern ?? '',
};

/** Other events of an object are told by its name: their type is what they say of it. */
export function shortWords(event: ObservationEvent): string {
  const { object } = event.data;
  const words = SHORT[event.type]?.(event.data) ?? (object === undefined ? '' : objectWords(object));
  return (words === '' ? summarize(event) : words).replaceAll(' -> ', '→');
}

/** How often something happened, by the type of the symptom: `1 earlier death`, `5 other deaths`. */
export function repeatsWords(type: string, count: number, role: 'earlier' | 'other'): string {
  const [one, many] =
    type === 'container_died'
      ? ['death', 'deaths']
      : type === 'pod_evicted'
        ? ['eviction', 'evictions']
        : ['time', 'times'];
  return `${count.toLocaleString('en')} ${role} ${count === 1 ? one : many}`;
}
