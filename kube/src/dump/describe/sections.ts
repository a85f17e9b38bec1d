import type { JsonObject } from '../../json.ts';
import { cellsOf, columnsOf } from '../table.ts';
import { present } from './pod-spec.ts';

/** An object whose description is not made of keys and values: data, or a table at the left edge. */
export interface DescribedSection {
  readonly kind: string;
  readonly fields: JsonObject;
}

export function describedSection(lines: readonly string[]): DescribedSection | undefined {
  const data = lines.findIndex((line, index) => line === 'Data' && lines[index + 1] === '====');
  if (data !== -1) return dataSection(lines, data + 2);
  const quota = lines.findIndex((line) => /^Resource\s+Used\s+Hard\s*$/.test(line));
  if (quota !== -1) return quotaSection(lines, quota);
  const limits = lines.findIndex((line) => /^Type\s+Resource\s+Min\s+Max\s/.test(line));
  return limits === -1 ? undefined : limitSection(lines, limits);
}

/** A ConfigMap shows its values, each below its key and a rule; a Secret only how long they are. */
function dataSection(lines: readonly string[], from: number): DescribedSection {
  const data: Record<string, string> = {};
  if (lines.slice(0, from).some((line) => /^Type:\s/.test(line))) {
    for (const line of lines.slice(from)) {
      const key = /^([-._a-zA-Z0-9]+):\s+\d+ bytes$/.exec(line)?.[1];
      if (key !== undefined) data[key] = '';
    }
    return { kind: 'Secret', fields: { type: typeOf(lines), data } };
  }
  let key: string | undefined;
  for (let index = from; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const named = lines[index + 1] === '----' ? /^([-._a-zA-Z0-9]+):$/.exec(line)?.[1] : undefined;
    if (line === 'BinaryData' && lines[index + 1] === '====') break;
    if (named !== undefined) {
      key = named;
      data[key] = '';
      index += 1;
    } else if (key !== undefined) data[key] = `${data[key] ?? ''}${line}\n`;
  }
  const trimmed = Object.entries(data).map(([name, value]) => [name, value.replace(/\n+$/, '')] as const);
  return { kind: 'ConfigMap', fields: { data: Object.fromEntries(trimmed) } };
}

function typeOf(lines: readonly string[]): string | undefined {
  return lines.map((line) => /^Type:\s+(\S+)/.exec(line)?.[1]).find((type) => type !== undefined);
}

function rowsBelow(lines: readonly string[], header: number): readonly Readonly<Record<string, string>>[] {
  const columns = columnsOf(lines[header] ?? '');
  const rest = lines.slice(header + 1);
  const end = rest.findIndex((line) => line.trim() === '');
  return rest
    .slice(0, end === -1 ? rest.length : end)
    .filter((line) => !line.startsWith('---'))
    .map((line) => cellsOf(line, columns));
}

function quotaSection(lines: readonly string[], header: number): DescribedSection {
  const rows = rowsBelow(lines, header);
  const hard = Object.fromEntries(rows.map((row) => [row['Resource'] ?? '', row['Hard'] ?? '0']));
  const used = Object.fromEntries(rows.map((row) => [row['Resource'] ?? '', row['Used'] ?? '0']));
  return { kind: 'ResourceQuota', fields: { spec: { hard }, status: { hard, used } } };
}

function limitSection(lines: readonly string[], header: number): DescribedSection {
  const byType = new Map<string, Record<string, Record<string, string>>>();
  for (const row of rowsBelow(lines, header)) {
    const { Type: type = '', Resource: resource = '' } = row;
    const limit = byType.get(type) ?? {};
    byType.set(type, limit);
    for (const [column, field] of LIMIT_COLUMNS) {
      const value = row[column];
      if (value !== undefined && value !== '-') limit[field] = { ...limit[field], [resource]: value };
    }
  }
  const limits = [...byType].map(([type, limit]) => present({ type, ...limit }));
  return { kind: 'LimitRange', fields: { spec: { limits } } };
}

const LIMIT_COLUMNS = [
  ['Min', 'min'],
  ['Max', 'max'],
  ['Default Request', 'defaultRequest'],
  ['Default Limit', 'default'],
  ['Max Limit/Request Ratio', 'maxLimitRequestRatio'],
] as const;
