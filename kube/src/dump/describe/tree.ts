import { DUMP_LIMITS } from '../limits.ts';

/** A line of `kubectl describe` and what stands below it. */
export interface DescribedLine {
  /** `Restart Count`, or undefined for a line without one. */
  readonly key: string | undefined;
  /** Behind the key; `<none>`, `<unset>` and the like are undefined. */
  readonly value: string | undefined;
  /** The whole line without its indent. */
  readonly text: string;
  readonly indent: number;
  /** Deeper lines, and values below a value (labels, tolerations). */
  readonly below: DescribedLine[];
}

const KEY = /^((?:[^:\s]|\s(?!\s)|:(?!\s|$))+):(?:\s+(.*))?$/;
const NOTHING = /^<(?:none|unset|unknown|nil|empty)>$/;

/** Lines of one described object as a tree, by their indent. */
export function describedTree(lines: readonly string[]): DescribedLine[] {
  const top: DescribedLine[] = [];
  const path: { line: DescribedLine; valueAt: number }[] = [];
  for (const raw of lines) {
    const text = raw.trim();
    if (text === '') continue;
    const indent = raw.length - raw.trimStart().length;
    const last = path.at(-1);
    const continues = last !== undefined && last.valueAt > 0 && indent === last.valueAt;
    const line = continues ? { key: undefined, value: text, text, indent, below: [] } : lineOf(text, indent);
    if (continues) {
      last.line.below.push(line);
      continue;
    }
    while (path.length > 0 && (path.at(-1)?.line.indent ?? 0) >= indent) path.pop();
    const parent = path.at(-1)?.line;
    (parent?.below ?? top).push(line);
    const valueAt = line.value === undefined ? 0 : indentOfValue(raw);
    if (path.length < DUMP_LIMITS.depth) path.push({ line, valueAt });
  }
  return top;
}

function lineOf(text: string, indent: number): DescribedLine {
  const match = KEY.exec(text);
  const value = match === null ? text : match[2]?.trim();
  return {
    key: match?.[1],
    value: value === undefined || value === '' || NOTHING.test(value) ? undefined : value,
    text,
    indent,
    below: [],
  };
}

function indentOfValue(raw: string): number {
  const match = /^(\s*(?:[^:\s]|\s(?!\s)|:(?!\s|$))+:\s+)\S/.exec(raw);
  return match?.[1]?.length ?? 0;
}

export function childOf(lines: readonly DescribedLine[], key: string): DescribedLine | undefined {
  return lines.find((line) => line.key === key);
}

export function valueOf(lines: readonly DescribedLine[], ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = childOf(lines, key)?.value;
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The value behind a key and those below it, one a line. */
export function valuesOf(lines: readonly DescribedLine[], key: string): readonly string[] {
  const line = childOf(lines, key);
  if (line === undefined) return [];
  return [...(line.value === undefined ? [] : [line.value]), ...line.below.map(({ text }) => text)];
}
