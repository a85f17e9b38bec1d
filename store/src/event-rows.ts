import type { ObservationEvent, PropertyValue } from '@tapio/domain';
import { EVENT_PROPERTIES, PROMOTED_KEYS, VOCABULARY, eventProperties, eventTypeRow } from '@tapio/domain';

/** A statement that creates events of one shape, with one list for each. */
export interface EventStatement {
  readonly text: string;
  readonly rows: readonly (readonly (PropertyValue | null)[])[];
}

const EXPIRES_AT = 'expires_at';

const INTEGERS: ReadonlySet<string> = new Set([
  'ts',
  'pid',
  EXPIRES_AT,
  ...PROMOTED_KEYS.filter(({ kind }) => kind === 'integer').map(({ key }) => key),
]);

/** The columns of one shape of event, and the Cypher that creates nodes from lists of them. */
class Template {
  readonly columns: readonly string[];
  readonly text: string;
  readonly #known: ReadonlySet<string>;

  constructor(promoted: readonly string[]) {
    this.columns = [...Object.keys(EVENT_PROPERTIES), EXPIRES_AT, ...promoted];
    this.#known = new Set(this.columns);
    const properties = this.columns.map((name, index) => {
      const value = `r[${index}]`;
      // The driver sends numbers as floats: lists of them are far cheaper than lists of its integers.
      return `\`${name}\`: ${INTEGERS.has(name) ? `toInteger(${value})` : value}`;
    });
    this.text = `UNWIND $rows AS r CREATE (:Event {${properties.join(', ')}})`;
  }

  fits(properties: Readonly<Record<string, unknown>>): boolean {
    for (const name in properties) if (!this.#known.has(name)) return false;
    return true;
  }

  row(properties: Readonly<Record<string, PropertyValue>>): (PropertyValue | null)[] {
    return this.columns.map((name) => properties[name] ?? null);
  }
}

const PROMOTED: ReadonlySet<string> = new Set(PROMOTED_KEYS.map(({ key }) => key));

/** One template a type keeps rows short; the general one takes types and keys that a newer version knows. */
const GENERAL = new Template([...PROMOTED]);
const TEMPLATES: ReadonlyMap<string, Template> = new Map(
  Object.keys(VOCABULARY).map((type) => [
    type,
    new Template(Object.keys(eventTypeRow(type)?.data ?? {}).filter((key) => PROMOTED.has(key))),
  ]),
);

/** Statements that create the events, grouped by shape. */
export function eventStatements(events: readonly ObservationEvent[], expiresAtUs: number): EventStatement[] {
  const groups = new Map<Template, (PropertyValue | null)[][]>();
  for (const event of events) {
    const properties = eventProperties(event);
    properties[EXPIRES_AT] = expiresAtUs;
    const own = TEMPLATES.get(event.type);
    const template = own?.fits(properties) === true ? own : GENERAL;
    let rows = groups.get(template);
    if (rows === undefined) groups.set(template, (rows = []));
    rows.push(template.row(properties));
  }
  return [...groups].map(([template, rows]) => ({ text: template.text, rows }));
}
