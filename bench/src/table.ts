import type { Row, Target } from './bench.ts';
import { isReached } from './figures.ts';

const HEADINGS = ['', 'median', 'min - max', 'unit', 'original', 'target', ''] as const;

/** What was measured, beside the original's claims and the targets, for people. */
export function table(rows: readonly Row[]): string {
  const cells = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells.map((line) => joinLine(line, widths)).join('\n');
}

/** Notes of rows that have one. */
export function notes(rows: readonly Row[]): string {
  return rows.flatMap(({ name, note }) => (note === undefined ? [] : [`  ${name}: ${note}`])).join('\n');
}

function cellsOf(row: Row): readonly string[] {
  const { min, max, runs, ratio, figure } = row;
  const reached = isReached(row);
  const range = min === undefined || max === undefined || runs === 1 ? '' : `${format(min)} - ${format(max)}`;
  const value = format(row.value) + (ratio === undefined ? '' : ` (${Math.round(ratio * 100)} %)`);
  return [
    row.name,
    value,
    range,
    row.unit,
    figure?.claim ?? '',
    figure?.target === undefined ? '' : targetText(figure.target),
    reached === undefined ? '' : reached ? 'reached' : 'missed',
  ];
}

function targetText({ is, value, of }: Target): string {
  if (of === 'ratio') return `${is} ${Math.round(value * 100)} % of the bare loop`;
  return `${is} ${value.toLocaleString('en')}`;
}

/** Figures stand under each other at their right end, words at their left. */
function joinLine(cells: readonly string[], widths: readonly number[]): string {
  const isFigure = (column: number): boolean => column === 1 || column === 2;
  return cells
    .map((cell, column) =>
      isFigure(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    )
    .join('  ')
    .trimEnd();
}

/** Three digits are all that a median of a few runs is worth; larger numbers keep their unit's digits. */
export function format(value: number): string {
  const digits = Math.abs(value) >= 100 || value === 0 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
