import type { ChainStep, Severity } from '@tapio/domain';
import { SOURCES, isSource } from '@tapio/domain';

/** Names of Grafana's palette, which follow the theme. */
export const SEVERITY_COLORS: Readonly<Record<Severity, string>> = {
  info: 'blue',
  warning: 'orange',
  error: 'red',
};

/** The part an event plays in an answer. */
export type EventRole = ChainStep['role'] | 'evidence';

export const ROLE_COLORS: Readonly<Record<EventRole, string>> = {
  change: 'purple',
  cause: 'orange',
  effect: 'red',
  evidence: 'blue',
};

const ENTITY_COLORS: Readonly<Record<string, string>> = {
  Pod: 'green',
  Container: 'semi-dark-green',
  Workload: 'yellow',
  Service: 'semi-dark-yellow',
  Node: 'semi-dark-blue',
  Config: 'semi-dark-purple',
  Volume: 'semi-dark-orange',
  Namespace: 'gray',
  Cluster: 'gray',
  Incident: 'dark-red',
  Pattern: 'light-purple',
};

export function labelColor(label: string): string {
  return ENTITY_COLORS[label] ?? 'gray';
}

/** Icons of Grafana's own set. */
const LABEL_ICONS: Readonly<Record<string, string>> = {
  Pod: 'cube',
  Container: 'gf-layout-simple',
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

/** `container_died` -> `container died` */
export function typeWords(type: string): string {
  return type.replaceAll('_', ' ');
}

export function sourceWords(source: string): string {
  return isSource(source) ? SOURCES[source] : source;
}
