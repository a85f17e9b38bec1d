import { Badge, type BadgeColor } from '@grafana/ui';
import type { Incident } from '@tapio/domain';
import { INCIDENT_STATE_WORDS } from '../../shared/words.ts';

const COLORS: Readonly<Record<Incident['state'], BadgeColor>> = {
  open: 'red',
  closed: 'blue',
  muted: 'darkgrey',
};

export function StateBadge({ state }: { readonly state: Incident['state'] }) {
  return <Badge color={COLORS[state]} text={INCIDENT_STATE_WORDS[state]} />;
}
