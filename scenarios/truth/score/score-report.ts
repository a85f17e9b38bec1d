import { MEASURE_HEAD, markdownTable, measureRow, percent } from './report.ts';
import type { Scores } from './score-all.ts';

/** The tables in Markdown; a share in percent with its 95 % Wilson interval. */
export function scoreReport(scores: Scores, withMisses: boolean): string {
  const rows = (list: Scores['groups']): string[][] =>
    list.map(({ title, measures }) => measureRow(title, measures));
  const { fell, stayed } = scores.counterfactual;
  const parts = [
    '# How often Tapio is right',
    `Printed by \`npm run truth\`, seed ${String(scores.seed)}. AC@k: the right statement is among the first k. Shares are in percent with their 95 % interval (Wilson). "Held-out" faults were labelled before the rules that cover them were written, by somebody else, and are only scored.`,
    '## As it is',
    markdownTable(MEASURE_HEAD, rows(scores.groups)),
    '## Held-out faults on bad days',
    markdownTable(MEASURE_HEAD, rows(scores.perturbed)),
    '## Naive methods on the held-out faults',
    markdownTable(
      ['method', 'AC@1 object and cause', 'AC@1 object'],
      scores.baselines.map(({ title, object, both }) => [title, percent(both), percent(object)]),
    ),
    '## Besides',
    markdownTable(
      ['what', 'share'],
      [
        [
          'healthy or merely noisy states in which something of weight was found',
          percent(scores.falseFindings),
        ],
        ["right answers that change without the root's evidence", percent(fell)],
        ['right answers that stay with nothing but their own evidence', percent(stayed)],
      ],
    ),
    `An answer took ${scores.tookMs.median.toFixed(1)} ms in the median, ${scores.tookMs.worst.toFixed(1)} ms at most (the engine alone, the dump read).`,
    '![What was said against what came true](images/reliability.svg)',
  ];
  if (withMisses) {
    parts.push(
      '## Wrong or missing',
      markdownTable(
        ['case', 'wanted', 'got'],
        scores.misses.map(({ id, wanted, got }) => [id, wanted, got]),
      ),
    );
  }
  return `${parts.join('\n\n')}\n`;
}
