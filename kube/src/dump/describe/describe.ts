import type { JsonObject } from '../../json.ts';
import { parseAgeUs, parseEventAge, parseLongTimeUs, isoTime } from '../ages.ts';
import { cellsOf, columnsOf } from '../table.ts';
import { eventObject } from '../table-rows.ts';
import { describedFields, describedKind } from './kinds.ts';
import { pairsOf, present } from './pod-spec.ts';
import { describedSection } from './sections.ts';
import type { DescribedLine } from './tree.ts';
import { describedTree, valueOf, valuesOf } from './tree.ts';

/** An object of a `kubectl describe` text, with the Events below it. */
export interface DescribedObject {
  readonly raw: JsonObject;
  readonly place: string;
  /** The time of the text can't be before this: its newest time, and starts plus their ages. */
  readonly notBeforeUs: number | undefined;
  /** Its Events, with their ages before that time. */
  readonly events: (takenUs: number) => readonly JsonObject[];
}

/** Whether a text is what `kubectl describe` prints. */
export function isDescription(text: string): boolean {
  const head = text.slice(0, 20_000);
  return (
    /^Name:[ \t]+\S/.test(head.trimStart()) &&
    /^(?:Namespace|Labels|Annotations|Selector|Resource |CreationTimestamp|Provisioner|Status|Role|PolicyRule|IsDefaultClass):/m.test(
      head,
    )
  );
}

/** Objects of a `describe` text, one behind the other. */
export function describedObjects(
  text: string,
  path: string,
  kindHint: string | undefined,
): { readonly objects: readonly DescribedObject[]; readonly unknown: readonly string[] } {
  const objects: DescribedObject[] = [];
  const unknown: string[] = [];
  for (const { lines, first } of blocks(text)) {
    const object = describedObject(lines, { path, first, kindHint });
    if (object === undefined) unknown.push(`line ${first}`);
    else objects.push(object);
  }
  return { objects, unknown };
}

interface Block {
  readonly lines: readonly string[];
  /** Number of its first line, from 1. */
  readonly first: number;
}

function blocks(text: string): Block[] {
  const found: { lines: string[]; first: number }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (/^Name:\s+\S/.test(line)) found.push({ lines: [], first: index + 1 });
    found.at(-1)?.lines.push(line);
  }
  return found;
}

interface Origin {
  readonly path: string;
  readonly first: number;
  readonly kindHint: string | undefined;
}

function describedObject(lines: readonly string[], origin: Origin): DescribedObject | undefined {
  const eventsAt = lines.findIndex((line) => /^Events:/.test(line));
  const tree = describedTree(eventsAt === -1 ? lines : lines.slice(0, eventsAt));
  const name = valueOf(tree, 'Name');
  const section = describedSection(lines);
  const kind = section?.kind ?? describedKind(tree) ?? origin.kindHint;
  if (name === undefined || kind === undefined) return undefined;
  const namespace = valueOf(tree, 'Namespace');
  const rows = eventsAt === -1 ? [] : eventRows(lines.slice(eventsAt + 1));
  const involved = { kind, name, namespace };
  const notBeforeUs = notBefore(lines, tree, rows);
  const isTerminating = valueOf(tree, 'Status')?.startsWith('Terminating') === true;
  const metadata = {
    ...metadataOf(tree, name, namespace),
    ...(isTerminating && notBeforeUs !== undefined ? { deletionTimestamp: isoTime(notBeforeUs) } : {}),
  };
  return {
    raw: { apiVersion: '', kind, metadata, ...(section?.fields ?? describedFields(kind, tree)) },
    place: `line ${origin.first}`,
    notBeforeUs,
    events: (takenUs) =>
      rows.map((row, index) =>
        eventObject({ ...row, id: `${origin.path}:${origin.first}:${index}`, involved }, takenUs),
      ),
  };
}

function metadataOf(tree: readonly DescribedLine[], name: string, namespace: string | undefined): JsonObject {
  const created =
    parseLongTimeUs(valueOf(tree, 'CreationTimestamp')) ?? parseLongTimeUs(valueOf(tree, 'Start Time'));
  const [ownerKind, ownerName] = valueOf(tree, 'Controlled By')?.split('/') ?? [];
  return present({
    name,
    namespace,
    labels: pairsOf(valuesOf(tree, 'Labels')),
    annotations: pairsOf(valuesOf(tree, 'Annotations')),
    creationTimestamp: created === undefined ? undefined : isoTime(created),
    finalizers: bracketed(valueOf(tree, 'Finalizers')),
    ownerReferences:
      ownerName === undefined ? undefined : [{ kind: ownerKind, name: ownerName, controller: true }],
  });
}

/** `[kubernetes.io/pvc-protection]` */
function bracketed(text: string | undefined): string[] | undefined {
  return text === undefined
    ? undefined
    : text
        .replaceAll(/[[\]]/g, '')
        .split(/[\s,]+/)
        .filter(Boolean);
}

type EventRow = Omit<Parameters<typeof eventObject>[0], 'id' | 'involved'>;

/** Rows of the table under `Events:`; a message may go on in lines of its own. */
function eventRows(lines: readonly string[]): EventRow[] {
  const header = lines.findIndex((line) => /^\s+Type\s+Reason\s/.test(line));
  if (header === -1) return [];
  const columns = columnsOf(lines[header] ?? '');
  const rows: { cells: Record<string, string>; more: string[] }[] = [];
  for (const line of lines.slice(header + 1)) {
    if (/^\s+----/.test(line) || line.trim() === '') continue;
    if (/^\s{2,}(?:Normal|Warning|Error)\s/.test(line))
      rows.push({ cells: cellsOf(line, columns), more: [] });
    else rows.at(-1)?.more.push(line.trim());
  }
  return rows.flatMap(({ cells, more }) => {
    const reason = cells['Reason'];
    if (reason === undefined) return [];
    const age = parseEventAge(cells['Age'] ?? '');
    const [component, host] = (cells['From'] ?? '').split(/,\s*/);
    return [
      {
        type: cells['Type'],
        reason,
        message: [cells['Message'] ?? '', ...more].join(' ').trim(),
        component: component === '' ? undefined : component,
        host,
        count: age.count,
        lastAgeUs: age.lastUs,
        firstAgeUs: age.firstUs,
      },
    ];
  });
}

/** Ages are rounded down, to minutes from two minutes on and to hours from three hours on. */
function notBefore(
  lines: readonly string[],
  tree: readonly DescribedLine[],
  rows: readonly EventRow[],
): number | undefined {
  const times = lines.flatMap((line) => {
    const us = parseLongTimeUs(/([A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} [\d:]{8} \S+)/.exec(line)?.[1]);
    return us === undefined ? [] : [us];
  });
  const startUs = parseLongTimeUs(valueOf(tree, 'Start Time'));
  const sinceStart = rows.find(({ reason }) => reason === 'Scheduled')?.lastAgeUs;
  if (startUs !== undefined && sinceStart !== undefined) times.push(startUs + sinceStart);
  const age = parseAgeUs(valueOf(tree, 'Age') ?? '');
  if (startUs !== undefined && age !== undefined) times.push(startUs + age);
  return times.length === 0 ? undefined : Math.max(...times);
}
