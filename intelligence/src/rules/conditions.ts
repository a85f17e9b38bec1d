import type { ASTNode, Environment as CelEnvironment } from '@marcbachmann/cel-js';
import { Environment, EvaluationError } from '@marcbachmann/cel-js';
import { parseQuantity } from '@tapio/domain';
import { RE2JS } from 're2js';
import type { FieldType } from '../engine/views.ts';

/** Structural bounds of one condition: with them no condition runs for long on any event. */
const CEL_LIMITS = { maxAstNodes: 300, maxDepth: 24, maxListElements: 100, maxMapEntries: 20 } as const;

/** Macros that loop; one inside another could take list size to the power of depth. */
const LOOPING_MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

const PATTERN_LENGTH = 500;

/** Events by the names a rule gives them. */
export type Variables = ReadonlyMap<string, Readonly<Record<string, FieldType>>>;

export type Bindings = Readonly<Record<string, unknown>>;

/** What became of a condition: it held, it did not, or it read something that the event does not say. */
export type ConditionOutcome = 'holds' | 'fails' | 'unreadable';

export interface Condition {
  readonly text: string;
  evaluate(bindings: Bindings): ConditionOutcome;
}

/** Why a condition was refused; `offset` counts characters from its start. */
export interface ConditionFault {
  readonly reason: string;
  readonly offset: number;
}

export type ConditionResult =
  | { readonly ok: true; readonly condition: Condition; readonly variables: ReadonlySet<string> }
  | { readonly ok: false; readonly fault: ConditionFault };

/** Compiles the conditions of one rule: types of its named events are known, so misspelt fields are refused. */
export class ConditionCompiler {
  readonly #environment: CelEnvironment;
  readonly #patterns = new Map<string, RE2JS>();
  readonly #names: ReadonlySet<string>;

  constructor(variables: Variables) {
    const environment = new Environment({ limits: CEL_LIMITS });
    for (const [name, fields] of variables) environment.registerVariable({ name, schema: { ...fields } });
    environment.registerFunction('quantity(string): double', (text: string) => {
      const value = parseQuantity(text);
      if (value === undefined) throw new EvaluationError(`${text.slice(0, 40)} is no quantity`);
      return value;
    });
    environment.registerFunction('seconds(int): int', (n: bigint) => n * 1_000_000n);
    environment.registerFunction('re2(string, string): bool', (text: string, pattern: string) => {
      const compiled = this.#patterns.get(pattern);
      return compiled?.matcher(text).find() ?? false;
    });
    this.#environment = environment;
    this.#names = new Set(variables.keys());
  }

  compile(text: string): ConditionResult {
    try {
      const parsed = this.#environment.parse(text);
      const variables = new Set<string>();
      const refused = this.#inspect(parsed.ast, false, variables);
      if (refused !== undefined) return { ok: false, fault: refused };
      const checked = parsed.check();
      if (!checked.valid) return { ok: false, fault: celFault(checked.error) };
      if (checked.type !== 'bool') {
        return {
          ok: false,
          fault: { reason: `a condition must be true or false, this is ${checked.type ?? '?'}`, offset: 0 },
        };
      }
      const evaluate = (bindings: Bindings): ConditionOutcome => {
        try {
          return parsed(bindings) === true ? 'holds' : 'fails';
        } catch {
          return 'unreadable';
        }
      };
      return { ok: true, condition: { text, evaluate }, variables };
    } catch (error) {
      return { ok: false, fault: celFault(error) };
    }
  }

  /** Refuses what can run away, compiles patterns, and notes which named events are read. */
  #inspect(node: ASTNode, inLoop: boolean, variables: Set<string>): ConditionFault | undefined {
    let looping = inLoop;
    if (node.op === 'id' && this.#names.has(node.args)) variables.add(node.args);
    if (node.op === 'rcall' || node.op === 'call') {
      const name = node.args[0];
      if (name === 'matches') {
        return { reason: 'matches() can backtrack: write re2(text, "pattern")', offset: node.range.start };
      }
      if (node.op === 'call' && name === 're2') {
        const refused = this.#compilePattern(node.args[1][1], node.range.start);
        if (refused !== undefined) return refused;
      }
      if (node.op === 'rcall' && LOOPING_MACROS.has(name)) {
        if (inLoop)
          return {
            reason: `${name}() inside another loop is refused: its cost has no bound`,
            offset: node.range.start,
          };
        looping = true;
      }
    }
    for (const child of childNodes(node.args)) {
      const refused = this.#inspect(child, looping, variables);
      if (refused !== undefined) return refused;
    }
    return undefined;
  }

  #compilePattern(node: ASTNode | undefined, offset: number): ConditionFault | undefined {
    if (node?.op !== 'value' || typeof node.args !== 'string') {
      return {
        reason: 'the pattern of re2() must be a literal text: it is compiled when the rule is loaded',
        offset,
      };
    }
    if (node.args.length > PATTERN_LENGTH) {
      return { reason: `the pattern of re2() has over ${PATTERN_LENGTH} characters`, offset };
    }
    try {
      this.#patterns.set(node.args, RE2JS.compile(node.args));
      return undefined;
    } catch (error) {
      return {
        reason: `the pattern of re2() is refused: ${error instanceof Error ? error.message : 'malformed'}`,
        offset,
      };
    }
  }
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'range' in value;
}

function childNodes(args: unknown): ASTNode[] {
  if (isNode(args)) return [args];
  return Array.isArray(args) ? args.flatMap((arg) => childNodes(arg)) : [];
}

function celFault(error: unknown): ConditionFault {
  const known = error as { summary?: unknown; message?: unknown; range?: { start?: unknown } } | undefined;
  const message = typeof known?.summary === 'string' ? known.summary : known?.message;
  return {
    reason: typeof message === 'string' ? (message.split('\n')[0] ?? 'malformed') : 'malformed condition',
    offset: typeof known?.range?.start === 'number' ? known.range.start : 0,
  };
}
