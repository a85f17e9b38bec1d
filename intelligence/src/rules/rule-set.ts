import type { EventType, IncidentKind, Severity, Source } from '@tapio/domain';
import type { RE2JS } from 're2js';
import type { Condition } from './conditions.ts';
import type { JoinKind, LogDocument, RuleDocument, RuleTest, SymptomDocument } from './schema.ts';
import type { Template } from './templates.ts';

/** One condition, with the clause that says why it did not hold. */
export interface Clause {
  readonly condition: Condition;
  readonly otherwise?: Template;
}

/** Looks for events of one type that share something with a named event, within a window around it. */
export interface Lookup {
  readonly alias: string;
  readonly type: EventType;
  /** Who reports events of the type: what must be complete before absence says anything. */
  readonly source: Source;
  readonly join: JoinKind;
  /** The named event it is joined to. */
  readonly of: string;
  readonly beforeUs: number;
  readonly afterUs: number;
  readonly clauses: readonly Clause[];
}

/** An event whose presence speaks against. */
export interface Exclusion extends Lookup {
  readonly because: Template;
  /** What the score is multiplied by when it may have been there unseen. */
  readonly unseen: number;
}

export interface CauseLookup extends Lookup {
  readonly prior: number;
  readonly lift: number;
  /** Usual distance from what it is joined to; undefined: any within the window is as good. */
  readonly lagUs?: number;
  readonly unless: readonly Exclusion[];
  readonly missing?: Template;
  readonly mechanism: Template;
  readonly text: Template;
}

/** One link of a rule's chain. Several lookups under one name are alternatives. */
export interface CauseStep {
  readonly alias: string;
  readonly role: 'proximate' | 'intermediate' | 'originating';
  readonly optional: boolean;
  readonly lookups: readonly CauseLookup[];
}

export interface Expectation extends Lookup {
  readonly penalty: number;
  readonly missing: Template;
}

/** Counts when all `given` events were found and the condition, if any, holds. */
interface Guard {
  readonly given: readonly string[];
  readonly condition?: Condition;
}

export interface Variant extends Guard {
  readonly text: Template;
}

export interface NextVariant extends Guard {
  readonly command: Template;
  readonly reason: Template;
}

interface Head {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  /** File it came from. */
  readonly path: string;
}

export interface Rule extends Head {
  readonly document: RuleDocument;
  readonly effect: { readonly type: EventType; readonly alias: string; readonly clauses: readonly Clause[] };
  /** From the proximate cause to the originating change. */
  readonly steps: readonly CauseStep[];
  readonly expect: readonly Expectation[];
  readonly absent: readonly Exclusion[];
  readonly exceptions: readonly { readonly condition: Condition; readonly because: Template }[];
  readonly cause: RuleDocument['cause'];
  readonly prior: number;
  readonly severity: Severity;
  readonly headline: readonly Variant[];
  readonly explanation: readonly Variant[];
  readonly next: readonly NextVariant[];
  readonly ruledOut?: Template;
}

export interface ContextLookup extends Lookup {
  readonly found?: Template;
  readonly none?: Template;
  readonly unknown?: Template;
  readonly appends?: Template;
}

/** What opens a question, and how it is spoken of. */
export interface Symptom extends Head {
  readonly document: SymptomDocument;
  readonly incident: IncidentKind;
  readonly type: EventType;
  readonly alias: string;
  readonly clauses: readonly Clause[];
  readonly unless: readonly Exclusion[];
  readonly words: { readonly once: string; readonly repeated: string };
  readonly repeated: { readonly times: number; readonly sign?: string };
  readonly text: Template;
  readonly headline: Template;
  readonly context: readonly ContextLookup[];
  readonly wouldHelp: readonly Template[];
  readonly next: readonly NextVariant[];
}

/** Which lines of logs say something, and what of. */
export interface LogPattern extends Head {
  readonly document: LogDocument;
  /** In lower case. */
  readonly words: readonly string[];
  readonly patterns: readonly RE2JS[];
  readonly unless: readonly RE2JS[];
}

export interface RuleSet {
  /** By id, in order of id. */
  readonly rules: readonly Rule[];
  readonly symptoms: readonly Symptom[];
  readonly logs: readonly LogPattern[];
  /** Changes with any rule: eight letters and digits made from ids, versions and contents. */
  readonly version: string;
  readonly tests: readonly OwnedTest[];
}

export interface OwnedTest {
  readonly owner: string;
  readonly path: string;
  readonly test: RuleTest;
}

/** Why a file, or a rule in it, was not taken. The rest runs. */
export interface RuleFault {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}
