import type { Problems } from './problems.ts';

/** A JSON value of a file and where it begins. */
export interface JsonDocument {
  readonly value: unknown;
  readonly place: string;
}

interface Source {
  readonly path: string;
  readonly text: string;
  readonly problems: Problems;
}

/**
 * JSON of a file: one value, several behind each other, or one a line. Of a value that is cut off or damaged, the
 * whole entries of its `items` are taken.
 */
export function jsonDocuments(source: Source): JsonDocument[] {
  const { text } = source;
  const whole = parsed(text);
  if (whole !== undefined) return [{ value: whole.value, place: '' }];
  const documents: JsonDocument[] = [];
  let at = skipToValue(text, 0);
  while (at < text.length) {
    const end = endOfValue(text, at);
    const value = end === undefined ? undefined : parsed(text.slice(at, end));
    if (end === undefined || value === undefined) {
      documents.push(...salvaged(source, at, end));
      if (end === undefined) break;
    } else documents.push({ value: value.value, place: documents.length === 0 ? '' : lineOf(text, at) });
    at = skipToValue(text, end);
  }
  return documents;
}

/** Where the next line that begins with a value begins. */
function skipToValue(text: string, from: number): number {
  const start = /[[{]/g;
  start.lastIndex = from;
  const found = start.exec(text);
  return found === null ? text.length : found.index;
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function lineOf(text: string, at: number): string {
  let line = 1;
  for (let i = text.indexOf('\n'); i !== -1 && i < at; i = text.indexOf('\n', i + 1)) line += 1;
  return `line ${line}`;
}

/** Index behind the value that begins at `from`; undefined when it does not end. */
function endOfValue(text: string, from: number): number | undefined {
  let depth = 0;
  for (let i = from; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      const end = endOfString(text, i);
      if (end === undefined) return undefined;
      i = end;
    } else if (code === 0x7b || code === 0x5b) depth += 1;
    else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
      if (depth === 0) return i + 1;
    }
  }
  return undefined;
}

function endOfString(text: string, from: number): number | undefined {
  for (let i = text.indexOf('"', from + 1); i !== -1; i = text.indexOf('"', i + 1)) {
    let slashes = 0;
    while (text.charCodeAt(i - 1 - slashes) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return i;
  }
  return undefined;
}

/** The whole entries of the list at `from`, of which the text ends or is damaged. */
function salvaged(source: Source, from: number, end: number | undefined): JsonDocument[] {
  const { path, text, problems } = source;
  const head = text.slice(from, from + 400);
  const items = /"items"\s*:\s*\[/g;
  items.lastIndex = from;
  const found = items.exec(text);
  const limit = end ?? text.length;
  const kind = /"kind"\s*:\s*"([A-Za-z]{0,63}List)"/.exec(head)?.[1];
  const entries: unknown[] = [];
  let at = found === null || found.index > limit ? limit : found.index + found[0].length;
  let broken = 0;
  while (at < limit) {
    const next = /[{\]]/g;
    next.lastIndex = at;
    const start = next.exec(text);
    if (start === null || start[0] === ']' || start.index >= limit) break;
    const stop = endOfValue(text, start.index);
    if (stop === undefined) break;
    const value = parsed(text.slice(start.index, stop));
    if (value === undefined) broken += 1;
    else entries.push(value.value);
    at = stop;
  }
  const what = end === undefined ? 'the file ends in the middle' : 'not valid JSON';
  const taken =
    entries.length === 0
      ? 'nothing of it was taken'
      : `what is whole before that was taken, ${entries.length} of its items`;
  problems.add(
    path,
    end === undefined ? lineOf(text, text.length) : lineOf(text, from),
    broken > 0 ? `${broken} items are not valid JSON; ${taken}` : `${what}: ${taken}`,
  );
  if (entries.length === 0) return [];
  return [{ value: { kind: kind ?? 'List', items: entries, cut: true }, place: '' }];
}
