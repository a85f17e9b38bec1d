import type { GraphParameter } from '@tapio/store';
import { badRequest } from '../sdk/index.ts';
import { blankOpaque, rewriteCode } from './cypher-text.ts';

/** What a panel, an alert rule or Explore gives a query beside its text. */
export interface MacroContext {
  readonly fromMs: number;
  readonly toMs: number;
  readonly intervalMs: number;
  /** Rows that the query answers at most. */
  readonly limit: number;
  /** Values of the dashboard's variables. */
  readonly parameters: Readonly<Record<string, GraphParameter>>;
}

export interface PreparedCypher {
  readonly text: string;
  readonly parameters: Readonly<Record<string, GraphParameter>>;
}

const TIME_FILTER = '$__timeFilter';

/** Driver parameters that a query may name. Times are microseconds since the Unix epoch, as `Event.ts` is. */
const BUILT_IN: Readonly<Record<string, (context: MacroContext) => number>> = {
  __from: ({ fromMs }) => fromMs * 1000,
  __to: ({ toMs }) => toMs * 1000,
  __interval_ms: ({ intervalMs }) => Math.max(1, Math.round(intervalMs)),
  __limit: ({ limit }) => limit,
};

/** Index after the parenthesis that closes the one at `open`; -1 when none does. */
function closingParenthesis(code: string, open: number): number {
  let depth = 0;
  for (let index = open; index < code.length; index += 1) {
    if (code[index] === '(') depth += 1;
    else if (code[index] === ')') {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
  }
  return -1;
}

/** `$__timeFilter(e.ts)` -> `(e.ts >= $__from AND e.ts <= $__to)`, innermost and all. */
function expandTimeFilters(cypher: string): string {
  let text = cypher;
  for (;;) {
    const code = blankOpaque(text);
    const start = code.lastIndexOf(TIME_FILTER);
    if (start === -1) return text;
    const open = start + TIME_FILTER.length;
    const end = code[open] === '(' ? closingParenthesis(code, open) : -1;
    const argument = end === -1 ? '' : text.slice(open + 1, end - 1).trim();
    if (argument === '') {
      throw badRequest(
        `${TIME_FILTER} takes one expression in parentheses, a time in microseconds: ${TIME_FILTER}(e.ts).`,
      );
    }
    text = `${text.slice(0, start)}(${argument} >= $__from AND ${argument} <= $__to)${text.slice(end)}`;
  }
}

/**
 * Makes a query ready for the driver. Values only ever become parameters, never text: `$name` is a parameter in
 * Cypher already, and `${name}` or `${name:format}` of a known variable becomes one. In texts, quoted names and
 * comments nothing is touched.
 *
 * @throws BackendError 400 for a macro that does not exist or is used wrongly
 */
export function prepareCypher(cypher: string, context: MacroContext): PreparedCypher {
  const text = rewriteCode(expandTimeFilters(cypher), (code) =>
    code.replaceAll(/\$\{(\w+)(?::\w+)?\}/g, (whole, name: string) =>
      Object.hasOwn(context.parameters, name) || Object.hasOwn(BUILT_IN, name) ? `$${name}` : whole,
    ),
  );
  const used: Record<string, GraphParameter> = {};
  for (const [, name = ''] of blankOpaque(text).matchAll(/\$(\w+)/g)) {
    const builtIn = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
    const value = Object.hasOwn(context.parameters, name) ? context.parameters[name] : undefined;
    if (builtIn !== undefined) used[name] = builtIn(context);
    else if (value !== undefined) used[name] = value;
    else if (name.startsWith('__')) {
      throw badRequest(
        `There is no macro $${name}. There are ${TIME_FILTER}(...), ${Object.keys(BUILT_IN)
          .map((macro) => `$${macro}`)
          .join(', ')}.`,
      );
    } else {
      throw badRequest(
        `The query uses $${name}, but the dashboard has no variable "${name}". Add the variable, or write the value itself. Alert rules and Explore have no variables.`,
      );
    }
  }
  return { text, parameters: used };
}
