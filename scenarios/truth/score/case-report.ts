import { summarize } from '@tapio/domain';
import type { RuleSet } from '@tapio/intelligence';
import { explainIncident } from '@tapio/intelligence';
import type { TruthCase } from '../case.ts';
import { answer } from './answer.ts';
import { observeCase } from './observe-case.ts';

/** One case in full: the truth, every event that is seen in it, and the answers. */
export async function caseReport(truth: TruthCase, rules: RuleSet): Promise<string> {
  const observed = observeCase(truth, rules);
  const { statements, incident } = await answer(observed, rules);
  const events = observed.events.map(
    (event) =>
      `  ${event.type.padEnd(28)} ${event.data['object'] ?? event.workload ?? event.podName ?? ''}  ${summarize(event)}`,
  );
  const answers = statements.map(
    ({ object, cause, score, severity }) => `  ${object}  ${cause}  ${score.toFixed(2)}  ${severity}`,
  );
  return [
    `${truth.id}: ${truth.title}`,
    JSON.stringify(truth.truth, undefined, 2),
    'Events',
    ...events,
    'Answers, best first',
    ...(answers.length === 0 ? ['  none'] : answers),
    ...(incident === undefined ? [] : ['', explainIncident(incident, { timeZone: 'UTC' })]),
    '',
  ].join('\n');
}
