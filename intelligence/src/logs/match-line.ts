import type { Matcher } from 're2js';
import type { LogPattern } from '../rules/rule-set.ts';

/** What a line says that it is about. */
export interface LineNames {
  readonly host?: string;
  readonly port?: number;
  readonly subject?: string;
}

export interface LineMatch {
  readonly pattern: LogPattern;
  readonly names: LineNames;
}

/** Longest line that is looked at; the rest of a longer one is not. */
export const LINE_LENGTH = 4_096;

/** A request that was answered, as web servers and proxies log it: words in its path are the client's. */
const ACCESS =
  /"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT) [^"]{0,2000} HTTP\/[\d.]+"? +"?[1-5]\d\d\b/;

/** The same in words of a program: `method=GET path=/x status=200`. */
const ANSWERED = /\bstatus(?:_?code)?"?[=:]\s?"?[23]\d\d\b/i;

/** Shapes of lines that are remembered, and lines of new shapes that are matched in all: what is over is not looked at. */
const SHAPES_HELD = 50_000;
const SHAPES_MATCHED = 20_000;

/**
 * Finds log patterns in lines. The words of all patterns are sought at once: few lines have any. Programs write the
 * same few sentences with other numbers: what patterns a sentence matches is found once.
 */
export class LineMatcher {
  readonly #patterns: readonly LogPattern[];
  readonly #words: RegExp | undefined;
  /** Numbers that patterns name: lines that differ in these are not alike. */
  readonly #numbers: ReadonlySet<string>;
  readonly #shapes = new Map<string, readonly LineMatch[]>();
  #left: number;

  /** @param shapesMatched lines of new shapes that are matched in all */
  constructor(patterns: readonly LogPattern[], shapesMatched = SHAPES_MATCHED) {
    this.#left = shapesMatched;
    this.#patterns = patterns;
    const words = [...new Set(patterns.flatMap((pattern) => pattern.words))];
    this.#words = words.length === 0 ? undefined : new RegExp(words.map(literal).join('|'));
    const sources = patterns.flatMap(({ document }) => [...document.patterns, ...document.unless]);
    this.#numbers = new Set(sources.flatMap((source) => source.match(/\d+/g) ?? []));
  }

  /** The patterns that a line matches, in order of their ids. */
  matches(line: string): readonly LineMatch[] {
    const text = unescaped(line.slice(0, LINE_LENGTH));
    const lower = text.toLowerCase();
    if (this.#words === undefined || !this.#words.test(lower)) return [];
    if (ACCESS.test(text) || ANSWERED.test(text)) return [];
    return this.#alike(text, lower).flatMap((match) => {
      // What the sentence names nothing in, it names nothing in with other numbers.
      if (Object.keys(match.names).length === 0) return [match];
      const names = namesIn(match.pattern, text);
      return names === undefined ? [] : [{ pattern: match.pattern, names }];
    });
  }

  /** What was found in the first line of the shape. */
  #alike(text: string, lower: string): readonly LineMatch[] {
    const shape = text.replaceAll(/\d+/g, (digits) =>
      this.#numbers.has(digits) ? digits : '0'.repeat(digits.length),
    );
    const known = this.#shapes.get(shape);
    if (known !== undefined) return known;
    if (this.#left <= 0) return [];
    this.#left -= 1;
    const found = this.#patterns.flatMap((pattern): LineMatch[] => {
      if (!pattern.words.some((word) => lower.includes(word))) return [];
      const names = namesIn(pattern, text);
      return names === undefined ? [] : [{ pattern, names }];
    });
    if (this.#shapes.size < SHAPES_HELD) this.#shapes.set(shape, found);
    return found;
  }
}

/** In JSON and logfmt a message's quotes are escaped, twice where it was quoted twice. */
function unescaped(line: string): string {
  return line.includes('\\') ? line.replaceAll(/\\+(["'/])/g, '$1') : line;
}

/** What a line names when the pattern matches it; undefined when it does not. */
function namesIn(pattern: LogPattern, line: string): LineNames | undefined {
  for (const compiled of pattern.patterns) {
    const matcher = compiled.matcher(line);
    if (!matcher.find()) continue;
    if (pattern.unless.some((unless) => unless.matcher(line).find())) return undefined;
    const groups = compiled.namedGroups();
    const host = group(matcher, groups, 'host');
    const port = Number(group(matcher, groups, 'port') ?? Number.NaN);
    const subject = group(matcher, groups, 'subject');
    return {
      ...(host === undefined ? {} : { host: host.toLowerCase() }),
      ...(port >= 1 && port <= 65_535 ? { port } : {}),
      ...(subject === undefined ? {} : { subject: subject.slice(0, 256) }),
    };
  }
  return undefined;
}

function group(matcher: Matcher, groups: Record<string, number>, name: string): string | undefined {
  if (groups[name] === undefined) return undefined;
  const text = matcher.group(name);
  return text === null || text === '' ? undefined : text;
}

/** The words are literals: with nothing but alternatives of them the expression can't backtrack for long. */
function literal(word: string): string {
  return word.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
