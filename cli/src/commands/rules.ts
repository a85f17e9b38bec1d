import type { EventTypeRow } from '@tapio/domain';
import { VOCABULARY } from '@tapio/domain';
import type { RuleFile, RuleSet } from '@tapio/intelligence';
import { loadRules, testRules } from '@tapio/intelligence';
import { readBuiltInRules } from '@tapio/intelligence/files';
import { diagnoseDump, rulesOf, showRefused, userRules } from '../dump/diagnose-dump.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { table } from '../table.ts';
import type { Terminal } from '../terminal.ts';

export interface RulesOptions {
  readonly rulesDir?: string;
  readonly json?: boolean;
}

/** A table of rules, symptoms and log patterns. */
export function listRules({ rulesDir, json }: RulesOptions, terminal: Terminal): number {
  const rows = rowsOf(rulesOf(rulesDir, terminal));
  if (json === true) terminal.out(`${JSON.stringify({ rules: rows }, undefined, 2)}\n`);
  else {
    terminal.out(
      table(
        ['ID', 'KIND', 'SEVERITY', 'CAUSE', 'TITLE'],
        rows.map(({ id, kind, severity, cause, title }) => [id, kind, severity, cause, title]),
      ),
    );
  }
  return EXIT.ok;
}

function rowsOf({ rules, symptoms, logs }: RuleSet): readonly {
  readonly id: string;
  readonly kind: 'rule' | 'symptom' | 'log';
  readonly severity: string;
  readonly cause: string;
  readonly title: string;
  readonly path: string;
}[] {
  return [
    ...rules.map((rule) => ({
      id: rule.id,
      kind: 'rule' as const,
      severity: rule.severity,
      cause: rule.cause.code,
      title: rule.title,
      path: rule.path,
    })),
    ...symptoms.map(({ id, title, path }) => ({
      id,
      kind: 'symptom' as const,
      severity: '-',
      cause: '-',
      title,
      path,
    })),
    ...logs.map(({ id, title, path }) => ({
      id,
      kind: 'log' as const,
      severity: '-',
      cause: '-',
      title,
      path,
    })),
  ];
}

/** The file of a rule, symptom or log pattern, as it is. */
export function showRule(id: string, { rulesDir }: RulesOptions, terminal: Terminal): number {
  const own = userRules(rulesDir);
  const { rules } = loadRules([...readBuiltInRules(), ...own]);
  const files = rowsOf(rules)
    .filter((row) => row.id === id)
    .flatMap((row) => fileOf(row.path, [...own, ...readBuiltInRules()], id) ?? []);
  if (files.length === 0) {
    terminal.err(`no rule is called ${id}: see tapio rules list\n`);
    return EXIT.nothingFound;
  }
  terminal.out(files.map(({ path, text }) => `# ${path}\n${text.trimEnd()}\n`).join('---\n'));
  return EXIT.ok;
}

function fileOf(path: string, files: readonly RuleFile[], id: string): RuleFile | undefined {
  return files.find(
    (file) => file.path === path && new RegExp(`^id: ["']?${id}["']?\\s*(?:#.*)?$`, 'm').test(file.text),
  );
}

/** Runs the tests that rules carry; of a directory's own where one is given, in the company of the built-in ones. */
export async function runRuleTests(
  directory: string | undefined,
  { rulesDir, json }: RulesOptions,
  terminal: Terminal,
): Promise<number> {
  const own = userRules(directory ?? rulesDir);
  const { rules, refused, replaced } = loadRules([...readBuiltInRules(), ...own]);
  const isOwn = (owner: string): boolean =>
    own.length === 0 || own.some(({ text }) => new RegExp(`^id: ["']?${owner}["']?\\s*$`, 'm').test(text));
  const results = (await testRules(rules)).filter(({ owner }) => isOwn(owner));
  const failed = results.filter(({ passed }) => !passed);
  if (json === true) terminal.out(`${JSON.stringify({ results, refused, replaced }, undefined, 2)}\n`);
  else {
    showRefused(refused, terminal);
    for (const { id, path, by } of replaced) {
      const what = own.some((file) => file.path === path) ? path : 'the built-in file';
      terminal.out(`replaced  ${by} stands for ${what} of the same id, ${id}\n`);
    }
    for (const { owner, name, failures } of failed)
      terminal.out(
        `failed  ${owner}: ${name}\n${failures.map((failure) => `          ${failure}\n`).join('')}`,
      );
    const files = new Set(refused.map(({ file }) => file)).size;
    terminal.out(
      `${results.length - failed.length} of ${results.length} tests passed; ${files} ${files === 1 ? 'file' : 'files'} refused\n`,
    );
  }
  return failed.length + refused.length === 0 ? EXIT.ok : EXIT.failed;
}

/** The event types that rules can name; with a type, its fields. */
export function listEvents(
  type: string | undefined,
  { json }: Pick<RulesOptions, 'json'>,
  terminal: Terminal,
): number {
  const rows = Object.entries<EventTypeRow>(VOCABULARY).filter(
    ([name]) => type === undefined || name === type,
  );
  if (rows.length === 0) {
    terminal.err(`no event type is called ${type ?? ''}: see tapio rules events\n`);
    return EXIT.nothingFound;
  }
  const events = rows.map(([name, { source, meaning, data }]) => ({ type: name, source, meaning, data }));
  if (json === true) terminal.out(`${JSON.stringify({ events }, undefined, 2)}\n`);
  else if (type === undefined) {
    terminal.out(
      table(
        ['TYPE', 'SOURCE', 'MEANING'],
        events.map((e) => [e.type, e.source, e.meaning]),
      ),
    );
  } else {
    for (const event of events) {
      const fields = Object.entries(event.data).map(([key, { kind, unit, required, meaning }]) => [
        key,
        unit === undefined ? kind : `${kind} (${unit})`,
        required === true ? 'always' : 'if known',
        meaning,
      ]);
      terminal.out(`${event.type}, from ${event.source}: ${event.meaning}\n\n`);
      terminal.out(table(['FIELD', 'KIND', 'GIVEN', 'MEANING'], fields));
    }
  }
  return EXIT.ok;
}

export interface ExplainRuleOptions extends RulesOptions {
  readonly from: string;
  readonly now?: string;
}

/** Why a rule did or did not explain a finding of a dump. */
export async function explainRule(
  finding: string,
  rule: string,
  { options, terminal }: { readonly options: ExplainRuleOptions; readonly terminal: Terminal },
): Promise<number> {
  const { diagnosis, rules } = await diagnoseDump(options, terminal);
  if (!rules.rules.some(({ id }) => id === rule))
    throw new UsageError(`no rule is called ${rule}: see tapio rules list`);
  const id = finding.toUpperCase().startsWith('INC-')
    ? finding.toUpperCase()
    : diagnosis.findings.find(
        ({ kind, name }) => `${kind}/${name}`.toLowerCase() === finding.toLowerCase() || name === finding,
      )?.incident;
  const explanation = id === undefined ? undefined : await diagnosis.explainRule(id, rule);
  if (explanation === undefined) {
    const names = diagnosis.findings.map(({ kind, name }) => `${kind}/${name}`.toLowerCase());
    const there = names.length === 0 ? 'there are none' : `there are ${names.slice(0, 10).join(', ')}`;
    terminal.err(`no finding ${finding} in the dump; ${there}\n`);
    return EXIT.nothingFound;
  }
  if (options.json === true) terminal.out(`${JSON.stringify(explanation, undefined, 2)}\n`);
  else {
    const holds = explanation.holds ? `holds, score ${explanation.score.toFixed(2)}` : 'does not hold';
    terminal.out(`${rule} ${holds}: ${explanation.sentence}\n`);
    if (explanation.trace.length > 0)
      terminal.out(
        `\n${table(
          ['NAME', 'OUTCOME', 'WORDS'],
          explanation.trace.map(({ name, outcome, words }) => [name, outcome, words]),
        )}`,
      );
  }
  return EXIT.ok;
}
