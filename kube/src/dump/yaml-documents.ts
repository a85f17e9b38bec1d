import { CORE_SCHEMA, YAMLException, load } from 'js-yaml';
import type { JsonDocument } from './json-documents.ts';
import type { Problems } from './problems.ts';

interface Source {
  readonly path: string;
  readonly text: string;
  readonly problems: Problems;
}

/** Times stay texts; of a key that stands twice the last counts, as in JSON; no alias can fill the memory. */
const OPTIONS = { schema: CORE_SCHEMA, json: true, maxAliases: 0, maxDepth: 100 } as const;

/**
 * YAML of a file, document by document. Entries of a list are read one by one, so that a bad one takes no other with
 * it. Aliases are refused: nothing that Kubernetes writes has them, and a few lines of them can fill any memory.
 */
export function yamlDocuments(source: Source): JsonDocument[] {
  const documents: JsonDocument[] = [];
  let line = 1;
  for (const text of source.text.split(/^---(?:[ \t].*)?$/m)) {
    if (/\S/.test(text)) documents.push(...yamlDocument(source, text, line));
    line += text.split('\n').length - 1;
  }
  return documents;
}

const ITEMS = /^items:[ \t]*$/m;

function yamlDocument(source: Source, text: string, line: number): JsonDocument[] {
  const found = ITEMS.exec(text);
  if (found === null) {
    const one = parseYaml(source, text, `line ${line}`);
    return one === undefined ? [] : [{ value: one.value, place: line === 1 ? '' : `line ${line}` }];
  }
  const start = found.index + found[0].length + 1;
  const { entries, end } = splitEntries(text, start);
  const headText = `${text.slice(0, found.index)}${text.slice(end)}`;
  const head = parseYaml(source, headText, `line ${line}`);
  const fields =
    typeof head?.value === 'object' && head.value !== null && !Array.isArray(head.value) ? head.value : {};
  // Keys are written in order of the alphabet: without a kind behind the items the end is missing.
  const isCut = !('kind' in fields);
  const taken = isCut ? entries.slice(0, -1) : entries;
  const values = taken.flatMap((entry, index) => {
    const value = parseYaml(source, entry, `items[${index}]`);
    return value === undefined ? [] : [Array.isArray(value.value) ? (value.value[0] as unknown) : null];
  });
  if (isCut) {
    const last = text.split('\n').length + line - 1;
    source.problems.add(
      source.path,
      `line ${last}`,
      `the file ends in the middle: what is whole before that was taken, ${values.length} of its items`,
    );
  }
  return [
    {
      value: {
        kind: 'List',
        ...fields,
        items: values,
        ...(isCut || values.length < taken.length ? { cut: true } : {}),
      },
      place: '',
    },
  ];
}

/** Texts of the entries of a block sequence that begins at `start`, and where it ends. */
function splitEntries(
  text: string,
  start: number,
): { readonly entries: readonly string[]; readonly end: number } {
  const entries: string[] = [];
  const indent = /^ */.exec(text.slice(start, start + 32))?.[0].length ?? 0;
  const dash = `${' '.repeat(indent)}-`;
  let begin = start;
  let at = start;
  while (at < text.length) {
    const newline = text.indexOf('\n', at);
    const next = newline === -1 ? text.length : newline + 1;
    const isEntry = text.startsWith(dash, at) && /[ \n]/.test(text.charAt(at + dash.length));
    const first = text.charAt(at);
    if (isEntry) {
      if (at > begin) entries.push(text.slice(begin, at));
      begin = at;
    } else if (first !== ' ' && first !== '\n' && first !== '#' && !(indent > 0 && first === '-')) break;
    at = next;
  }
  if (at > begin) entries.push(text.slice(begin, at));
  return { entries, end: at };
}

function parseYaml(
  { path, problems }: Source,
  text: string,
  place: string,
): { readonly value: unknown } | undefined {
  try {
    return { value: load(text, OPTIONS) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const reason = /maxAliases/.test(error.reason)
      ? 'YAML aliases are refused'
      : `not valid YAML: ${error.reason}`;
    problems.add(path, place, reason);
    return undefined;
  }
}
