import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { RuleSet } from '@tapio/intelligence';
import { loadRules } from '@tapio/intelligence';
import { readBuiltInRules } from '@tapio/intelligence/files';
import { allCases } from '../cases.ts';
import { caseReport } from './case-report.ts';
import { reliabilityPlot } from './reliability-plot.ts';
import { scoreAll } from './score-all.ts';
import { scoreReport } from './score-report.ts';

const HELP = `npm run truth: how often Tapio's offline answers are right

  npm run truth                   scores all labelled cases and prints the tables
  npm run truth -- --write        the same, into docs/truth.md and docs/images/reliability.svg
  npm run truth -- --case ID      one case: its truth and what was answered
  npm run truth -- --misses       the cases that were answered wrong, by id
  npm run truth -- --split open   only open (or held-out) cases
  npm run truth -- --quick        without lost events, delays and the other bad days
  npm run truth -- --seed N       another seed for what is lost, delayed and skewed (7)
  npm run truth -- --json         for scripts
`;

function readRules(): RuleSet {
  const { rules, refused } = loadRules(readBuiltInRules());
  for (const { file, line, reason } of refused) process.stderr.write(`refused ${file}:${line}: ${reason}\n`);
  return rules;
}

async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      write: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      misses: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      case: { type: 'string' },
      split: { type: 'string' },
      seed: { type: 'string', default: '7' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { split } = values;
  const cases = allCases().filter((c) => split === undefined || c.split === split);
  const rules = readRules();
  if (values.case !== undefined) {
    const found = cases.find((c) => c.id === values.case);
    if (found === undefined) {
      process.stderr.write(`no case is called ${values.case}; see npm run truth -- --misses\n`);
      return 2;
    }
    process.stdout.write(await caseReport(found, rules));
    return 0;
  }
  const progress = process.stderr.isTTY
    ? (done: number, all: number): void => void process.stderr.write(`\r${String(done)} of ${String(all)}`)
    : undefined;
  const scores = await scoreAll(cases, {
    rules,
    seed: Number(values.seed),
    quick: values.quick,
    ...(progress && { progress }),
  });
  if (progress !== undefined) process.stderr.write('\r');
  if (values.json) process.stdout.write(`${JSON.stringify(scores, undefined, 2)}\n`);
  else process.stdout.write(scoreReport(scores, values.misses));
  if (values.write) {
    const docs = new URL('../../../docs/', import.meta.url);
    mkdirSync(new URL('images/', docs), { recursive: true });
    writeFileSync(new URL('truth.md', docs), scoreReport(scores, false));
    writeFileSync(
      new URL('images/reliability.svg', docs),
      reliabilityPlot(scores.claims, 'Held-out faults, every bad day'),
    );
  }
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${HELP}`);
  process.exitCode = 2;
}
