import type {
  ChainStep,
  Incident,
  IncidentKind,
  IncidentPod,
  NextStep,
  ObjectRef,
  ObservationEvent,
  OriginatingChange,
  RuledOut,
} from '@tapio/domain';
import { INCIDENT_LIMITS, VERDICT_WORDS, objectOf, parseObject } from '@tapio/domain';
import type { NextVariant, Variant } from '../rules/rule-set.ts';
import type { TemplateValues } from '../rules/templates.ts';
import { actorWords, ordinal, renderCommand, renderTemplate } from '../rules/templates.ts';
import { certainSentences } from './certain.ts';
import { originOf } from './grouping.ts';
import { kubectlName, subjectOf, subjectWords } from './subject.ts';
import { byTime, resolutionUs } from './joins.ts';
import type { BoundStep, RuleHolds } from './outcome.ts';
import type { Question } from './question.ts';
import { contextSentence } from './question.ts';
import { verdictWord } from './settings.ts';
import { viewOf } from './views.ts';

export interface IncidentInput {
  readonly id: string;
  readonly cluster: string;
  readonly kind: IncidentKind;
  readonly isClosed: boolean;
  readonly isRepeated: boolean;
  readonly rulesVersion: string;
  readonly ruleCount: number;
  /** Symptoms in memory, in order of time; at least one. */
  readonly questions: readonly Question[];
  /** From a symptom to its root. */
  readonly path: (question: Question) => readonly Question[];
  /** What is known of earlier ones. */
  readonly earlier: {
    readonly count: number;
    readonly firstSeenUs: number;
    readonly symptomEventIds: readonly string[];
  };
}

/** Makes the incident of a group of symptoms: absolute, and the same for the same symptoms and answers. */
export function buildIncident(input: IncidentInput): Omit<Incident, 'revision'> {
  const { questions, earlier } = input;
  const roots = questions.filter((question) => input.path(question).length === 1);
  const explained = roots.filter((question) => question.best !== undefined);
  const own = explained.length > 0 ? explained : roots.length > 0 ? roots : questions;
  const shown = representative(own);
  const newest = questions.at(-1) ?? shown;
  const { best } = shown;
  const event = shown.effect.event;
  const subject = best === undefined ? subjectOf(event, 'workload') : actOn(best, event);
  const count = earlier.count + questions.length;
  const values = wordsOf({ shown, subject, count, isRepeated: input.isRepeated });
  const change = best === undefined ? undefined : changeOf(best, values);
  const origin = best === undefined ? undefined : originOf(best);
  const next = nextOf(best?.rule.next ?? shown.symptom.next, values);
  const explanation = best === undefined ? undefined : variantText(best.rule.explanation, values);
  const word = verdictWord(best?.score ?? 0);
  const rootCauseEventId = (origin ?? best?.steps.at(-1))?.held.event.id;
  return {
    id: input.id,
    cluster: input.cluster,
    kind: input.kind,
    severity: best?.rule.severity ?? 'error',
    state: input.isClosed ? 'closed' : 'open',
    subject,
    headline: variantText(best?.rule.headline ?? [{ given: [], text: shown.symptom.headline }], values) ?? '',
    verdict: {
      word,
      score: best?.score ?? 0,
      status: shown.answer?.settled === true ? 'settled' : 'provisional',
      ...(best !== undefined && { causeCode: best.rule.cause.code, rule: best.rule.id }),
    },
    chain: joined(
      chainOf(shown, values, earlier.count + own.indexOf(shown) + 1),
      tailOf(farthest(questions, own, input.path)),
    ),
    ...(change !== undefined && { change }),
    ruledOut: ruledOutOf(shown),
    certain: certainSentences(own, shown),
    ...(explanation !== undefined && { explanation }),
    ...(best === undefined && { checked: checkedWords(shown, input.ruleCount) }),
    wouldHelp: word === 'Likely' ? [] : wouldHelpOf(shown, values),
    ...(next !== undefined && { next }),
    touched: touchedBy(questions, subject, shown),
    count,
    firstSeenUs: Math.min(earlier.firstSeenUs, questions[0]?.timeUs ?? shown.timeUs),
    lastSeenUs: newest.timeUs,
    symptomEventIds: [...questions.map((q) => q.id).reverse(), ...earlier.symptomEventIds].slice(
      0,
      INCIDENT_LIMITS.symptoms,
    ),
    ...(rootCauseEventId !== undefined && { rootCauseEventId }),
    evidenceEventIds: evidenceOf(questions, shown),
    gaps: shown.answer?.gaps ?? [],
    rulesVersion: input.rulesVersion,
    pods: podsOf(questions),
  };
}

/** The symptom that speaks for all: the best proven, and of those the newest; a settled one before a provisional one. */
function representative(questions: readonly Question[]): Question {
  const [first] = questions;
  if (first === undefined) throw new Error('an incident without symptoms');
  const rank = (q: Question): number => {
    const word = VERDICT_WORDS.length - VERDICT_WORDS.indexOf(verdictWord(q.best?.score ?? 0));
    return (q.answer?.settled === true ? 10 : 0) + word;
  };
  return questions.reduce((a, b) => (rank(b) >= rank(a) ? b : a), first);
}

function actOn(best: RuleHolds, effect: ObservationEvent): ObjectRef {
  const { object, objectOf: alias } = best.rule.cause;
  const event = (alias === undefined ? undefined : best.events.get(alias)) ?? effect;
  return subjectOf(event, object);
}

function wordsOf(of: {
  readonly shown: Question;
  readonly subject: ObjectRef;
  readonly count: number;
  readonly isRepeated: boolean;
}): TemplateValues {
  const { shown, subject, count, isRepeated } = of;
  const { event } = shown.effect;
  const { words } = shown.symptom;
  const events = new Map(shown.best?.events ?? []);
  events.set(shown.symptom.alias, event);
  return {
    events,
    words: {
      subject: subjectWords(subject),
      symptom: isRepeated ? words.repeated : words.once,
      namespace: event.namespace ?? '?',
      kubectl: kubectlName(subject),
      count: String(count),
      container: event.data['container'] ?? '?',
      pod: event.podName ?? '?',
    },
  };
}

function isGiven(
  { given, condition }: Pick<Variant, 'given' | 'condition'>,
  values: TemplateValues,
): boolean {
  if (!given.every((name) => values.events.has(name))) return false;
  if (condition === undefined) return true;
  const bindings = Object.fromEntries([...values.events].map(([name, event]) => [name, viewOf(event)]));
  return condition.evaluate(bindings) === 'holds';
}

function variantText(variants: readonly Variant[], values: TemplateValues): string | undefined {
  const variant = variants.find((v) => isGiven(v, values));
  return variant === undefined ? undefined : renderTemplate(variant.text, values);
}

function nextOf(variants: readonly NextVariant[], values: TemplateValues): NextStep | undefined {
  for (const variant of variants) {
    if (!isGiven(variant, values)) continue;
    const command = renderCommand(variant.command, values);
    if (command !== undefined) return { command, reason: renderTemplate(variant.reason, values) };
  }
  return undefined;
}

function chainStep(link: BoundStep, values: TemplateValues): ChainStep {
  const { event } = link.held;
  return {
    role: link.step.role === 'originating' ? 'change' : 'cause',
    eventId: event.id,
    timeUs: event.timestamp,
    resolutionUs: resolutionUs(event),
    text: renderTemplate(link.lookup.text, values),
    seenBy: event.source,
    ...objectIn(event),
  };
}

function objectIn(event: ObservationEvent): Pick<ChainStep, 'object'> {
  const object = objectOf(event);
  return object === undefined ? {} : { object };
}

/** @param nth which of the incident’s symptoms is shown, from 1 */
function chainOf(shown: Question, values: TemplateValues, nth: number): ChainStep[] {
  const appended = (shown.answer?.context ?? []).flatMap((finding) => {
    const text = finding.event === undefined ? undefined : contextSentence(shown, finding, 'appends');
    return text === undefined ? [] : [text];
  });
  const times = nth > 1 ? [`${ordinal(nth)} time`] : [];
  const words = [[renderTemplate(shown.symptom.text, values), ...times].join(', '), ...appended];
  const effect = effectStep(shown, words.join('; '));
  const causes = (shown.best?.steps ?? []).map((link) => chainStep(link, values)).reverse();
  return [...causes.slice(-(INCIDENT_LIMITS.chain - 1)), effect];
}

/** What the root brought about is a cause of what follows. */
function joined(chain: readonly ChainStep[], tail: readonly ChainStep[]): ChainStep[] {
  if (tail.length === 0) return [...chain];
  const causes = chain.map((step): ChainStep => (step.role === 'effect' ? { ...step, role: 'cause' } : step));
  return [...causes, ...tail].slice(0, INCIDENT_LIMITS.chain);
}

/** The symptom that is the most links away from what the incident itself is about, and how it gets there. */
function farthest(
  questions: readonly Question[],
  own: readonly Question[],
  path: IncidentInput['path'],
): readonly Question[] {
  let longest: readonly Question[] = [];
  const roots = new Set(own);
  for (const question of questions) {
    const links = path(question);
    const root = links.at(-1);
    if (root !== undefined && roots.has(root) && links.length > Math.max(1, longest.length)) longest = links;
  }
  return longest.slice(0, -1).reverse();
}

/** What the shown symptom brought about in turn: each link with the steps between. */
function tailOf(links: readonly Question[]): ChainStep[] {
  return links.flatMap((question) => {
    const { best, symptom, effect } = question;
    const events = new Map(best?.events ?? []).set(symptom.alias, effect.event);
    const values: TemplateValues = { events, words: {} };
    const between = (best?.steps ?? [])
      .slice(0, -1)
      .map((link) => chainStep(link, values))
      .reverse();
    return [...between, effectStep(question, renderTemplate(symptom.text, values))];
  });
}

function effectStep({ effect: { event } }: Question, text: string): ChainStep {
  return {
    role: 'effect',
    eventId: event.id,
    timeUs: event.timestamp,
    resolutionUs: resolutionUs(event),
    text,
    seenBy: event.source,
    ...objectIn(event),
  };
}

/** Objects that suffer besides the one to act on, each once, with its symptom in words. */
function touchedBy(questions: readonly Question[], subject: ObjectRef, shown: Question): string[] {
  const own = `${subject.kind}/${subject.namespace ?? ''}/${subject.name}`;
  const touched = new Map<string, string>();
  for (const question of questions) {
    const object = objectOf(question.effect.event);
    if (object === undefined || object === own || touched.has(object)) continue;
    if (question === shown && question.best?.rule.cause.object === 'pod') continue;
    const { kind, namespace, name } = parseObject(object) ?? { kind: '', namespace: '', name: object };
    const words = question.symptom.words.repeated;
    touched.set(object, `${kind} ${namespace === '' ? '' : `${namespace}/`}${name} ${words}`);
  }
  const list = [...touched.values()];
  if (list.length <= INCIDENT_LIMITS.touched) return list;
  const shownOnes = list.slice(0, INCIDENT_LIMITS.touched - 1);
  return [...shownOnes, `and ${list.length - shownOnes.length} more`];
}

function changeOf(best: RuleHolds, values: TemplateValues): OriginatingChange | undefined {
  const origin = originOf(best);
  if (origin === undefined) return undefined;
  const { event } = origin.held;
  return {
    eventId: event.id,
    timeUs: event.timestamp,
    object: subjectOf(event, event.type === 'pod_spec_changed' ? 'pod' : 'workload'),
    words: event.data['words'] ?? renderTemplate(origin.lookup.text, values),
    actor: actorWords(event),
  };
}

function ruledOutOf(shown: Question): RuledOut[] {
  const own = new Set(shown.answer?.holding.map((h) => h.rule.cause.code));
  const list = (shown.answer?.failing ?? []).flatMap(({ rule, clause }) => {
    if (clause === undefined || rule.ruledOut === undefined || own.has(rule.cause.code)) return [];
    const events = new Map([[rule.effect.alias, shown.effect.event]]);
    return [{ cause: renderTemplate(rule.ruledOut, { events, words: {} }), reason: clause }];
  });
  return list.slice(0, INCIDENT_LIMITS.ruledOut);
}

function checkedWords(shown: Question, ruleCount: number): string {
  const nearest = shown.answer?.failing[0];
  const rules = `${ruleCount} ${ruleCount === 1 ? 'rule' : 'rules'}`;
  if (nearest === undefined) return `${rules}; none is about such a symptom`;
  const missing = nearest.clause ?? nearest.trace.findLast((line) => line.outcome !== 'matched')?.words;
  return `${rules}; nearest: ${nearest.rule.id}${missing === undefined ? '' : ` (${missing})`}`;
}

function wouldHelpOf(shown: Question, values: TemplateValues): string[] {
  const unseen = (shown.answer?.context ?? []).flatMap((finding) => {
    if (finding.event !== undefined || finding.isCertain) return [];
    const text = contextSentence(shown, finding, 'unknown');
    return text === undefined ? [] : [text];
  });
  const known = shown.best === undefined ? shown.symptom.wouldHelp.map((t) => renderTemplate(t, values)) : [];
  return [...new Set([...unseen, ...known])];
}

/** Every event that the answer stands on, those of the symptom that speaks for all first. */
function evidenceOf(questions: readonly Question[], shown: Question): string[] {
  const ids = new Set<string>();
  for (const question of [shown, ...[...questions].reverse()]) {
    ids.add(question.id);
    const events = [...(question.best?.events.values() ?? [])].sort(byTime);
    for (const event of events) ids.add(event.id);
  }
  return [...ids].slice(0, INCIDENT_LIMITS.evidence);
}

function podsOf(questions: readonly Question[]): IncidentPod[] {
  const pods = new Map<string, IncidentPod>();
  for (const { effect } of [...questions].reverse()) {
    const { podUid, podName, namespace } = effect.event;
    if (podUid === undefined || pods.has(podUid)) continue;
    pods.set(podUid, { namespace: namespace ?? '', name: podName ?? podUid, uid: podUid });
  }
  return [...pods.values()].slice(0, INCIDENT_LIMITS.pods);
}
