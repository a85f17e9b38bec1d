import type { ObservationEvent } from '@tapio/domain';
import type { RuleSet } from '@tapio/intelligence';
import type { TruthCase } from '../case.ts';
import type { Answer, Observed } from './answer.ts';
import { answer } from './answer.ts';
import type { Baseline } from './baselines.ts';
import { BASELINES } from './baselines.ts';
import { onlyEvidence, withoutRoot } from './counterfactual.ts';
import type { Answered, Measures } from './measure.ts';
import { falseFindings, isRight, measure, objectIsRight } from './measure.ts';
import { observeCase } from './observe-case.ts';
import { PERTURBATIONS, UNPERTURBED } from './perturb.ts';
import type { Claim, Share } from './statistics.ts';
import { share } from './statistics.ts';

export interface ScoreOptions {
  readonly rules: RuleSet;
  readonly seed: number;
  /** Only as it is. */
  readonly quick: boolean;
  readonly progress?: (done: number, all: number) => void;
}

export interface Scores {
  readonly seed: number;
  readonly groups: readonly { readonly title: string; readonly measures: Measures }[];
  /** Held-out faults on bad days. */
  readonly perturbed: readonly { readonly title: string; readonly measures: Measures }[];
  readonly baselines: readonly { readonly title: string; readonly object: Share; readonly both: Share }[];
  /** Healthy and noisy states in which something of weight was found. */
  readonly falseFindings: Share;
  readonly counterfactual: {
    /** Right answers that change when the root's evidence is taken away. */
    readonly fell: Share;
    /** Right answers that stay when everything but their evidence is taken away. */
    readonly stayed: Share;
  };
  readonly tookMs: { readonly median: number; readonly worst: number };
  readonly misses: readonly { readonly id: string; readonly wanted: string; readonly got: string }[];
  /** First statements to held-out faults, on all days: for the plot. */
  readonly claims: readonly Claim[];
}

interface Observation {
  readonly truth: TruthCase;
  readonly observed: Observed;
}

/** Answers all cases, as they are and on bad days, and measures it. */
export async function scoreAll(cases: readonly TruthCase[], options: ScoreOptions): Promise<Scores> {
  const { rules, seed, quick } = options;
  const days = quick ? [UNPERTURBED] : PERTURBATIONS;
  let done = 0;
  const observations = cases.map((truth) => ({ truth, observed: observeCase(truth, rules) }));
  const decoys = decoysOf(observations);
  const answers = new Map<string, Answered[]>();
  const asIs: { readonly observation: Observation; readonly answer: Answer }[] = [];
  for (const day of days) {
    const list: Answered[] = [];
    for (const [index, observation] of observations.entries()) {
      const { lose } = day;
      const { truth } = observation;
      const observed =
        lose === undefined
          ? observation.observed
          : observeCase(truth, rules, (parts) => lose(parts, seed + index));
      const events = day.apply(observed.events, seed + index, decoys);
      const given = await answer({ ...observed, events }, rules);
      list.push({ truth: observation.truth, statements: given.statements });
      if (day === UNPERTURBED) asIs.push({ observation, answer: given });
      options.progress?.((done += 1), days.length * observations.length);
    }
    answers.set(day.id, list);
  }
  const plain = answers.get(UNPERTURBED.id) ?? [];
  const heldOut = (list: readonly Answered[]): Answered[] => list.filter((a) => a.truth.split === 'held-out');
  return {
    seed,
    groups: groupsOf(plain),
    perturbed: days.map((day) => ({
      title: day.title,
      measures: measure(heldOut(answers.get(day.id) ?? [])),
    })),
    baselines: BASELINES.map((baseline) => baselineRow(baseline, observations)),
    falseFindings: falseFindings(plain),
    counterfactual: await counterfactuals(asIs, rules),
    tookMs: times(asIs.map((a) => a.answer.tookMs)),
    misses: plain.filter(isMiss).map(missOf),
    claims: days.flatMap((day) => measure(heldOut(answers.get(day.id) ?? [])).claims),
  };
}

function groupsOf(answers: readonly Answered[]): Scores['groups'] {
  const groups: [string, (a: Answered) => boolean][] = [
    ['all faults', () => true],
    ['held-out', ({ truth }) => truth.split === 'held-out'],
    ['held-out, first batch', ({ truth }) => truth.split === 'held-out' && truth.batch === 'first'],
    ['held-out, second batch', ({ truth }) => truth.split === 'held-out' && truth.batch === 'second'],
    ['open', ({ truth }) => truth.split === 'open'],
    ['composed', ({ truth }) => truth.kind === 'composed'],
    ['recorded from a real cluster', ({ truth }) => truth.kind === 'recorded'],
    ...[...new Set(answers.map(({ truth }) => truth.area))]
      .sort()
      .map((area): [string, (a: Answered) => boolean] => [
        `area ${area}`,
        ({ truth }) => truth.area === area,
      ]),
  ];
  return groups.flatMap(([title, holds]) => {
    const measures = measure(answers.filter(holds));
    return measures.cases === 0 ? [] : [{ title, measures }];
  });
}

/** Noise from healthy states, under names that no case has. */
function decoysOf(observations: readonly Observation[]): ObservationEvent[] {
  return observations
    .filter(({ truth }) => truth.truth === null)
    .slice(0, 3)
    .flatMap(({ observed }, index) =>
      observed.events.map((event): ObservationEvent => {
        const move = (text: string): string =>
          text.replace(/^([A-Za-z]+)\/([^/]+)\//, `$1/decoy-${index}-$2/`);
        const { object, refers } = event.data;
        return {
          ...event,
          id: `decoy-${String(index)}/${event.id}`,
          ...(event.namespace === undefined
            ? {}
            : { namespace: `decoy-${String(index)}-${event.namespace}` }),
          ...(event.podUid === undefined ? {} : { podUid: `decoy-${String(index)}-${event.podUid}` }),
          data: {
            ...event.data,
            ...(object === undefined ? {} : { object: move(object) }),
            ...(refers === undefined ? {} : { refers: move(refers) }),
          },
        };
      }),
    );
}

function baselineRow(baseline: Baseline, observations: readonly Observation[]): Scores['baselines'][number] {
  const faults = observations.filter(({ truth }) => truth.truth !== null && truth.split === 'held-out');
  const guesses = faults.map(({ truth, observed }) => ({ truth, guess: baseline.guess(observed.events) }));
  return {
    title: baseline.title,
    object: share(guesses.filter(({ truth, guess }) => objectIsRight(guess, truth)).length, faults.length),
    both: share(guesses.filter(({ truth, guess }) => isRight(guess, truth)).length, faults.length),
  };
}

async function counterfactuals(
  answered: readonly { readonly observation: Observation; readonly answer: Answer }[],
  rules: RuleSet,
): Promise<Scores['counterfactual']> {
  let [of, fell, stayed] = [0, 0, 0];
  for (const { observation, answer: given } of answered) {
    const { incident, statements } = given;
    if (incident === undefined || !isRight(statements[0], observation.truth)) continue;
    of += 1;
    const { observed } = observation;
    const without = await answer({ ...observed, events: withoutRoot(observed.events, incident) }, rules);
    if (!isRight(without.statements[0], observation.truth)) fell += 1;
    const alone = await answer({ ...observed, events: onlyEvidence(observed.events, incident) }, rules);
    if (isRight(alone.statements[0], observation.truth)) stayed += 1;
  }
  return { fell: share(fell, of), stayed: share(stayed, of) };
}

function times(list: readonly number[]): Scores['tookMs'] {
  const sorted = [...list].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, worst: sorted.at(-1) ?? 0 };
}

function isMiss({ truth, statements }: Answered): boolean {
  if (truth.truth === null) return statements.some((s) => s.severity !== 'info');
  return !isRight(statements[0], truth);
}

function missOf({ truth, statements: [first] }: Answered): Scores['misses'][number] {
  const wanted =
    truth.truth === null
      ? 'nothing'
      : `${truth.truth.object.kind}/${truth.truth.object.namespace}/${truth.truth.object.name} ${truth.truth.causes.join('|')}`;
  const got =
    first === undefined
      ? 'nothing'
      : `${first.object} ${first.cause} (${first.score.toFixed(2)}, ${first.severity})`;
  return { id: truth.id, wanted, got };
}
