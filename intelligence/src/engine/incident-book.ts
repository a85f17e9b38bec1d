import type { Incident } from '@tapio/domain';
import { INCIDENT_LIMITS } from '@tapio/domain';
import { EarlierIncidents } from './earlier-incidents.ts';
import type { GroupKey, LineFold } from './grouping.ts';
import { assignLine } from './grouping.ts';
import { shortHash } from './hash.ts';
import type { IncidentInput } from './incident.ts';
import { buildIncident } from './incident.ts';
import type { Question } from './question.ts';
import type { QuestionBook } from './question-book.ts';
import type { Recovery } from './outcome.ts';
import { Roots } from './roots.ts';

/** Symptoms that make one incident, and what was told of it. */
interface Group {
  readonly key: GroupKey;
  id: string;
  readonly members: Map<Question, { readonly isRepeated: boolean }>;
  folded: IncidentInput['earlier'];
  told: Incident | undefined;
  /** The incident of before a restart that it goes on with. */
  adopted?: Incident;
  /** Symptoms that the adopted one had counted and that were asked again: a replay brings them bit by bit. */
  readonly askedAgain: Set<string>;
  recovery?: Recovery;
}

export interface IncidentBookOptions {
  readonly cluster: string;
  readonly rulesVersion: string;
  readonly ruleCount: number;
  readonly episodeGapUs: number;
  readonly incidentsHeld: number;
  /** Incidents that the graph has from before a restart. */
  readonly known: readonly Incident[];
}

/** How often a line is looked at in one step before what is left waits for the next. */
const REGROUPINGS = 20;

const NOTHING_EARLIER: IncidentInput['earlier'] = {
  count: 0,
  firstSeenUs: Number.POSITIVE_INFINITY,
  symptomEventIds: [],
};

/** Groups symptoms into incidents and says what changed. Absolute: an incident told again replaces what was told. */
export class IncidentBook {
  readonly #options: IncidentBookOptions;
  readonly #questions: QuestionBook;
  readonly #roots: Roots;
  readonly #groups = new Map<string, Group>();
  readonly #groupOf = new Map<Question, string>();
  readonly #folds = new Map<string, LineFold>();
  /** Grouped questions by pod. */
  readonly #ofPod = new Map<string, Set<Question>>();
  readonly #dirtyLines = new Set<string>();
  readonly #dirtyGroups = new Set<string>();
  readonly #earlier: EarlierIncidents;
  /** Where members of a group that lost them went. */
  readonly #movedTo = new Map<string, string | undefined>();

  constructor(options: IncidentBookOptions, questions: QuestionBook) {
    this.#options = options;
    this.#questions = questions;
    this.#roots = new Roots(questions);
    this.#earlier = new EarlierIncidents(options.known);
  }

  get size(): number {
    return this.#groups.size;
  }

  /** The incident that a symptom belongs to, as it was last told. */
  incidentOf(question: Question): Incident | undefined {
    return this.#groups.get(this.#groupOf.get(question) ?? '')?.told;
  }

  /** A question has a new answer: its line, and what it explains, may belong elsewhere now. */
  answered(question: Question): void {
    this.#dirtyLines.add(question.line);
    for (const user of this.#roots.answered(question)) this.#dirtyLines.add(user.line);
  }

  /** A container of the pod started, or the pod is going: what it failed at may be over. */
  touchPod(podUid: string): void {
    for (const question of this.#ofPod.get(podUid) ?? []) {
      question.recovery = undefined;
      this.#dirtyGroups.add(this.#groupOf.get(question) ?? '');
    }
  }

  /** Open incidents for which it is time to look whether they are over. */
  touchDue(markOf: (node: string) => number): void {
    for (const [key, group] of this.#groups) {
      const { recovery } = group;
      if (recovery === undefined || recovery.isRecovered) continue;
      if (markOf(recovery.node) >= recovery.lookAgainUs) this.#dirtyGroups.add(key);
    }
  }

  /** Regroups what was touched and returns new revisions. */
  async takeChanges(recoveryOf: (questions: readonly Question[]) => Promise<Recovery>): Promise<Incident[]> {
    this.#regroupDirty();
    const changed: Incident[] = [];
    for (const key of this.#dirtyGroups) {
      const group = this.#groups.get(key);
      if (group === undefined || (group.members.size === 0 && earlierOf(group).count > 0)) continue;
      const incident =
        group.members.size === 0 ? this.#withdraw(group) : await this.#build(group, recoveryOf);
      if (incident !== undefined) changed.push(incident);
    }
    this.#dirtyGroups.clear();
    this.#movedTo.clear();
    changed.push(...this.#supersedeKnown());
    this.#bound();
    return changed;
  }

  /** Incidents of before a restart whose symptoms, asked again, belong elsewhere now. */
  #supersedeKnown(): Incident[] {
    const superseded: Incident[] = [];
    for (const [question, key] of this.#groupOf) {
      if (!this.#earlier.hasSymptoms) break;
      const known = this.#earlier.ofSymptom(question.id);
      const group = this.#groups.get(key);
      if (known === undefined || group?.told === undefined || question.answer?.settled !== true) continue;
      this.#earlier.symptomPlaced(question.id);
      if (group.id === known.id) continue;
      if ([...this.#groups.values()].some((g) => g.id === known.id && g.members.size > 0)) continue;
      this.#earlier.done(known.id);
      superseded.push(this.#close(known, group.id));
    }
    return superseded;
  }

  /** Lines that hang on one another by a root are looked at until nothing moves; a few rounds suffice. */
  #regroupDirty(): void {
    const visits = new Map<string, number>();
    const later = new Set<string>();
    for (const line of this.#dirtyLines) {
      this.#dirtyLines.delete(line);
      const visit = (visits.get(line) ?? 0) + 1;
      visits.set(line, visit);
      if (visit > REGROUPINGS) later.add(line);
      else this.#regroup(line);
    }
    for (const line of later) this.#dirtyLines.add(line);
  }

  /** A symptom belongs to the incident of its root; one that nobody explains, to what it is evidence of. */
  #keyOf(
    question: Question,
    own: (GroupKey & { readonly isRepeated: boolean }) | undefined,
  ): (GroupKey & { readonly isRepeated: boolean }) | undefined {
    const root = question.best === undefined ? this.#userOf(question) : this.#roots.rootOf(question);
    if (root === undefined || root === question) return own;
    const group = this.#groups.get(this.#groupOf.get(root) ?? '');
    return group === undefined ? own : { ...group.key, isRepeated: own?.isRepeated ?? false };
  }

  #userOf(question: Question): Question | undefined {
    if (question.answer === undefined || question.answer.silent) return undefined;
    return this.#roots.usersOf(question).find((user) => this.#groupOf.has(user));
  }

  #regroup(line: string): void {
    const questions = this.#questions.line(line);
    const symptoms = questions.filter((q) => q.answer !== undefined && !q.answer.silent);
    const assigned = assignLine(symptoms, this.#folds.get(line), this.#options.episodeGapUs);
    for (const question of questions) {
      const now = this.#keyOf(question, assigned.get(question));
      const before = this.#groupOf.get(question);
      if (before !== now?.text) this.#touchRelated(question);
      if (before !== undefined && before !== now?.text) {
        this.#groups.get(before)?.members.delete(question);
        this.#dirtyGroups.add(before);
        this.#movedTo.set(before, now?.text);
        this.#leave(question);
      }
      if (now === undefined) continue;
      const group = this.#group(now);
      group.members.set(question, { isRepeated: now.isRepeated });
      this.#groupOf.set(question, now.text);
      this.#dirtyGroups.add(now.text);
      const { podUid } = question.effect.event;
      if (podUid === undefined) continue;
      const ofPod = this.#ofPod.get(podUid);
      if (ofPod === undefined) this.#ofPod.set(podUid, new Set([question]));
      else ofPod.add(question);
    }
  }

  /** What shares this one's root, or is evidence of it, moves with it. */
  #touchRelated(question: Question): void {
    for (const user of this.#roots.usersOf(question)) this.#dirtyLines.add(user.line);
    for (const link of question.best?.steps ?? []) {
      const used = this.#questions.get(link.held.event.id);
      if (used !== undefined && used.best === undefined) this.#dirtyLines.add(used.line);
    }
  }

  #leave(question: Question): void {
    this.#groupOf.delete(question);
    const { podUid } = question.effect.event;
    const ofPod = podUid === undefined ? undefined : this.#ofPod.get(podUid);
    if (podUid === undefined || ofPod === undefined) return;
    ofPod.delete(question);
    if (ofPod.size === 0) this.#ofPod.delete(podUid);
  }

  #group(key: GroupKey): Group {
    let group = this.#groups.get(key.text);
    if (group === undefined) {
      const id = `INC-${shortHash(`${this.#options.cluster}\n${key.text}`)}`;
      group = {
        key,
        id,
        members: new Map(),
        folded: NOTHING_EARLIER,
        told: undefined,
        askedAgain: new Set(),
      };
      this.#groups.set(key.text, group);
    }
    return group;
  }

  async #build(
    group: Group,
    recoveryOf: (questions: readonly Question[]) => Promise<Recovery>,
  ): Promise<Incident | undefined> {
    const questions = [...group.members.keys()].sort((a, b) => a.timeUs - b.timeUs || (a.id < b.id ? -1 : 1));
    const recovery = await recoveryOf(questions);
    group.recovery = recovery;
    const input = {
      id: group.id,
      cluster: this.#options.cluster,
      kind: group.key.kind,
      isClosed: recovery.isRecovered,
      isRepeated: [...group.members.values()].some((m) => m.isRepeated),
      rulesVersion: this.#options.rulesVersion,
      ruleCount: this.#options.ruleCount,
      questions,
      path: (question: Question) => this.#roots.path(question),
    };
    this.#noteAskedAgain(group, questions);
    let built = buildIncident({ ...input, earlier: earlierOf(group) });
    group.told ??= this.#earlier.withdrawn(group.id);
    if (group.told === undefined) {
      const known = this.#adopt(group, built);
      if (known !== undefined) {
        this.#earlier.done(known.id);
        group.id = known.id;
        group.told = known;
        group.adopted = known;
        this.#noteAskedAgain(group, questions);
        built = buildIncident({ ...input, id: known.id, earlier: earlierOf(group) });
      }
    }
    return this.#tell(
      group,
      group.told?.state === 'muted' && built.state === 'open' ? { ...built, state: 'muted' } : built,
    );
  }

  /** Symptoms that the adopted incident had counted and that were asked again, wherever they belong now. */
  #noteAskedAgain({ adopted, askedAgain }: Group, questions: readonly Question[]): void {
    if (adopted === undefined) return;
    for (const { id, timeUs } of questions)
      if (timeUs <= adopted.lastSeenUs || adopted.symptomEventIds.includes(id)) askedAgain.add(id);
    for (const id of adopted.symptomEventIds)
      if (this.#questions.get(id)?.answer !== undefined) askedAgain.add(id);
  }

  /** The incident of before a restart that this group goes on with: it has a symptom in common and the same root. */
  #adopt(group: Group, built: Omit<Incident, 'revision'>): Incident | undefined {
    const own = this.#earlier.get(group.id);
    if (own !== undefined) return own;
    for (const question of group.members.keys()) {
      const known = this.#earlier.ofSymptom(question.id);
      const hasOrigin = built.change?.eventId === known?.change?.eventId;
      if (known !== undefined && hasOrigin && known.verdict.causeCode === built.verdict.causeCode)
        return known;
    }
    return undefined;
  }

  #tell(group: Group, built: Omit<Incident, 'revision'>): Incident | undefined {
    const { told } = group;
    if (told !== undefined && sameContent(told, built)) return undefined;
    const incident: Incident = { ...built, revision: (told?.revision ?? 0) + 1 };
    group.told = incident;
    return incident;
  }

  /** All symptoms of the group went elsewhere, or turned out to be none: it is closed and says where to look. */
  #withdraw(group: Group): Incident | undefined {
    this.#groups.delete(group.key.text);
    const { told } = group;
    if (told === undefined) return undefined;
    const heir = this.#groups.get(this.#movedTo.get(group.key.text) ?? '');
    return this.#close(told, heir?.id);
  }

  #close(told: Incident, heir: string | undefined): Incident {
    const incident: Incident = {
      ...told,
      revision: told.revision + 1,
      state: 'closed',
      ...(heir !== undefined && { supersededBy: heir }),
    };
    this.#earlier.withdraw(incident);
    return incident;
  }

  /** An incident keeps the last symptom of each container that is not well yet: by it one sees whether it is over. */
  isLast(question: Question): boolean {
    const key = this.#groupOf.get(question);
    const { podUid, data } = question.effect.event;
    if (key === undefined || podUid === undefined) return false;
    return ![...(this.#ofPod.get(podUid) ?? [])].some(
      (other) =>
        other.timeUs > question.timeUs &&
        other.effect.event.data['container'] === data['container'] &&
        this.#groupOf.get(other) === key,
    );
  }

  /** Lets go of a question whose time is over; its incident keeps counting it. */
  fold(question: Question): void {
    const { line, timeUs } = question;
    const before = this.#folds.get(line);
    const goesOn = before !== undefined && timeUs - before.lastUs <= this.#options.episodeGapUs;
    if (question.answer?.silent === false) {
      this.#folds.delete(line);
      this.#folds.set(line, {
        anchorId: goesOn ? before.anchorId : question.id,
        lastUs: timeUs,
        count: (goesOn ? before.count : 0) + 1,
      });
    }
    const key = this.#groupOf.get(question);
    this.#leave(question);
    this.#roots.forget(question);
    const group = key === undefined ? undefined : this.#groups.get(key);
    if (group === undefined) return;
    group.members.delete(question);
    group.folded = {
      count: group.folded.count + 1,
      firstSeenUs: Math.min(group.folded.firstSeenUs, timeUs),
      symptomEventIds: [question.id, ...group.folded.symptomEventIds].slice(0, INCIDENT_LIMITS.symptoms),
    };
  }

  /** Groups without symptoms in memory are kept while they may go on, and only so many. */
  #bound(): void {
    const isOver = (size: number, limit: number): boolean => size > limit;
    for (const [key, group] of this.#groups) {
      if (!isOver(this.#groups.size, this.#options.incidentsHeld)) break;
      if (group.members.size === 0 || group.recovery?.isRecovered === true) this.#drop(key, group);
    }
    this.#earlier.bound(this.#options.incidentsHeld);
    for (const line of this.#folds.keys()) {
      if (!isOver(this.#folds.size, this.#options.incidentsHeld)) break;
      this.#folds.delete(line);
    }
  }

  #drop(key: string, group: Group): void {
    this.#groups.delete(key);
    for (const question of group.members.keys()) this.#leave(question);
  }
}

function sameContent(told: Incident, built: Omit<Incident, 'revision'>): boolean {
  return (
    JSON.stringify({ ...built, revision: 0 }, sortedKeys) ===
    JSON.stringify({ ...told, revision: 0 }, sortedKeys)
  );
}

/** Key order says nothing: what comes back from a store may have another. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is counted of symptoms that are not in memory: those let go, and those of before a restart. */
function earlierOf({ folded, adopted, askedAgain }: Group): IncidentInput['earlier'] {
  if (adopted === undefined) return folded;
  return {
    count: folded.count + Math.max(0, adopted.count - askedAgain.size),
    firstSeenUs: Math.min(folded.firstSeenUs, adopted.firstSeenUs),
    symptomEventIds: [
      ...folded.symptomEventIds,
      ...adopted.symptomEventIds.filter((id) => !askedAgain.has(id)),
    ],
  };
}
