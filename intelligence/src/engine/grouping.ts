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
    const explained = new Map<Question, GroupKey>();
    for (const question of episode.questions) {
      const own = ownKey(question, episode);
      if (own !== undefined) explained.set(question, own);
    }
    for (const question of episode.questions) {
      const joined =
        joinOther(question, explained) ?? explained.get(question) ?? unexplained(question, episode, repeated);
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

/** The group of a better proven symptom of the episode, where this one says less; chains of that are short. */
function joinOther(
  question: Question,
  explained: ReadonlyMap<Question, GroupKey>,
  depth = 3,
): GroupKey | undefined {
  const { best, answer } = question;
  if (depth === 0 || (best !== undefined && originOf(best) !== undefined)) return undefined;
  const saysMore = (other: RuleHolds): boolean => {
    if (best === undefined) return (answer?.gaps.length ?? 0) > 0;
    const code = other.rule.cause.code;
    if (best.rule.cause.lessPreciseThan.includes(code)) return true;
    const origin = originOf(other);
    return (
      code === best.rule.cause.code && origin !== undefined && origin.held.event.timestamp <= question.timeUs
    );
  };
  const others = [...explained.keys()].filter(
    (other) => other !== question && other.best !== undefined && saysMore(other.best),
  );
  const distance = (other: Question): number => Math.abs(other.timeUs - question.timeUs);
  others.sort((a, b) => distance(a) - distance(b) || (a.id < b.id ? -1 : 1));
  const nearest = others[0];
  if (nearest === undefined) return undefined;
  return joinOther(nearest, explained, depth - 1) ?? explained.get(nearest);
}

function unexplained(question: Question, episode: Episode, repeated: boolean): GroupKey | undefined {
  if (!repeated || question.answer?.settled !== true) return undefined;
  return key(question.symptom.incident, question.line, 'unknown', episode.anchorId);
}
