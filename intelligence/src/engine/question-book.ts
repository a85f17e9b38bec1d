import type { CompleteThrough, ObservationEvent } from '@tapio/domain';
import type { CaptureState } from './capture.ts';
import type { Interests } from './interests.ts';
import { concernedKey } from './interests.ts';
import { fileKey, resolutionUs } from './joins.ts';
import type { Question } from './question.ts';

/** Questions that are open or may be asked again, found by what events have in common with them. */
export class QuestionBook {
  readonly #byId = new Map<string, Question>();
  readonly #byKey = new Map<string, Set<Question>>();
  readonly #byLine = new Map<string, Set<Question>>();
  readonly #keysOf = new Map<Question, Set<string>>();
  readonly #unsettled = new Set<Question>();
  readonly #interests: Interests;
  readonly #slackUs: number;

  constructor(interests: Interests, clockErrorUs: number) {
    this.#interests = interests;
    this.#slackUs = clockErrorUs;
  }

  get size(): number {
    return this.#byId.size;
  }

  get unsettled(): number {
    return this.#unsettled.size;
  }

  get(id: string): Question | undefined {
    return this.#byId.get(id);
  }

  add(question: Question): void {
    this.#byId.set(question.id, question);
    this.#unsettled.add(question);
    const line = this.#byLine.get(question.line);
    if (line === undefined) this.#byLine.set(question.line, new Set([question]));
    else line.add(question);
    this.#register(question, question.effect.event);
  }

  #register(question: Question, event: ObservationEvent): void {
    const keys = this.#keysOf.get(question) ?? new Set();
    this.#keysOf.set(question, keys);
    // By its node a question is found for gaps and for processes without container, whatever rules ask.
    for (const kind of new Set([...this.#interests.anchors, 'node' as const])) {
      const key = fileKey(event, kind);
      if (key === undefined || keys.has(key)) continue;
      keys.add(key);
      const questions = this.#byKey.get(key);
      if (questions === undefined) this.#byKey.set(key, new Set([question]));
      else questions.add(question);
    }
  }

  /** After an answer: it is found by all that it stands on, and stays on the list of the unsettled or leaves it. */
  answered(question: Question): void {
    if (question.answer?.settled === true && question.awaited.length === 0) this.#unsettled.delete(question);
    else this.#unsettled.add(question);
    for (const event of question.best?.events.values() ?? []) this.#register(question, event);
  }

  /** Questions whose answer the event can change. */
  concernedBy(event: ObservationEvent): Question[] {
    const concerned: Question[] = [];
    for (const { join, reaches } of this.#interests.of(event.type)) {
      const key = concernedKey(event, join);
      for (const question of (key === undefined ? undefined : this.#byKey.get(key)) ?? []) {
        const { event: effect } = question.effect;
        const reach = reaches.get(effect.type);
        if (reach === undefined) continue;
        const earliestUs = effect.timestamp - reach.beforeUs - this.#slackUs - resolutionUs(event);
        const latestUs = effect.timestamp + resolutionUs(effect) + reach.afterUs + this.#slackUs;
        if (event.timestamp >= earliestUs && event.timestamp <= latestUs && event.id !== question.id) {
          concerned.push(question);
        }
      }
    }
    return concerned;
  }

  /** Questions of a node: a gap or a start of capture there may change what absence says. */
  ofNode(node: string): Iterable<Question> {
    return this.#byKey.get(`node\n${node}`) ?? [];
  }

  /** Unsettled questions that can be settled now: a mark that they wait for was passed, or their time is up. */
  due(capture: CaptureState, moved: ReadonlyMap<string, CompleteThrough>, nowUs: number): Question[] {
    return [...this.#unsettled].filter((question) => {
      if (question.answer === undefined) return true;
      if (nowUs >= question.deadlineUs && !question.answer.settled) return true;
      return question.awaited.some(
        ({ node, source, untilUs }) => moved.has(node) && (capture.through(node, source) ?? 0) >= untilUs,
      );
    });
  }

  /** Questions of one line in order of time. */
  line(line: string): readonly Question[] {
    return [...(this.#byLine.get(line) ?? [])].sort((a, b) => a.timeUs - b.timeUs || (a.id < b.id ? -1 : 1));
  }

  /** Oldest questions first, as they came in. */
  oldest(): Iterable<Question> {
    return this.#byId.values();
  }

  remove(question: Question): void {
    this.#byId.delete(question.id);
    this.#unsettled.delete(question);
    const line = this.#byLine.get(question.line);
    line?.delete(question);
    if (line?.size === 0) this.#byLine.delete(question.line);
    for (const key of this.#keysOf.get(question) ?? []) {
      const questions = this.#byKey.get(key);
      questions?.delete(question);
      if (questions?.size === 0) this.#byKey.delete(key);
    }
    this.#keysOf.delete(question);
  }
}
