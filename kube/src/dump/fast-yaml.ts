import { DUMP_LIMITS } from './limits.ts';

/**
 * Reads the YAML that Kubernetes' own tools write (block mappings and sequences, plain, quoted and block scalars,
 * empty flow collections), some ten times as fast as a parser of all YAML. Whatever else it meets - anchors,
 * aliases, tags, flow collections, tabs - makes it give up.
 *
 * @returns undefined where the text is not of that kind: ask a full parser
 */
export function parsePlainYaml(text: string): { readonly value: unknown } | undefined {
  try {
    const reader = new Reader(text);
    return { value: reader.document() };
  } catch (error) {
    if (error instanceof GiveUp) return undefined;
    throw error;
  }
}

class GiveUp extends Error {}

interface Line {
  readonly indent: number;
  readonly text: string;
}

const INTEGER = /^[-+]?(?:0|[1-9]\d{0,14})$/;
const FLOAT = /^[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?$/;
/** Other ways to write numbers, nulls and truths, which parsers of different versions read differently. */
const AMBIGUOUS =
  /^(?:[-+]?0(?:x[\da-f_]+|o?[0-7_]+|b[01_]+|\d+)|[-+]?\d[\d_]*_[\d_]*|[-+]?\.(?:inf|nan)|(?:yes|no|on|off|y|n|null|true|false))$/i;
const KEY = /^([A-Za-z0-9_./$-](?:[^\s:]|:(?=\S))*|"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*:(?: +|$)/;

class Reader {
  readonly #lines: string[];
  #at = 0;

  constructor(text: string) {
    this.#lines = text.split('\n');
  }

  document(): unknown {
    let first = this.#peek();
    if (first?.text === '---') {
      this.#at += 1;
      first = this.#peek();
    }
    if (first === undefined) return null;
    const value = this.#block(first.indent, 0);
    if (this.#peek() !== undefined) throw new GiveUp();
    return value;
  }

  /** The next line that says something. */
  #peek(): Line | undefined {
    for (;;) {
      const raw = this.#lines[this.#at];
      if (raw === undefined) return undefined;
      let indent = 0;
      while (raw.charCodeAt(indent) === 32) indent += 1;
      const code = raw.charCodeAt(indent);
      // Empty, or a comment.
      if (Number.isNaN(code) || code === 35) {
        this.#at += 1;
        continue;
      }
      if (code === 9) throw new GiveUp();
      return { indent, text: raw.slice(indent) };
    }
  }

  #block(indent: number, depth: number): unknown {
    if (depth > DUMP_LIMITS.depth) throw new GiveUp();
    const line = this.#peek();
    if (line === undefined || line.indent !== indent) throw new GiveUp();
    return isEntry(line.text) ? this.#sequence(indent, depth) : this.#mapping(indent, depth);
  }

  #sequence(indent: number, depth: number): unknown[] {
    const list: unknown[] = [];
    for (;;) {
      const line = this.#peek();
      if (line === undefined || line.indent < indent) return list;
      if (!isEntry(line.text)) {
        if (line.indent === indent) return list;
        throw new GiveUp();
      }
      if (line.indent !== indent) throw new GiveUp();
      const rest = line.text.slice(1).trimStart();
      if (rest === '') {
        this.#at += 1;
        const next = this.#peek();
        list.push(next === undefined || next.indent <= indent ? null : this.#block(next.indent, depth + 1));
        continue;
      }
      const inner = indent + line.text.length - rest.length;
      if (isEntry(rest) || KEY.test(rest)) {
        // Seen from inside, the dash is a space: the entry's block begins behind it.
        this.#replace(`${' '.repeat(inner)}${rest}`);
        list.push(this.#block(inner, depth + 1));
      } else list.push(this.#scalar(rest, indent));
    }
  }

  #mapping(indent: number, depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    for (;;) {
      const line = this.#peek();
      if (line === undefined || line.indent < indent) return map;
      if (line.indent !== indent || isEntry(line.text)) throw new GiveUp();
      const match = KEY.exec(line.text);
      if (match === null) throw new GiveUp();
      const key = keyText(match[1] ?? '');
      if (key === '__proto__' || Object.hasOwn(map, key)) throw new GiveUp();
      const rest = line.text.slice(match[0].length);
      if (rest === '' || rest.startsWith('#')) {
        this.#at += 1;
        map[key] = this.#nested(indent, depth);
      } else map[key] = this.#scalar(rest, indent);
    }
  }

  /** What stands below a key: nothing, a deeper block, or a sequence that is not indented. */
  #nested(indent: number, depth: number): unknown {
    const next = this.#peek();
    if (next === undefined || next.indent < indent) return null;
    if (next.indent > indent) {
      if (isEntry(next.text) || KEY.test(next.text)) return this.#block(next.indent, depth + 1);
      throw new GiveUp();
    }
    return isEntry(next.text) ? this.#sequence(indent, depth + 1) : null;
  }

  #replace(text: string): void {
    this.#lines[this.#at] = text;
  }

  /** A value that begins on this line, behind its key or dash. */
  #scalar(text: string, indent: number): unknown {
    const first = text.charAt(0);
    switch (first) {
      case '"':
      case "'":
        return this.#quoted(text, first);
      case '|':
      case '>':
        return this.#blockScalar(text, indent);
      case '{':
      case '[': {
        this.#at += 1;
        if (/^\{\}\s*$/.test(text)) return {};
        if (/^\[\]\s*$/.test(text)) return [];
        throw new GiveUp();
      }
      case '&':
      case '*':
      case '!':
      case '%':
      case '@':
      case '`':
        throw new GiveUp();
      default:
        return this.#plain(text, indent);
    }
  }

  #plain(text: string, indent: number): unknown {
    if (text.includes(' #') || /:(?:\s|$)/.test(text)) throw new GiveUp();
    this.#at += 1;
    let folded = text.trimEnd();
    let isFolded = false;
    for (;;) {
      const raw = this.#lines[this.#at];
      if (raw === undefined) break;
      const trimmed = raw.trim();
      const inner = raw.length - raw.trimStart().length;
      if (trimmed === '') {
        // A blank line may be a line break of the text, or stand behind it.
        const after = this.#lines.slice(this.#at + 1).find((l) => l.trim() !== '');
        if (after !== undefined && after.length - after.trimStart().length > indent) throw new GiveUp();
        break;
      }
      if (inner <= indent) break;
      if (trimmed.includes(' #') || /:(?:\s|$)/.test(trimmed) || trimmed.startsWith('#')) throw new GiveUp();
      folded += ` ${trimmed}`;
      isFolded = true;
      this.#at += 1;
    }
    return isFolded ? folded : plainValue(folded);
  }

  #quoted(text: string, quote: '"' | "'"): string {
    let whole = text;
    let blanks = 0;
    this.#at += 1;
    for (let lines = 0; ; lines += 1) {
      const end = closingQuote(whole, quote);
      if (end !== undefined) {
        const rest = whole.slice(end + 1).trim();
        if (rest !== '' && !rest.startsWith('#')) throw new GiveUp();
        return unquote(whole.slice(1, end), quote);
      }
      const next = this.#lines[this.#at];
      if (next === undefined || lines > 1_000) throw new GiveUp();
      this.#at += 1;
      const continued = next.trim();
      if (continued === '') {
        blanks += 1;
        continue;
      }
      whole =
        blanks > 0
          ? `${whole.trimEnd()}${'\n'.repeat(blanks)}${continued}`
          : foldInto(whole, continued, quote);
      blanks = 0;
    }
  }

  #blockScalar(head: string, indent: number): string {
    const match = /^([|>])([-+]?)\s*$/.exec(head);
    if (match === null) throw new GiveUp();
    const [, style, chomp] = match;
    this.#at += 1;
    const lines: string[] = [];
    let inner = -1;
    for (;;) {
      const raw = this.#lines[this.#at];
      if (raw === undefined) break;
      const own = raw.length - raw.trimStart().length;
      if (raw.trim() === '') {
        lines.push(inner < 0 ? '' : raw.slice(inner));
        this.#at += 1;
        continue;
      }
      if (own <= indent) break;
      if (inner < 0) inner = own;
      if (own < inner) throw new GiveUp();
      lines.push(raw.slice(inner));
      this.#at += 1;
    }
    // The end of the file is no empty line.
    if (this.#lines[this.#at] === undefined && lines.at(-1) === '') lines.pop();
    let trailing = 0;
    while (lines.length > 0 && lines.at(-1) === '') {
      lines.pop();
      trailing += 1;
    }
    if (style === '>') {
      // Folding has more rules than these texts need.
      if (lines.some((line) => line.startsWith(' ') || line === '')) throw new GiveUp();
    }
    const body = style === '>' ? lines.join(' ') : lines.join('\n');
    if (chomp === '-') return body;
    if (chomp === '+') return `${body}\n${'\n'.repeat(trailing)}`;
    return lines.length === 0 ? '' : `${body}\n`;
  }
}

function isEntry(text: string): boolean {
  return text === '-' || text.startsWith('- ');
}

function keyText(key: string): string {
  const first = key.charAt(0);
  return first === '"' || first === "'" ? unquote(key.slice(1, -1), first) : key;
}

function plainValue(text: string): unknown {
  switch (text) {
    case 'null':
    case '~':
    case '':
      return null;
    case 'true':
      return true;
    case 'false':
      return false;
  }
  const code = text.charCodeAt(0);
  // Digits, signs and the dot begin numbers; most values begin otherwise.
  if (code > 57 || code < 43) {
    if (AMBIGUOUS.test(text)) throw new GiveUp();
    return text;
  }
  if (INTEGER.test(text)) return Number(text);
  if (AMBIGUOUS.test(text)) throw new GiveUp();
  return FLOAT.test(text) ? Number(text) : text;
}

function closingQuote(text: string, quote: '"' | "'"): number | undefined {
  for (let i = 1; i < text.length; i += 1) {
    const char = text.charAt(i);
    if (quote === '"' && char === '\\') i += 1;
    else if (char === quote) {
      if (quote === "'" && text.charAt(i + 1) === "'") i += 1;
      else return i;
    }
  }
  return undefined;
}

/** Joins the next line of a quoted text: a line break is a space, after a backslash nothing. */
function foldInto(whole: string, next: string, quote: '"' | "'"): string {
  if (quote === '"' && /(?:^|[^\\])(?:\\\\)*\\$/.test(whole)) return `${whole.slice(0, -1)}${next}`;
  return `${whole.trimEnd()} ${next}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '"': '"',
  '\\': '\\',
  '/': '/',
  ' ': ' ',
  '0': '\0',
  a: '\u0007',
  b: '\b',
  e: '\u001B',
  f: '\f',
  v: '\v',
};

function unquote(inner: string, quote: '"' | "'"): string {
  if (quote === "'") return inner.replaceAll("''", "'");
  if (!inner.includes('\\')) return inner;
  return inner.replaceAll(
    /\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([\s\S]))/g,
    (...[, two, four, eight, char]: (string | undefined)[]) => {
      const code = two ?? four ?? eight;
      if (code !== undefined) {
        const point = Number.parseInt(code, 16);
        if (point > 0x10_ff_ff) throw new GiveUp();
        return String.fromCodePoint(point);
      }
      const known = ESCAPES[char ?? ''];
      if (known === undefined) throw new GiveUp();
      return known;
    },
  );
}
