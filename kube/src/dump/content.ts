import { asObject } from '../json.ts';
import { isDescription } from './describe/describe.ts';
import { isHeader } from './table.ts';

/** What a text file of a dump holds, by its content. */
export type ContentKind = 'json' | 'yaml' | 'description' | 'table' | 'log' | 'empty';

const HEAD_CHARACTERS = 64 * 1024;
const YAML_START = /^(?:- )?(?:apiVersion|kind|metadata|items|spec|status|data|type):(?:\s|$)/;

/** @param text the whole text, or its beginning */
export function contentKind(text: string): ContentKind {
  const head = text.slice(0, HEAD_CHARACTERS).trimStart();
  if (head === '' || /^No resources found/.test(head)) return 'empty';
  if (head.startsWith('{')) return isJsonLog(head) ? 'log' : 'json';
  if (/^\[\s*(?:\{|\]\s*$)/.test(head)) return 'json';
  if (isDescription(head)) return 'description';
  const lines = head.split('\n', 50).filter((line) => line.trim() !== '' && !/^(?:#|---)/.test(line));
  if (YAML_START.test(lines[0] ?? '') || isSortedObject(head, lines[0] ?? '')) return 'yaml';
  return lines.slice(0, 5).some(isHeader) ? 'table' : 'log';
}

/** kubectl sorts keys, so `addressType` of an EndpointSlice and `allowVolumeExpansion` of a class come first. */
function isSortedObject(head: string, first: string): boolean {
  return (
    /^[a-z][A-Za-z]*:(?:\s|$)/.test(first) && /^apiVersion: \S+$/m.test(head) && /^kind: \S+$/m.test(head)
  );
}

/** Programs write their logs as JSON too: an object a line, and none of the API. */
function isJsonLog(head: string): boolean {
  const end = head.indexOf('\n');
  const line = end === -1 ? head : head.slice(0, end);
  const isOnly = end === -1 || head.slice(end).trim() === '';
  try {
    const object = asObject(JSON.parse(line));
    if (object === undefined) return false;
    if (isOnly && Object.values(object).some(mayHoldFiles)) return false;
    return !('items' in object) && !('kind' in object && ('metadata' in object || 'apiVersion' in object));
  } catch {
    // The first line of an object that goes on below; a log's first line would be whole.
    return line.length > 4_000 && !/"(?:apiVersion|items|kind)\\?"\s*:/.test(head);
  }
}

/** Texts of several lines or of JSON, lists and maps: what one map of many files is made of. */
function mayHoldFiles(value: unknown): boolean {
  return typeof value === 'string' ? /\n|^[{[]/.test(value) : typeof value === 'object' && value !== null;
}
