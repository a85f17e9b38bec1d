import type { EventType } from '@tapio/domain';
import { eventTypeRow } from '@tapio/domain';
import type { FieldType } from '../engine/views.ts';
import { fieldTypes } from '../engine/views.ts';
import { ConditionCompiler } from './conditions.ts';
import { parseDurationUs } from './durations.ts';
import type { Clause, Exclusion, Lookup, NextVariant, Variant } from './rule-set.ts';
import type { ExclusionDocument, LookupDocument, RuleDocument, WhenDocument } from './schema.ts';
import type { Template } from './templates.ts';
import { TEMPLATE_WORDS, parseTemplate } from './templates.ts';

export type Path = readonly (string | number)[];

/** Where in the document, and how far into the text there. */
export interface CompileFault {
  readonly path: Path;
  readonly offset: number;
  readonly reason: string;
}

type Fields = Record<string, FieldType>;

/** A name that a document gives an event. */
export interface Declared {
  readonly as: string;
  readonly event: string;
  readonly path: Path;
}

/** Turns one checked document into a rule or symptom; all that is wrong with it is collected, not only the first. */
export class Compiler {
  readonly faults: CompileFault[] = [];
  readonly #fields = new Map<string, Fields>();
  readonly #conditions: ConditionCompiler;
  /** Names that may be read so far: a condition sees only what was found before it. */
  readonly #bound = new Set<string>();
  readonly #effectAlias: string;

  constructor(effectAlias: string, declared: readonly Declared[]) {
    this.#effectAlias = effectAlias;
    for (const { as, event, path } of declared) {
      const fields = fieldTypes(event as EventType);
      const known = this.#fields.get(as);
      if (TEMPLATE_WORDS.has(as))
        this.#fault(path, `${as} is a word that texts use already: name the event otherwise`);
      for (const [name, type] of Object.entries(fields)) {
        if (known?.[name] !== undefined && known[name] !== type) {
          this.#fault(path, `${as} stands for two event types that disagree about ${name}`);
        }
      }
      this.#fields.set(as, { ...known, ...fields });
    }
    this.#conditions = new ConditionCompiler(this.#fields);
  }

  bind(alias: string): void {
    this.#bound.add(alias);
  }

  #fault(path: Path, reason: string, offset = 0): void {
    this.faults.push({ path, reason, offset });
  }

  #compileCondition(text: string, path: Path, itself: string | undefined): Clause['condition'] | undefined {
    const result = this.#conditions.compile(text);
    if (!result.ok) {
      this.#fault(path, result.fault.reason, result.fault.offset);
      return undefined;
    }
    for (const name of result.variables) {
      if (name !== itself && !this.#bound.has(name)) {
        this.#fault(path, `${name} is not known yet at this place: only events named above it are`);
        return undefined;
      }
    }
    return result.condition;
  }

  condition(text: string, path: Path): Clause['condition'] | undefined {
    return this.#compileCondition(text, path, undefined);
  }

  clauses(when: WhenDocument | undefined, path: Path, itself?: string): Clause[] {
    const list = when === undefined ? [] : typeof when === 'string' ? [when] : when;
    return list.flatMap((item, index) => {
      const at = typeof when === 'string' ? path : [...path, index];
      const text = typeof item === 'string' ? item : item.that;
      const condition = this.#compileCondition(text, typeof item === 'string' ? at : [...at, 'that'], itself);
      const otherwise =
        typeof item === 'string' || item.otherwise === undefined
          ? undefined
          : this.template(item.otherwise, [...at, 'otherwise']);
      return condition === undefined ? [] : [{ condition, ...(otherwise && { otherwise }) }];
    });
  }

  template(text: string, path: Path): Template | undefined {
    const result = parseTemplate(text, this.#fields);
    if (result.ok) return result.template;
    this.#fault(path, result.reason, result.offset);
    return undefined;
  }

  /** As `template`, with an empty one where it is refused: the fault keeps the rule from being used. */
  text(text: string, path: Path): Template {
    return this.template(text, path) ?? { text: '', parts: [] };
  }

  lookup(document: LookupDocument, path: Path): Lookup {
    const of = document.of ?? this.#effectAlias;
    if (!this.#bound.has(of)) this.#fault([...path, 'of'], `${of} is not known yet at this place`);
    if (document.join === 'process' && document.of === undefined) {
      this.#fault([...path, 'join'], 'a join on the process needs `of`: the event that names the process');
    }
    return {
      alias: document.as,
      type: document.event,
      source: eventTypeRow(document.event)?.source ?? 'tapio',
      join: document.join,
      of,
      ...windowOf(document.within),
      clauses: this.clauses(document.when, [...path, 'when'], document.as),
    };
  }

  exclusions(documents: readonly ExclusionDocument[], path: Path): Exclusion[] {
    return documents.map((document, index) => ({
      ...this.lookup(document, [...path, index]),
      because: this.text(document.because, [...path, index, 'because']),
      unseen: document.unseen,
    }));
  }

  variants(document: RuleDocument['headline'], path: Path): Variant[] {
    if (typeof document === 'string') return [{ given: [], text: this.text(document, path) }];
    return document.map((variant, index) => ({
      ...this.#guard(variant, [...path, index]),
      text: this.text(variant.text, [...path, index, 'text']),
    }));
  }

  next(document: RuleDocument['next']): NextVariant[] {
    return document.map((variant, index) => ({
      ...this.#guard(variant, ['next', index]),
      command: this.text(variant.command, ['next', index, 'command']),
      reason: this.text(variant.reason, ['next', index, 'reason']),
    }));
  }

  #guard(
    variant: { readonly given: readonly string[]; readonly when?: string | undefined },
    path: Path,
  ): Pick<Variant, 'given' | 'condition'> {
    for (const name of variant.given) {
      if (!this.#fields.has(name)) this.#fault([...path, 'given'], `${name} is no event of this rule`);
    }
    const condition =
      variant.when === undefined ? undefined : this.condition(variant.when, [...path, 'when']);
    return { given: variant.given, ...(condition && { condition }) };
  }
}

/** A state that lasts is not bound to a time; what is older than this was long seen by everybody. */
const ALWAYS_US = 30 * 86_400_000_000;

function windowOf(within: LookupDocument['within']): Pick<Lookup, 'beforeUs' | 'afterUs'> {
  if (within === 'always') return { beforeUs: ALWAYS_US, afterUs: ALWAYS_US };
  return { beforeUs: parseDurationUs(within.before) ?? 0, afterUs: parseDurationUs(within.after) ?? 0 };
}
