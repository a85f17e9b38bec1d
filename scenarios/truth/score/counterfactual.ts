import type { ObservationEvent } from '@tapio/domain';
import { objectOf } from '@tapio/domain';
import type { Incident } from '@tapio/domain';

/** Events with all that tells of the root taken away: a verdict that stands on them has to fall. */
export function withoutRoot(events: readonly ObservationEvent[], incident: Incident): ObservationEvent[] {
  const { kind, namespace, name } = incident.subject;
  const root = `${kind}/${namespace ?? ''}/${name}`;
  const evidence = new Set([...incident.evidenceEventIds, ...incident.symptomEventIds]);
  return events.filter(
    (event) => !evidence.has(event.id) && objectOf(event) !== root && event.data['refers'] !== root,
  );
}

/** Only what the answer stands on: a verdict must not need anything else. */
export function onlyEvidence(events: readonly ObservationEvent[], incident: Incident): ObservationEvent[] {
  const evidence = new Set([...incident.evidenceEventIds, ...incident.symptomEventIds]);
  return events.filter((event) => evidence.has(event.id));
}
