import type { LogPattern } from '../rules/rule-set.ts';
import type { LogLevel } from './levels.ts';
import { levelOf } from './levels.ts';
import type { LineMatcher, LineNames } from './match-line.ts';

/** Lines of one log that are read: enough for a start and for what was said last. */
const LINES_READ = { first: 50, last: 500 } as const;

/** What one pattern found in a log about one thing. */
export interface LogFinding {
  readonly pattern: LogPattern;
  readonly names: LineNames;
  /** The newest line. */
  readonly line: string;
  readonly level: LogLevel | undefined;
  readonly count: number;
  /** Lines between the newest one and the end. */
  readonly fromEnd: number;
  /** Lines read in all. */
  readonly of: number;
}

/** Different things that are told of one log. */
const FINDINGS_LIMIT = 32;

/** A connection that comes about after all: what was said of it before is over. */
const SUCCESS =
  /\b(?:re)?connected\b|connection (?:established|succeeded|is up|restored|ok)|successfully (?:re)?connected|(?:re)?connect(?:ion)? (?:was )?success|recovered|is (?:now )?(?:reachable|available|ready|up)\b|\bready to accept\b|migrations? (?:done|complete)/i;
const NO_SUCCESS = /\bnot\b|n't|\bfail|\bunable\b|until|wait/i;

/** Reads what a container wrote in one run. Lines of debug level say nothing to anybody else. */
export function readRun(lines: readonly string[], matcher: LineMatcher): readonly LogFinding[] {
  const from = Math.max(0, lines.length - LINES_READ.last);
  const read = [
    ...lines.slice(0, Math.min(LINES_READ.first, from)).map((line, index) => ({ line, index })),
    ...lines.slice(from).map((line, index) => ({ line, index: from + index })),
  ];
  const found = new Map<string, LogFinding>();
  const over = new Map<string, number>();
  let success = -1;
  for (const { line, index } of read) {
    if (isSuccess(line)) success = index;
    const matches = matcher.matches(line);
    const level = matches.length === 0 ? undefined : levelOf(line);
    if (level === 'debug') continue;
    const specific = matches.filter(({ pattern }) => !pattern.document.general);
    for (const { pattern, names } of specific.length > 0 ? specific : matches) {
      const key = [pattern.id, names.host, names.port, names.subject].join('\n');
      const before = found.get(key);
      if (before === undefined && found.size >= FINDINGS_LIMIT) continue;
      const count = (before?.count ?? 0) + 1;
      found.set(key, {
        pattern,
        names,
        line,
        level,
        count,
        fromEnd: lines.length - 1 - index,
        of: lines.length,
      });
      over.set(key, index);
    }
  }
  return [...found].flatMap(([key, finding]) =>
    finding.pattern.document.peer && success > (over.get(key) ?? 0) ? [] : [finding],
  );
}

function isSuccess(line: string): boolean {
  const text = line.slice(0, 400);
  return SUCCESS.test(text) && !NO_SUCCESS.test(text);
}

const LEVEL_WEIGHT: Readonly<Record<LogLevel, number>> = {
  fatal: 1.5,
  error: 1,
  warn: -0.5,
  info: -1,
  debug: -2,
};
/** What stands at the very end counts so much more than what stands this many lines before it. */
const NEARNESS_LINES = 60;

/** How well a finding tells why a run ended: what it is about, how grave it is called, how late it came. */
function weightOf({ pattern, level, fromEnd }: LogFinding): number {
  const specific = pattern.document.general ? 0 : 2;
  const nearness = 1.5 * (1 - Math.min(fromEnd, NEARNESS_LINES) / NEARNESS_LINES);
  return specific + nearness + (level === undefined ? 0.3 : LEVEL_WEIGHT[level]);
}

/** The finding that tells best; the first of several that tell as well. */
export function decisiveOf(findings: readonly LogFinding[]): LogFinding | undefined {
  return findings.reduce<LogFinding | undefined>(
    (best, finding) => (best === undefined || weightOf(finding) > weightOf(best) ? finding : best),
    undefined,
  );
}

/** Whether it happens again and again, and did so lately: three times, and among the newest lines. */
export function goesOn({ pattern, count, fromEnd, of, level }: LogFinding): boolean {
  if (pattern.document.general || count < 3) return false;
  if (level !== undefined && level !== 'error' && level !== 'fatal') return false;
  return fromEnd <= Math.max(20, of * 0.2);
}
