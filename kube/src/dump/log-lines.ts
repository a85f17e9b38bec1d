import { cut } from '../json.ts';
import { DUMP_LIMITS } from './limits.ts';

/** Lines of a file, with what they themselves say of their container. */
export interface LogPart {
  readonly namespace?: string;
  readonly pod?: string;
  readonly container?: string;
  readonly lines: readonly string[];
  /** Number of its first line, from 1. */
  readonly first: number;
}

const START = /^==== START logs for container (\S+) of pod ([^/\s]+)\/(\S+) ====$/;
const END = /^==== END logs for container (\S+) of pod ([^/\s]+)\/(\S+) ====$/;
/** `kubectl logs --prefix` */
const PREFIX = /^\[pod\/([^/\]]+)\/([^\]]+)\] ?/;
/** How container runtimes write lines to the node's disk: CRI, and the JSON of dockershim. */
const CRI_LINE = /^(\d{4}-\d\d-\d\dT\S+) std(?:out|err) [FP] /;
const DOCKER_LINE = /^\{"log":"((?:[^"\\]|\\.)*)","stream":"std(?:out|err)"(?:,[^}]*)?,"time":"([^"]+)"\}$/;
const ANSI = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, 'g');

/** Takes a log file apart by the container that its lines come from. */
export function logParts(text: string, tail?: string): LogPart[] {
  const lines = linesOf(text);
  if (tail !== undefined) {
    // Both ends of what was left out are torn lines.
    lines.pop();
    lines.push(...linesOf(tail).slice(1));
  }
  if (lines.some((line) => START.test(line) || END.test(line))) return dumpSections(lines);
  if (lines.slice(0, 20).filter((line) => PREFIX.test(line)).length > 10 || PREFIX.test(lines[0] ?? ''))
    return prefixedParts(lines);
  return [{ lines: bounded(lines), first: 1 }];
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** `kubectl cluster-info dump`: each container's lines between a line of start and one of end. */
function dumpSections(lines: readonly string[]): LogPart[] {
  const parts: LogPart[] = [];
  let from = 0;
  let named: RegExpExecArray | null = null;
  const close = (to: number, by: RegExpExecArray | null): void => {
    if (by === null || to <= from) return;
    const [, container = '', namespace = '', pod = ''] = by;
    parts.push({ namespace, pod, container, lines: bounded(lines.slice(from, to)), first: from + 1 });
  };
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith('==== ')) continue;
    const start = START.exec(line);
    const end = start === null ? END.exec(line) : null;
    if (start === null && end === null) continue;
    close(index, end ?? named);
    named = start;
    from = index + 1;
  }
  close(lines.length, named);
  return parts;
}

function prefixedParts(lines: readonly string[]): LogPart[] {
  const groups = new Map<string, { pod: string; container: string; lines: string[]; first: number }>();
  let current: string[] | undefined;
  for (const [index, line] of lines.entries()) {
    const match = PREFIX.exec(line);
    if (match !== null) {
      const [prefix, pod = '', container = ''] = match;
      const key = `${pod}/${container}`;
      const group = groups.get(key) ?? { pod, container, lines: [], first: index + 1 };
      groups.set(key, group);
      current = group.lines;
      current.push(line.slice(prefix.length));
    } else current?.push(line);
  }
  return [...groups.values()].map((group) => ({ ...group, lines: bounded(group.lines) }));
}

/** The first few lines and the last ones, cleaned and cut. */
function bounded(lines: readonly string[]): readonly string[] {
  const { logHeadLines, logTailLines } = DUMP_LIMITS;
  const kept =
    lines.length <= logHeadLines + logTailLines
      ? lines
      : [...lines.slice(0, logHeadLines), ...lines.slice(-logTailLines)];
  return kept.map(cleanLine);
}

function cleanLine(line: string): string {
  let text = line;
  if (text.startsWith('{"log":')) {
    const docker = DOCKER_LINE.exec(text);
    if (docker !== null) text = `${docker[2] ?? ''} ${unescapeJson(docker[1] ?? '')}`;
  } else text = text.replace(CRI_LINE, '$1 ');
  if (text.includes('\u001B')) text = text.replaceAll(ANSI, '');
  return text.length > DUMP_LIMITS.lineCharacters ? cut(text, DUMP_LIMITS.lineCharacters) : text;
}

function unescapeJson(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`)).trimEnd();
  } catch {
    return text;
  }
}
