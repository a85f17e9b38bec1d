import type { Measures } from './measure.ts';
import type { Share } from './statistics.ts';

/** `95.2 % (88-98)`: the share in percent with its 95 % interval. */
export function percent({ value, low, high, of }: Share): string {
  if (of === 0) return '-';
  const whole = (x: number): string => String(Math.round(x * 100));
  return `${(value * 100).toFixed(1)} % (${whole(low)}-${whole(high)})`;
}

/** A Markdown table whose columns line up in a terminal too. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join(
    '\n',
  );
}

export const MEASURE_HEAD = [
  'cases',
  'n',
  'AC@1 object and cause',
  'AC@1 object',
  'AC@3 object and cause',
  'MRR',
  'wrong "Likely"',
  'abstained',
  'edge precision',
  'edge recall',
  'ECE',
] as const;

export function measureRow(title: string, m: Measures): string[] {
  return [
    title,
    String(m.cases),
    percent(m.first),
    percent(m.firstObject),
    percent(m.firstThree),
    m.reciprocalRank.toFixed(3),
    percent(m.wrongLikely),
    percent(m.abstained),
    percent(m.edgePrecision),
    percent(m.edgeRecall),
    Number.isNaN(m.calibrationError) ? '-' : m.calibrationError.toFixed(3),
  ];
}
