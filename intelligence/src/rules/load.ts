import { LineCounter, isNode, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { shortHash } from '../engine/hash.ts';
import { compileRule, compileSymptom } from './compile.ts';
import { compileLog } from './compile-log.ts';
import type { CompileFault, Path } from './compiler.ts';
import type { LogPattern, OwnedTest, Rule, RuleFault, RuleSet, Symptom } from './rule-set.ts';
import { RULE_LIMITS, documentSchema } from './schema.ts';

export interface RuleFile {
  /** What a fault calls it. */
  readonly path: string;
  readonly text: string;
  /** What the text holds, where it was parsed before: saves half the time of loading. */
  readonly content?: unknown;
}

/** What one file holds, compiled. */
type Item =
  | { readonly kind: 'rule'; readonly value: Rule }
  | { readonly kind: 'symptom'; readonly value: Symptom }
  | { readonly kind: 'log'; readonly value: LogPattern };

/** A file that was taken. */
interface Loaded {
  readonly item: Item;
  readonly text: string;
}

/** A file that a later one with the same id stands for. */
export interface ReplacedRule {
  readonly id: string;
  readonly path: string;
  readonly by: string;
}

export interface LoadedRules {
  readonly rules: RuleSet;
  readonly refused: readonly RuleFault[];
  readonly replaced: readonly ReplacedRule[];
}

/**
 * Reads rule files, one rule, symptom or log pattern each. A later file overrides an earlier one by id, so a user's files go
 * after the built-in ones. A file that is refused is named with line and reason; if it meant to override a rule,
 * the rule that it meant to replace keeps running.
 */
export function loadRules(files: readonly RuleFile[]): LoadedRules {
  const refused: RuleFault[] = [];
  const replaced: ReplacedRule[] = [];
  const loaded = new Map<string, Loaded>();
  for (const file of files) {
    const result = loadFile(file);
    if (result.loaded === undefined) refused.push(...result.faults);
    else {
      const key = keyOf(result.loaded.item);
      const before = loaded.get(key)?.item.value;
      if (before !== undefined) replaced.push({ id: before.id, path: before.path, by: file.path });
      loaded.set(key, result.loaded);
    }
  }
  return { rules: ruleSet([...loaded.values()]), refused, replaced };
}

/** Log patterns have ids of their own: a rule may be called as the pattern that it reads. */
function keyOf({ kind, value }: Item): string {
  return kind === 'log' ? `log ${value.id}` : value.id;
}

function ruleSet(loaded: readonly Loaded[]): RuleSet {
  const sorted = [...loaded].sort((a, b) => (keyOf(a.item) < keyOf(b.item) ? -1 : 1));
  const tests = sorted.flatMap(({ item }): OwnedTest[] =>
    item.kind === 'log'
      ? []
      : item.value.document.tests.map((test) => ({ owner: item.value.id, path: item.value.path, test })),
  );
  return {
    rules: sorted.flatMap(({ item }) => (item.kind === 'rule' ? [item.value] : [])),
    symptoms: sorted.flatMap(({ item }) => (item.kind === 'symptom' ? [item.value] : [])),
    logs: sorted.flatMap(({ item }) => (item.kind === 'log' ? [item.value] : [])),
    version: shortHash(sorted.map(({ item, text }) => `${item.value.id}\n${text}`).join('\n')),
    tests,
  };
}

function loadFile(file: RuleFile): { loaded?: Loaded; faults: readonly RuleFault[] } {
  const refuse = (line: number, reason: string): { faults: readonly RuleFault[] } => ({
    faults: [{ file: file.path, line, reason }],
  });
  const text = file.text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  if (text.length > RULE_LIMITS.fileBytes)
    return refuse(1, `the file is longer than ${RULE_LIMITS.fileBytes} characters`);
  const known = loadContent(file, text);
  if (known !== undefined) return { loaded: known, faults: [] };
  const lines = new LineCounter();
  let document: Document;
  let content: unknown;
  try {
    document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, version: '1.2' });
    const error = document.errors[0];
    if (error !== undefined) {
      return refuse(
        lines.linePos(error.pos[0]).line,
        error.message.split(' at line ')[0] ?? 'malformed YAML',
      );
    }
    content = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    return refuse(
      1,
      `the file can’t be read as YAML: ${error instanceof Error ? error.message : 'malformed'}`,
    );
  }
  const lineOf = (path: Path, offset = 0): number => locate({ document, lines, path, offset });
  const checked = documentSchema.safeParse(content);
  if (!checked.success) {
    return {
      faults: checked.error.issues.slice(0, 20).map((issue) => ({
        file: file.path,
        line: lineOf(issue.path.filter((p) => typeof p !== 'symbol')),
        reason: `${issue.path.length === 0 ? 'the file' : issue.path.join('.')}: ${issue.message}`,
      })),
    };
  }
  const { item, faults } = compile(checked.data, file.path);
  if (faults.length === 0) return { loaded: { item, text }, faults: [] };
  return {
    faults: faults.map((fault) => ({
      file: file.path,
      line: lineOf(fault.path, fault.offset),
      reason: `${fault.path.join('.')}: ${fault.reason}`,
    })),
  };
}

/** Without places in the file: whatever is wrong is found again, with its line, from the text. */
function loadContent({ path, content }: RuleFile, text: string): Loaded | undefined {
  const checked = content === undefined ? undefined : documentSchema.safeParse(content);
  if (checked?.success !== true) return undefined;
  const { item, faults } = compile(checked.data, path);
  return faults.length === 0 ? { item, text } : undefined;
}

function compile(
  document: ReturnType<typeof documentSchema.parse>,
  path: string,
): { item: Item; faults: readonly CompileFault[] } {
  if (document.kind === 'symptom') {
    const { symptom, faults } = compileSymptom(document, path);
    return { item: { kind: 'symptom', value: symptom }, faults };
  }
  if (document.kind === 'log') {
    const { log, faults } = compileLog(document, path);
    return { item: { kind: 'log', value: log }, faults };
  }
  const { rule, faults } = compileRule(document, path);
  return { item: { kind: 'rule', value: rule }, faults };
}

interface Place {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly path: Path;
  readonly offset: number;
}

/** Line of the nearest thing in the file that the path leads to, and of the offset in a text of several lines. */
function locate({ document, lines, path, offset }: Place): number {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
    if (!isNode(node) || node.range === undefined || node.range === null) continue;
    const [start] = node.range;
    const value = 'value' in node && typeof node.value === 'string' ? node.value : '';
    const isBlock = 'type' in node && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
    const within = isBlock ? 1 + value.slice(0, offset).split('\n').length - 1 : 0;
    return lines.linePos(start).line + within;
  }
  return 1;
}
