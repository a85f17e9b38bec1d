import type { ObservationEvent } from '@tapio/domain';
import { formatBytes, formatDuration, objectWords, signalName } from '@tapio/domain';
import { EVENT_FIELDS } from '../engine/views.ts';

/** Longest text that one value may put into a sentence. */
const VALUE_LENGTH = 160;

const FORMATTERS = [
  'bytes',
  'duration',
  'time',
  'nth',
  'short',
  'object',
  'actor',
  'signal',
  'backoff',
  'sender',
  'named',
] as const;
type Formatter = (typeof FORMATTERS)[number];

/** Formatters that take a whole event and no field. */
const EVENT_FORMATTERS: ReadonlySet<Formatter> = new Set(['object', 'actor', 'backoff', 'sender']);

interface Hole {
  readonly name: string;
  readonly field: string | undefined;
  readonly formatter: Formatter | undefined;
}

export interface Template {
  readonly text: string;
  readonly parts: readonly (string | Hole)[];
}

/** Named events of a rule, by alias, beside plain words that the engine supplies (`subject`, `symptom`). */
export interface TemplateValues {
  readonly events: ReadonlyMap<string, ObservationEvent>;
  readonly words: Readonly<Record<string, string>>;
}

/** Words that the engine supplies to every template. */
export const TEMPLATE_WORDS: ReadonlySet<string> = new Set([
  'subject',
  'symptom',
  'namespace',
  'kubectl',
  'count',
  'container',
  'pod',
]);

export type TemplateResult =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly reason: string; readonly offset: number };

/** Fields that a named event has, for the check at load. */
export type KnownFields = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/** Parses `{kill.limit_bytes|bytes}`; `{{` and `}}` stand for braces. A hole that names nothing known is refused when the rule is loaded. */
export function parseTemplate(text: string, known: KnownFields): TemplateResult {
  const parts: (string | Hole)[] = [];
  let last = 0;
  for (const match of text.matchAll(/\{\{|\}\}|\{([^{}]*)\}/g)) {
    if (match[1] === undefined) {
      parts.push(text.slice(last, match.index) + match[0].slice(1));
      last = match.index + match[0].length;
      continue;
    }
    const hole = /^([a-z][a-z0-9_]*)(?:\.([a-z][a-z0-9_]*))?(?:\|([a-z]+))?$/.exec(match[1]);
    const refuse = (reason: string): TemplateResult => ({ ok: false, reason, offset: match.index });
    if (hole === null) return refuse(`${match[0]} is not of the form {name.field|formatter}`);
    const [, name = '', field, formatterName] = hole;
    const formatter = FORMATTERS.find((f) => f === formatterName);
    if (formatterName !== undefined && formatter === undefined) {
      return refuse(`no formatter is called ${formatterName}; there are ${FORMATTERS.join(', ')}`);
    }
    const fields = known.get(name);
    if (fields === undefined && !(field === undefined && TEMPLATE_WORDS.has(name))) {
      return refuse(`${match[0]} names no event of this rule`);
    }
    if (fields !== undefined) {
      const wantsEvent = formatter !== undefined && EVENT_FORMATTERS.has(formatter);
      if (wantsEvent !== (field === undefined))
        return refuse(`${match[0]} needs ${wantsEvent ? 'no' : 'a'} field`);
      if (field !== undefined && !(field in fields)) return refuse(`${name} has no field ${field}`);
    }
    parts.push(text.slice(last, match.index), { name, field, formatter });
    last = match.index + match[0].length;
  }
  parts.push(text.slice(last));
  return { ok: true, template: { text, parts: parts.filter((p) => p !== '') } };
}

/** Fills a template. A value that the event lacks reads `?`; control characters never reach a reader. */
export function renderTemplate(template: Template, values: TemplateValues): string {
  return template.parts.map((part) => (typeof part === 'string' ? part : fill(part, values))).join('');
}

/** Kubernetes names, quantities, paths: nothing that a shell reads as more than a word. */
const SHELL_SAFE = /^[A-Za-z0-9][A-Za-z0-9._:/@=-]{0,252}$/;

/**
 * Fills a command to paste. Undefined when a value is missing or holds anything that a shell could take for
 * more than a plain word: what a workload calls itself must never run in an engineer's terminal.
 */
export function renderCommand(template: Template, values: TemplateValues): string | undefined {
  let command = '';
  for (const part of template.parts) {
    if (typeof part === 'string') command += part;
    else {
      const value = fill(part, values);
      const words = part.name === 'kubectl' ? value.split(' ') : [value];
      if (!words.every((word) => SHELL_SAFE.test(word))) return undefined;
      command += value;
    }
  }
  return command;
}

function fill(hole: Hole, values: TemplateValues): string {
  const event = values.events.get(hole.name);
  if (event === undefined) return clean(values.words[hole.name] ?? '?', hole.formatter);
  if (hole.field === undefined) return clean(eventWords(event, hole.formatter), undefined);
  return clean(fieldText(event, hole.field) ?? '?', hole.formatter);
}

const FIELD_OF: Readonly<Record<string, keyof ObservationEvent>> = {
  pod_name: 'podName',
  pod_uid: 'podUid',
  container_id: 'containerId',
  service_name: 'serviceName',
  ts: 'timestamp',
};

function fieldText(event: ObservationEvent, field: string): string | undefined {
  if (!(field in EVENT_FIELDS)) return event.data[field];
  const value = event[FIELD_OF[field] ?? (field as keyof ObservationEvent)];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function clean(value: string, formatter: Formatter | undefined): string {
  const shown = formatter === undefined || value === '?' ? value : format(value, formatter);
  const printable = shown.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/gu, ' ');
  return printable.length > VALUE_LENGTH ? `${printable.slice(0, VALUE_LENGTH - 1)}…` : printable;
}

function format(value: string, formatter: Formatter): string {
  const number = Number(value);
  switch (formatter) {
    case 'bytes':
      return formatBytes(number);
    case 'duration':
      return formatDuration(number);
    case 'time':
      return isoTime(number);
    case 'nth':
      return ordinal(number);
    case 'short':
      return value.slice(0, 12);
    case 'signal':
      return signalName(value);
    case 'named':
      return objectWords(value);
    case 'object':
    case 'actor':
    case 'backoff':
    case 'sender':
      return value;
  }
}

/** ISO 8601 in UTC, to the second: renderers turn it into the reader's zone. */
export function isoTime(us: number): string {
  return Number.isFinite(us) ? `${new Date(Math.floor(us / 1000)).toISOString().slice(0, 19)}Z` : '?';
}

const ORDINALS = ['zeroth', 'first', 'second', 'third', 'fourth', 'fifth', 'sixth'] as const;

export function ordinal(n: number): string {
  if (!Number.isInteger(n) || n < 0) return '?';
  const word = ORDINALS[n];
  if (word !== undefined) return word;
  const suffix = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${suffix}`;
}

function eventWords(event: ObservationEvent, formatter: Formatter | undefined): string {
  if (formatter === 'object') return changedWords(event);
  if (formatter === 'actor') return actorWords(event);
  if (formatter === 'backoff') return backoffWords(event);
  if (formatter === 'sender') return senderWords(event);
  return '?';
}

/** `Deployment shop/checkout`, `Pod shop/checkout-7d9c6b5f4-x2lqv`: what a change was made to. */
function changedWords(event: ObservationEvent): string {
  const namespace = event.namespace === undefined ? '' : `${event.namespace}/`;
  if (event.type !== 'pod_spec_changed' && event.workload !== undefined) {
    const [kind = '', name = ''] = event.workload.split('/');
    return `${kind} ${namespace}${name}`;
  }
  return `Pod ${namespace}${event.podName ?? event.podUid ?? '?'}`;
}

/** Who made a change, as far as it is known: a user from an audit record, else the field manager, said as such. */
export function actorWords(event: ObservationEvent): string {
  const { actor, manager } = event.data;
  if (actor !== undefined) return `by ${actor}`;
  return manager === undefined ? 'by whom is unknown' : `via ${manager}; user unknown`;
}

/** The kubelet's own figure: `back-off 40s restarting failed container=report ...` */
function backoffWords(event: ObservationEvent): string {
  const match = /back-off (\d{1,4}(?:m\d{1,2})?s|\d{1,4}m)/.exec(event.data['message'] ?? '');
  return match === null ? 'back-off' : `back-off ${(match[1] ?? '').replace(/(\d)([ms])/g, '$1 $2 ').trim()}`;
}

/** Who sent the signal that ended a process, as the kernel saw it: `bash (pid 7, uid 0) on node n1`. */
function senderWords(event: ObservationEvent): string {
  const { sender_comm: comm, sender_pid: pid, sender_uid: uid, sender_container_id: container } = event.data;
  const where =
    container === undefined
      ? `on node ${event.node}`
      : container === event.containerId
        ? 'in the same container'
        : `in container ${container.slice(0, 12)}`;
  const user = uid === undefined ? '' : `, uid ${uid}`;
  return `${comm ?? 'a process'} (pid ${pid ?? '?'}${user}) ${where}`;
}
