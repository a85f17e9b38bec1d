import type { Incident, IncidentKind, VerdictWord } from '@tapio/domain';

/** How a person calls each kind of incident. */
export const INCIDENT_KIND_WORDS: Readonly<Record<IncidentKind, string>> = {
  crash_loop: 'Crash loop',
  latency: 'Latency',
  security: 'Security',
  scheduling: 'Scheduling',
  image: 'Image',
  availability: 'Not available',
  network: 'Network',
  storage: 'Storage',
  node: 'Node',
  admission: 'Admission',
  rollout: 'Roll-out',
  job: 'Job',
  control_plane: 'Control plane',
  config: 'Configuration',
};

export const INCIDENT_STATE_WORDS: Readonly<Record<Incident['state'], string>> = {
  open: 'Open',
  closed: 'Closed',
  muted: 'Muted',
};

/** Domain code does not reach the frontend, only its types: the list is checked against them. */
export const VERDICT_WORD_LIST: readonly VerdictWord[] = Object.keys({
  Likely: true,
  Possible: true,
  'No clear cause': true,
} satisfies Record<VerdictWord, true>) as VerdictWord[];
