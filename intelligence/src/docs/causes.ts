import { eventTypeRow } from '@tapio/domain';
import type { Lookup, Rule, RuleSet } from '../rules/rule-set.ts';

/** Markdown that would break a table cell, made plain. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim();
}

function evidence(lookups: readonly Lookup[]): string {
  const types = new Set(lookups.map((l) => l.type));
  return [...types].map((type) => `\`${type}\` (${eventTypeRow(type)?.source ?? '?'})`).join(', ');
}

function ruleSection(rule: Rule): string[] {
  const needed = rule.steps.filter((s) => !s.optional).flatMap((s) => s.lookups);
  const helpful = [...rule.steps.filter((s) => s.optional).flatMap((s) => s.lookups), ...rule.expect];
  const against = [...rule.absent, ...rule.steps.flatMap((s) => s.lookups.flatMap((l) => l.unless))];
  const lines: readonly (readonly [string, string])[] = [
    ['Effect', `\`${rule.effect.type}\``],
    ['Needs', evidence(needed)],
    ['Stronger or fuller with', evidence(helpful)],
    ['Speaks against it', evidence(against)],
    ['Object to act on', rule.cause.object],
    ['Rule', `\`${rule.id}\` version ${rule.version}`],
    ['Source', rule.document.source.join('; ')],
  ];
  return lines.filter(([, text]) => text !== '').map(([name, text]) => `- ${name}: ${text}`);
}

/** The closed list of causes, for people and scripts: docs/causes.md. */
export function causesMarkdown(rules: RuleSet): string {
  const byCode = new Map<string, Rule[]>();
  for (const rule of rules.rules) byCode.set(rule.cause.code, [...(byCode.get(rule.cause.code) ?? []), rule]);
  const codes = [...byCode].sort(([a], [b]) => (a < b ? -1 : 1));
  const table = codes.map(
    ([code, [rule]]) => `| [\`${code}\`](#${code}) | ${cell(rule?.cause.label ?? '')} |`,
  );
  const sections = codes.flatMap(([code, list]) => [
    `## ${code}`,
    '',
    ...list.flatMap((rule) => [
      `**${rule.cause.label}.** ${cell(rule.cause.meaning)}`,
      '',
      ...ruleSection(rule),
      '',
    ]),
  ]);
  return [
    '# Causes',
    '',
    'Made from the rules by `node intelligence/generate.mjs`; change the rules, not this file. A code never changes its',
    'meaning. Where no rule explains a symptom, the code is absent and the verdict is "No clear cause".',
    '',
    '| code | what it says |',
    '|---|---|',
    ...table,
    '',
    ...sections,
  ].join('\n');
}
