import type { Store } from './store.ts';

type Clock = Pick<Store, 'ago'>;

function day(c: Clock, minutes: number, separator = ' '): string {
  return c.ago(minutes).replace('T', separator).replace('Z', '');
}

/** Spring Boot 3, default pattern. */
export function spring(
  c: Clock,
  minutes: number,
  at: { level?: 'INFO' | 'WARN' | 'ERROR'; logger: string; thread?: string; text: string },
): string {
  const { level = 'INFO', logger, thread = 'main', text } = at;
  return `${day(c, minutes, 'T')}.114Z ${level.padStart(5)} 1 --- [${thread.slice(-15).padStart(15)}] ${logger.padEnd(40)} : ${text}`;
}

/** Python's logging with the usual format. */
export function python(c: Clock, minutes: number, level: string, text: string): string {
  return `${day(c, minutes)},318 ${level} ${text}`;
}

/** Go's log/slog as JSON. */
export function slog(
  c: Clock,
  minutes: number,
  at: { level?: string; msg: string; error?: string; [field: string]: unknown },
): string {
  const { level = 'INFO', msg, ...rest } = at;
  return JSON.stringify({ time: c.ago(minutes), level, msg, ...rest });
}

/** nginx's error log. */
export function nginxError(c: Clock, minutes: number, level: string, text: string): string {
  return `${day(c, minutes).replaceAll('-', '/')} [${level}] ${text}`;
}

/** Rust's tracing. */
export function tracing(c: Clock, minutes: number, level: string, text: string): string {
  return `${day(c, minutes, 'T')}.402913Z ${level.padStart(5)} ${text}`;
}

/** Ruby's Logger. */
export function ruby(c: Clock, minutes: number, level: 'INFO' | 'ERROR' | 'FATAL', text: string): string {
  return `${level.slice(0, 1)}, [${day(c, minutes, 'T')}.118204 #1]  ${level} -- : ${text}`;
}

/** klog, as Kubernetes' own programs write. */
export function klog(c: Clock, minutes: number, level: 'I' | 'W' | 'E', text: string): string {
  const at = day(c, minutes);
  return `${level}${at.slice(5, 10).replace('-', '')} ${at.slice(11)}.503448       7 ${text}`;
}
