import {
  INCIDENT_KINDS,
  VERDICT_WORDS,
  type Incident,
  type IncidentKind,
  type VerdictWord,
} from '@tapio/domain';
import type { GraphParameter } from '@tapio/store';
import { badRequest, type DataQuery } from '../sdk/index.ts';

/** `graph`, `table` and `timeSeries` carry Cypher; the others are fixed and open to Viewers. */
const QUERY_TYPES = ['rootCause', 'incidents', 'timeline', 'graph', 'table', 'timeSeries'] as const;

const INCIDENT_STATES = ['open', 'closed', 'muted'] as const satisfies readonly Incident['state'][];

/**
 * - `table`: one row per incident, for people
 * - `alert`: one row per incident with exactly one number, 1 while it is open and else 0, the rest labels
 * - `annotations`: one row per incident with the columns that annotations read
 */
export const INCIDENT_FORMATS = ['table', 'alert', 'annotations'] as const;
export type IncidentFormat = (typeof INCIDENT_FORMATS)[number];

/**
 * - `graph`: the node graph and, as a third frame, the chain
 * - `chain`: the chain alone, one row per step
 */
const ROOT_CAUSE_SHOWS = ['graph', 'chain'] as const;

/** Which incidents; an empty list (or none) means any. */
export interface IncidentSelection {
  readonly clusters: readonly string[];
  readonly namespaces: readonly string[];
  readonly kinds: readonly IncidentKind[];
  readonly states: readonly Incident['state'][];
  readonly verdicts: readonly VerdictWord[];
  /** Part of id, headline or subject, whatever its case. */
  readonly search: string;
}

/** An incident, or a pod in its namespace. */
interface AboutPod {
  readonly incident: string;
  readonly namespace: string;
  readonly pod: string;
  readonly limit?: number;
}

/** What a query asks for, checked. */
export type QueryModel =
  | (AboutPod & {
      readonly type: 'rootCause';
      readonly show: (typeof ROOT_CAUSE_SHOWS)[number];
      /** The pods, nodes and workloads that events were seen on, as nodes too. */
      readonly showEntities: boolean;
    })
  | (AboutPod & { readonly type: 'timeline' })
  | {
      readonly type: 'incidents';
      readonly format: IncidentFormat;
      readonly selection: IncidentSelection;
      readonly limit?: number;
    }
  | {
      readonly type: 'graph' | 'table' | 'timeSeries';
      readonly cypher: string;
      /** Values of the dashboard's variables by name. */
      readonly parameters: Readonly<Record<string, GraphParameter>>;
      readonly limit?: number;
    };

const MAX_TEXT_LENGTH = 32 * 1024;
const MAX_PARAMETERS = 100;
const MAX_LIST_LENGTH = 10_000;
const PARAMETER_NAME = /^[A-Za-z_]\w{0,127}$/;

type Model = Readonly<Record<string, unknown>>;

function text(model: Model, key: string): string {
  const value = model[key];
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw badRequest(`The query's "${key}" must be a text.`);
  if (value.length > MAX_TEXT_LENGTH)
    throw badRequest(`The query's "${key}" is longer than ${MAX_TEXT_LENGTH} characters.`);
  return value.trim();
}

/** A list, or one text: a variable with several values arrives as comma-separated text. */
function list(model: Model, key: string): readonly string[] {
  const value = model[key];
  if (value === undefined || value === null || value === '') return [];
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (items.length > MAX_LIST_LENGTH || !items.every((item) => typeof item === 'string')) {
    throw badRequest(`The query's "${key}" must be a list of at most ${MAX_LIST_LENGTH} texts.`);
  }
  return items
    .flatMap((item) => item.split(','))
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function choices<Choice extends string>(
  model: Model,
  key: string,
  allowed: readonly Choice[],
): readonly Choice[] {
  return list(model, key).map((item) => choice(item, key, allowed));
}

function choice<Choice extends string>(value: string, key: string, allowed: readonly Choice[]): Choice {
  const known = allowed.find((candidate) => candidate === value);
  if (known === undefined) {
    throw badRequest(`The query's "${key}" is ${JSON.stringify(value)}; it can be ${allowed.join(', ')}.`);
  }
  return known;
}

function limit(model: Model): { limit?: number } {
  const value = model['limit'];
  if (value === undefined || value === null || value === '') return {};
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw badRequest('The query\'s "limit" must be a whole number from 1.');
  return { limit: number };
}

function parameterOf(value: unknown, name: string): GraphParameter {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (Array.isArray(value) && value.length <= MAX_LIST_LENGTH)
    return value.map((item: unknown) => parameterOf(item, name));
  throw badRequest(
    `The variable "${name}" must be a text, a number or a list of at most ${MAX_LIST_LENGTH} of them.`,
  );
}

function parameters(model: Model): Readonly<Record<string, GraphParameter>> {
  const value = model['parameters'];
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw badRequest('The query\'s "parameters" must be an object.');
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  if (entries.length > MAX_PARAMETERS) throw badRequest(`A query takes at most ${MAX_PARAMETERS} variables.`);
  return Object.fromEntries(
    entries.map(([name, item]) => {
      if (!PARAMETER_NAME.test(name) || name.startsWith('__'))
        throw badRequest(`${JSON.stringify(name)} is no name of a variable.`);
      return [name, parameterOf(item, name)];
    }),
  );
}

/** The first one where the query names none. */
function choiceOrFirst<Choice extends string>(
  model: Model,
  key: string,
  allowed: readonly [Choice, ...Choice[]],
): Choice {
  const named = text(model, key);
  return named === '' ? allowed[0] : choice(named, key, allowed);
}

function flag(model: Model, key: string): boolean {
  const value = model[key];
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw badRequest(`The query's "${key}" must be true or false.`);
  return value;
}

function aboutPod(model: Model): AboutPod {
  return {
    incident: text(model, 'incident'),
    namespace: text(model, 'namespace'),
    pod: text(model, 'pod'),
    ...limit(model),
  };
}

function selection(model: Model): IncidentSelection {
  return {
    clusters: list(model, 'clusters'),
    namespaces: list(model, 'namespaces'),
    kinds: choices(model, 'kinds', INCIDENT_KINDS),
    states: choices(model, 'states', INCIDENT_STATES),
    verdicts: choices(model, 'verdicts', VERDICT_WORDS),
    search: text(model, 'search'),
  };
}

/**
 * Reads a query as its editor, a dashboard file or an alert rule holds it. Unknown keys are left alone: Grafana
 * adds its own.
 * @throws BackendError 400 naming the key
 */
export function queryModel({ queryType, model }: Pick<DataQuery, 'queryType' | 'model'>): QueryModel {
  const type = choice(queryType === '' ? text(model, 'queryType') : queryType, 'queryType', QUERY_TYPES);
  switch (type) {
    case 'rootCause':
      return {
        type,
        ...aboutPod(model),
        show: choiceOrFirst(model, 'show', ROOT_CAUSE_SHOWS),
        showEntities: flag(model, 'showEntities'),
      };
    case 'timeline':
      return { type, ...aboutPod(model) };
    case 'incidents':
      return {
        type,
        format: choiceOrFirst(model, 'format', INCIDENT_FORMATS),
        selection: selection(model),
        ...limit(model),
      };
    case 'graph':
    case 'table':
    case 'timeSeries': {
      const cypher = text(model, 'cypher');
      if (cypher === '')
        throw badRequest('The query holds no Cypher: write some, such as MATCH (e:Event) RETURN e LIMIT 10.');
      return { type, cypher, parameters: parameters(model), ...limit(model) };
    }
  }
}
