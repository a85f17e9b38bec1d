import type { Store } from '../store.ts';
import type { Manifest } from '../types.ts';

/** An age as kubectl prints it. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  return days < 8 && hours % 24 !== 0 ? `${days}d${hours % 24}h` : `${days}d`;
}

/** Columns as wide as their widest cell, three blanks between them. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 3))).join('')}\n`,
    )
    .join('');
}

interface Seen {
  readonly lastMs: number;
  readonly firstMs: number;
  readonly count: number;
}

export function seen(event: Manifest): Seen {
  const parse = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) : Number.NaN);
  const lastMs = parse(event['lastTimestamp'] ?? event['eventTime']);
  return {
    lastMs,
    firstMs: parse(event['firstTimestamp'] ?? event['eventTime']),
    count: typeof event['count'] === 'number' ? event['count'] : 1,
  };
}

function ageOf(store: Store, event: Manifest): string {
  const { lastMs, firstMs, count } = seen(event);
  const last = age(store.nowMs - lastMs);
  return count > 1 ? `${last} (x${count} over ${age(store.nowMs - firstMs)})` : last;
}

/** The Events section of a described object. */
export function eventsOf(store: Store, object: Manifest): string {
  const found = store.events.filter(
    (event) => (event['involvedObject'] as { uid?: string }).uid === object.metadata.uid,
  );
  if (found.length === 0) return 'Events:                      <none>\n';
  const rows = found.map((event) => [
    `  ${String(event['type'])}`,
    String(event['reason']),
    ageOf(store, event),
    String(event['reportingComponent']),
    String(event['message']),
  ]);
  return `Events:\n${table([['  Type', 'Reason', 'Age', 'From', 'Message'], ['  ----', '------', '----', '----', '-------'], ...rows])}`;
}
