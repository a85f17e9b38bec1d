import type { Incident, Result } from '@tapio/domain';
import { ENTITY_LABELS, INCIDENT_KINDS, VERDICT_WORDS, fault, ok } from '@tapio/domain';

/** Checks one value and says what is wrong with it, or nothing. */
type Check = (value: unknown, place: string) => string | undefined;

const text: Check = (value, place) => (typeof value === 'string' ? undefined : `${place} must be a string`);
const number: Check = (value, place) =>
  typeof value === 'number' && Number.isFinite(value) ? undefined : `${place} must be a number`;
const integer: Check = (value, place) =>
  Number.isSafeInteger(value) ? undefined : `${place} must be an integer`;

function oneOf(values: readonly string[]): Check {
  return (value, place) =>
    typeof value === 'string' && values.includes(value)
      ? undefined
      : `${place} must be one of ${values.join(', ')}`;
}

function listOf(item: Check): Check {
  return (value, place) => {
    if (!Array.isArray(value)) return `${place} must be a list`;
    for (const [index, element] of value.entries()) {
      const wrong = item(element, `${place}[${index}]`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

function object(
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check {
  return (value, place) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return `${place} must be an object`;
    const fields = value as Readonly<Record<string, unknown>>;
    for (const [key, check] of Object.entries(required)) {
      const wrong = check(fields[key], `${place}.${key}`);
      if (wrong !== undefined) return wrong;
    }
    for (const [key, check] of Object.entries(optional)) {
      const wrong = fields[key] === undefined ? undefined : check(fields[key], `${place}.${key}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

const objectRef = object({ label: oneOf(ENTITY_LABELS), kind: text, name: text }, { namespace: text });

const incident = object(
  {
    id: text,
    revision: integer,
    cluster: text,
    kind: oneOf(INCIDENT_KINDS),
    state: oneOf(['open', 'closed', 'muted']),
    subject: objectRef,
    headline: text,
    verdict: object(
      { word: oneOf(VERDICT_WORDS), score: number, status: oneOf(['provisional', 'settled']) },
      { causeCode: text, rule: text },
    ),
    chain: listOf(
      object(
        {
          role: oneOf(['change', 'cause', 'effect']),
          eventId: text,
          timeUs: integer,
          resolutionUs: integer,
          text,
          seenBy: text,
        },
        { object: text },
      ),
    ),
    ruledOut: listOf(object({ cause: text, reason: text })),
    certain: listOf(text),
    wouldHelp: listOf(text),
    touched: listOf(text),
    count: integer,
    firstSeenUs: integer,
    lastSeenUs: integer,
    symptomEventIds: listOf(text),
    evidenceEventIds: listOf(text),
    gaps: listOf(text),
    rulesVersion: text,
    pods: listOf(object({ namespace: text, name: text, uid: text })),
  },
  {
    supersededBy: text,
    explanation: text,
    checked: text,
    change: object({ eventId: text, timeUs: integer, object: objectRef, words: text, actor: text }),
    next: object({ command: text, reason: text }),
    rootCauseEventId: text,
  },
);

/** Reads an incident back from the `detail` of its node. Fields that this version does not know stay in it. */
export function decodeIncident(detail: unknown): Result<Incident> {
  if (typeof detail !== 'string') return fault('type', 'detail', 'detail must be a string');
  let parsed: unknown;
  try {
    parsed = JSON.parse(detail);
  } catch {
    return fault('malformed', 'detail', 'detail is no JSON');
  }
  const wrong = incident(parsed, 'incident');
  return wrong === undefined
    ? ok(parsed as Incident)
    : fault('type', wrong.split(' ')[0] ?? 'incident', wrong);
}
