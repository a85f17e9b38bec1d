import type { ChainStep, Incident } from '@tapio/domain';
import { microseconds, tableFrame, type Frame } from '../sdk/index.ts';
import { ROLE_COLORS } from './style.ts';

const ROLE_MAPPING = {
  type: 'value' as const,
  options: Object.fromEntries(
    (['change', 'cause', 'effect'] as const).map((role, index) => [
      role,
      { color: ROLE_COLORS[role], index },
    ]),
  ),
};

/** The change with who made it, where the incident knows. */
function stepWords({ text, eventId }: ChainStep, { change }: Incident): string {
  if (change === undefined || change.eventId !== eventId || text.includes(change.actor)) return text;
  return `${text}, ${change.actor}`;
}

/** Lines of the answer from the originating change to the newest symptom. */
export function chainTable(incident: Incident): Frame {
  return tableFrame(
    'chain',
    [
      { name: 'time', type: 'time', config: { displayName: 'Time', custom: { width: 165 } } },
      {
        name: 'role',
        type: 'string',
        config: { displayName: 'Role', mappings: [ROLE_MAPPING], custom: { width: 80 } },
      },
      { name: 'what', type: 'string', config: { displayName: 'What happened', custom: { minWidth: 420 } } },
      { name: 'seen_by', type: 'string', config: { displayName: 'Seen by', custom: { width: 90 } } },
      { name: 'event', type: 'string', config: { displayName: 'Event', custom: { width: 120 } } },
    ],
    incident.chain.map((step) => [
      microseconds(step.timeUs),
      step.role,
      stepWords(step, incident),
      step.seenBy,
      step.eventId,
    ]),
  );
}
