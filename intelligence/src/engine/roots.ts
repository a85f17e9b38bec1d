import type { Question } from './question.ts';
import type { QuestionBook } from './question-book.ts';

/** Links that are followed from a symptom to its root. */
const DEEPEST = 8;

/**
 * Follows chains across rules: where the last cause that a rule found is itself a symptom that a rule explains, that
 * one is nearer to the root. A circle ends where it began: nobody is blamed for its own effect.
 */
export class Roots {
  readonly #questions: QuestionBook;
  /** Questions whose explanation uses an event, by the event's id. */
  readonly #users = new Map<string, Set<Question>>();
  readonly #used = new Map<Question, readonly string[]>();

  constructor(questions: QuestionBook) {
    this.#questions = questions;
  }

  /** Takes note of what a question's new answer stands on; what stood on the question before is returned. */
  answered(question: Question): readonly Question[] {
    this.forget(question);
    const used = (question.best?.steps ?? []).map((link) => link.held.event.id);
    this.#used.set(question, used);
    for (const id of used) {
      const users = this.#users.get(id);
      if (users === undefined) this.#users.set(id, new Set([question]));
      else users.add(question);
    }
    return this.usersOf(question);
  }

  forget(question: Question): void {
    for (const id of this.#used.get(question) ?? []) {
      const users = this.#users.get(id);
      users?.delete(question);
      if (users?.size === 0) this.#users.delete(id);
    }
    this.#used.delete(question);
  }

  /** Questions that are explained by this one's event, in order. */
  usersOf(question: Question): readonly Question[] {
    return [...(this.#users.get(question.id) ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** From the question to its root, both included; one alone when it is its own root. */
  path(question: Question): readonly Question[] {
    const path = [question];
    for (let current = question; path.length <= DEEPEST;) {
      const next = this.#questions.get(current.best?.steps.at(-1)?.held.event.id ?? '');
      if (next?.best === undefined || next.answer?.silent === true) break;
      if (path.includes(next)) return [question];
      path.push(next);
      current = next;
    }
    return path;
  }

  rootOf(question: Question): Question {
    return this.path(question).at(-1) ?? question;
  }
}
