import { dateTimeFormat, dateTimeFormatTimeAgo } from '@grafana/data';

/** In the reader's own time zone, as their Grafana profile has it. */
export function timeText(us: number): string {
  return dateTimeFormat(us / 1000, { format: 'HH:mm:ss' });
}

export function dateTimeText(us: number): string {
  return dateTimeFormat(us / 1000, { format: 'YYYY-MM-DD HH:mm:ss' });
}

export function agoText(us: number): string {
  return dateTimeFormatTimeAgo(us / 1000);
}

/** For machines and tooltips. */
export function isoText(us: number): string {
  return new Date(us / 1000).toISOString();
}
