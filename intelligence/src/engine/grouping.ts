import type { IncidentKind } from '@tapio/domain';
import type { RuleHolds } from './outcome.ts';
import type { Question } from './question.ts';

/** What an incident is about: symptoms with the same key are one incident. */
export interface GroupKey {
  readonly text: string;
  readonly kind: IncidentKind;
}

/** What is still known of the symptoms of a line that memory let go of. */
export interface LineFold {
  /** First symptom of the episode that was going on. */
  readonly anchorId: string;
  readonly lastUs: number;
  readonly count: number;
}

/** The change that a verdict goes back to, if it goes back to one. */
export function originOf(best: RuleHolds): RuleHolds['steps'][number] | undefined {
  return best.steps.find((link) => link.step.role === 'originating');
}

interface Episode {
  readonly anchorId: string;
  readonly folded: number;
  readonly questions: readonly Question[];
}

function episodes(line: readonly Question[], fold: LineFold | undefined, gapUs: number): Episode[] {
  const list: { anchorId: string; folded: number; questions: Question[] }[] = [];
  let lastUs = fold?.lastUs ?? Number.NEGATIVE_INFINITY;
  for (const question of line) {
    const current = list.at(-1);
    if (current !== undefined && question.timeUs - lastUs <= gapUs) current.questions.push(question);
    else {
      const goesOn = fold !== undefined && current === undefined && question.timeUs - lastUs <= gapUs;
      list.push({
        anchorId: goesOn ? fold.anchorId : question.id,
        folded: goesOn ? fold.count : 0,
        questions: [question],
      });
    }
    lastUs = question.timeUs;
  }
  return list;
}

function key(kind: IncidentKind, ...parts: readonly string[]): GroupKey {
  return { kind, text: JSON.stringify([kind, ...parts]) };
}

function hasSign(question: Question): boolean {
  const { sign } = question.symptom.repeated;
  return question.answer?.context.some((c) => c.lookup.alias === sign && c.event !== undefined) ?? false;
}

/** True when the symptom stands for a standing failure: often enough in its episode, or by a sign such as back-off. */
function isRepeated(episode: Episode): boolean {
  const times = episode.questions[0]?.symptom.repeated.times ?? 1;
  return episode.folded + episode.questions.length >= times || episode.questions.some(hasSign);
}

/**
 * Says which incident each symptom of a line belongs to (docs/adr/0010):
 * 1. symptoms that go back to one change belong to that change, whatever their line;
 * 2. else a line, a cause and an episode make an incident;
 * 3. a weaker statement of a cause joins the better proven one of its episode, and a symptom whose evidence was
 *    lost joins the nearest explained one;
 * 4. what stays without cause is an incident only as a standing failure, and only once it is settled.
 *
 * @param line questions of one line that are symptoms, in order of time
 */
export function assignLine(
  line: readonly Question[],
  fold: LineFold | undefined,
  gapUs: number,
): ReadonlyMap<Question, GroupKey & { readonly isRepeated: boolean }> {
  const assigned = new Map<Question, GroupKey & { readonly isRepeated: boolean }>();
  for (const episode of episodes(line, fold, gapUs)) {
    const repeated = isRepeated(episode);
    const explained = new Explained(episode);
    for (const question of episode.questions) {
      const joined =
        joinOther(question, explained) ??
        explained.keyOf(question) ??
        unexplained(question, episode, repeated);
      if (joined !== undefined) assigned.set(question, { ...joined, isRepeated: repeated });
    }
  }
  return assigned;
}

function ownKey(question: Question, episode: Episode): GroupKey | undefined {
  const { best, symptom } = question;
  if (best === undefined) return undefined;
  const origin = originOf(best);
  if (origin !== undefined) return key(symptom.incident, 'change', origin.held.event.id);
  return key(symptom.incident, question.line, best.rule.cause.code, episode.anchorId);
}

/** Symptoms of an episode that a rule explains, found by cause and nearness: all in order of time. */
class Explained {
  readonly #keys = new Map<Question, GroupKey>();
  readonly #all: Question[] = [];
  readonly #byCode = new Map<string, Question[]>();
  readonly #rootedByCode = new Map<string, Question[]>();

  constructor(episode: Episode) {
    for (const question of episode.questions) {
      const { best } = question;
      const own = ownKey(question, episode);
      if (own === undefined || best === undefined) continue;
      this.#keys.set(question, own);
      this.#all.push(question);
      const lists = originOf(best) === undefined ? [this.#byCode] : [this.#byCode, this.#rootedByCode];
      for (const byCode of lists) {
        const list = byCode.get(best.rule.cause.code);
        if (list === undefined) byCode.set(best.rule.cause.code, [question]);
        else list.push(question);
      }
    }
  }

  keyOf(question: Question): GroupKey | undefined {
    return this.#keys.get(question);
  }

  /** The nearest symptom that says more than this one, if any. */
  betterThan(question: Question): Question | undefined {
    const { best, answer } = question;
    if (best === undefined) {
      return (answer?.gaps.length ?? 0) > 0 ? nearest(this.#all, question, () => true) : undefined;
    }
    const { code, lessPreciseThan } = best.rule.cause;
    const rooted = nearest(this.#rootedByCode.get(code) ?? [], question, (other) => {
      const origin = other.best === undefined ? undefined : originOf(other.best);
      return origin !== undefined && origin.held.event.timestamp <= question.timeUs;
    });
    const better = lessPreciseThan.map((c) => nearest(this.#byCode.get(c) ?? [], question, () => true));
    return [rooted, ...better].reduce((a, b) => (a === undefined ? b : nearerOf(a, b, question)), undefined);
  }
}

function nearerOf(a: Question, b: Question | undefined, to: Question): Question {
  if (b === undefined) return a;
  const [toA, toB] = [Math.abs(a.timeUs - to.timeUs), Math.abs(b.timeUs - to.timeUs)];
  return toB < toA || (toB === toA && b.id < a.id) ? b : a;
}

/** Nearest in time that is fit, other than itself, of a list in order of time. */
function nearest(
  list: readonly Question[],
  to: Question,
  isFit: (other: Question) => boolean,
): Question | undefined {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.timeUs ?? 0) < to.timeUs) low = middle + 1;
    else high = middle;
  }
  const first = (from: number, step: 1 | -1): Question | undefined => {
    for (let n = from; n >= 0 && n < list.length; n += step) {
      const other = list[n];
      if (other !== undefined && other !== to && isFit(other)) return other;
    }
    return undefined;
  };
  const [before, after] = [first(low - 1, -1), first(low, 1)];
  return before === undefined ? after : nearerOf(before, after, to);
}

/** The group of a better proven symptom of the episode, where this one says less; chains of that are short. */
function joinOther(question: Question, explained: Explained, depth = 3): GroupKey | undefined {
  const { best } = question;
  if (depth === 0 || (best !== undefined && originOf(best) !== undefined)) return undefined;
  const better = explained.betterThan(question);
  if (better === undefined) return undefined;
  return joinOther(better, explained, depth - 1) ?? explained.keyOf(better);
}

function unexplained(question: Question, episode: Episode, repeated: boolean): GroupKey | undefined {
  if (!repeated || question.answer?.settled !== true) return undefined;
  return key(question.symptom.incident, question.line, 'unknown', episode.anchorId);
}
