import type { ChainStep, Severity } from '@tapio/domain';
import { SOURCES, isSource } from '@tapio/domain';

/** Names of Grafana's palette, which follow the theme. */
export const SEVERITY_COLORS: Readonly<Record<Severity, string>> = {
  info: 'blue',
  warning: 'orange',
  error: 'red',
};

/** The part an event plays in an answer. */
export type EventRole = ChainStep['role'] | 'evidence' | 'earlier' | 'other';

export const ROLE_COLORS: Readonly<Record<EventRole, string>> = {
  change: 'purple',
  cause: 'orange',
  effect: 'red',
  evidence: 'blue',
  earlier: 'super-light-red',
  other: 'light-red',
};

/** Of lines between nodes. */
export const EDGE_COLORS = { cause: '#ff9830', beside: '#8e8e8e' } as const;

/** The panel takes colours of nodes and lines as they are: names of the palette would not be drawn. */
const ENTITY_COLORS: Readonly<Record<string, string>> = {
  Pod: '#56a64b',
  Container: '#37872d',
  Workload: '#f2cc0c',
  Service: '#e0b400',
  Node: '#3274d9',
  Config: '#a352cc',
  Volume: '#fa6400',
  Incident: '#c4162a',
  Pattern: '#ca95e5',
};

export function labelColor(label: string): string {
  return ENTITY_COLORS[label] ?? EDGE_COLORS.beside;
}

/** Icons of Grafana's own set. */
const LABEL_ICONS: Readonly<Record<string, string>> = {
  Pod: 'cube',
  Container: 'square-shape',
  Workload: 'layer-group',
  Service: 'sitemap',
  Node: 'database',
  Config: 'cog',
  Incident: 'fire',
};

export function labelIcon(label: string): { icon?: string } {
  const icon = LABEL_ICONS[label];
  return icon === undefined ? {} : { icon };
}

export function sourceWords(source: string): string {
  return isSource(source) ? SOURCES[source] : source;
}
