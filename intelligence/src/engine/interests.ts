import type { ObservationEvent } from '@tapio/domain';
import type { Lookup, RuleSet } from '../rules/rule-set.ts';
import type { JoinKind } from '../rules/schema.ts';
import type { FactScope } from './fact-cache.ts';
import { CAPTURE_TYPES } from './fact-cache.ts';
import type { FileKind } from './joins.ts';
import { fileValue, sidesOf } from './joins.ts';
import { RECOVERY_LOOKUPS } from './recovery.ts';

/** How far around an effect an event matters to it. */
interface Reach {
  readonly beforeUs: number;
  readonly afterUs: number;
}

/** Events of a type that share something with an effect, so far around it, can change the effect's answer. */
interface Interest {
  readonly join: JoinKind;
  /** By the type of the effect. */
  readonly reaches: Map<string, Reach>;
}

interface Asked extends Lookup {
  /** Type of the effect that is asked about. */
  readonly effect: string;
}

/** All lookups of the rules, with windows made relative to the effect. */
function lookupsOf(rules: RuleSet): Asked[] {
  return [
    ...rules.rules.flatMap((rule) => {
      const own: Lookup[] = [
        ...rule.steps.flatMap((step) => step.lookups.flatMap((lookup) => [lookup, ...lookup.unless])),
        ...rule.expect,
        ...rule.absent,
      ];
      return own.map((lookup) => ({ ...fromEffect(lookup, own), effect: rule.effect.type }));
    }),
    ...rules.symptoms.flatMap((symptom) =>
      [...symptom.unless, ...symptom.context].map((lookup) => ({ ...lookup, effect: symptom.type })),
    ),
  ];
}

/** A lookup that hangs on another named event reaches as far as both windows together. */
function fromEffect(lookup: Lookup, all: readonly Lookup[]): Lookup {
  let { beforeUs, afterUs } = lookup;
  let of = all.find((other) => other.alias === lookup.of);
  for (let depth = 0; of !== undefined && depth < 8; depth += 1) {
    beforeUs += of.beforeUs;
    afterUs += of.afterUs;
    const { of: next } = of;
    of = all.find((other) => other.alias === next);
  }
  return { ...lookup, beforeUs, afterUs };
}

/** A process is asked for under its container; gaps of a node matter as far back as any lookup reaches. */
function scopesOf(lookups: readonly Lookup[]): Map<FileKind, FactScope> {
  const furthestUs = Math.max(0, ...lookups.map((lookup) => lookup.beforeUs));
  const scopes = new Map<FileKind, { types: Set<string>; beforeUs: number }>([
    ['node', { types: new Set(CAPTURE_TYPES), beforeUs: furthestUs }],
  ]);
  for (const { type, join, beforeUs } of lookups) {
    const { candidate } = sidesOf(join);
    const on = candidate === 'process' ? 'container' : candidate;
    const scope = scopes.get(on) ?? { types: new Set<string>(), beforeUs: 0 };
    scope.types.add(type);
    scope.beforeUs = Math.max(scope.beforeUs, beforeUs);
    scopes.set(on, scope);
  }
  return scopes;
}

/** What the rules of a set are interested in: which events are kept, and which questions an event concerns. */
export class Interests {
  readonly #byType = new Map<string, Interest[]>();
  readonly #kept: readonly { readonly type: string; readonly file: FileKind }[];
  readonly #anchors: ReadonlySet<FileKind>;
  readonly #scopes: ReadonlyMap<FileKind, FactScope>;

  constructor(rules: RuleSet) {
    const asked = lookupsOf(rules);
    const lookups = [...asked, ...RECOVERY_LOOKUPS];
    this.#kept = lookups.map(({ type, join }) => ({ type, file: sidesOf(join).candidate }));
    this.#anchors = new Set(asked.map(({ join }) => questionSide(join)));
    this.#scopes = scopesOf(lookups);
    for (const lookup of asked) this.#note(lookup);
  }

  #note({ type, join, effect, beforeUs, afterUs }: Asked): void {
    const list = this.#byType.get(type) ?? [];
    this.#byType.set(type, list);
    let interest = list.find((known) => known.join === join);
    if (interest === undefined) list.push((interest = { join, reaches: new Map() }));
    const known = interest.reaches.get(effect);
    interest.reaches.set(effect, {
      beforeUs: Math.max(known?.beforeUs ?? 0, beforeUs),
      afterUs: Math.max(known?.afterUs ?? 0, afterUs),
    });
  }

  /** What may be asked of the past, by what is shared. */
  get scopes(): ReadonlyMap<FileKind, FactScope> {
    return this.#scopes;
  }

  /** What questions are to be found by: what lookups hang on. */
  get anchors(): ReadonlySet<FileKind> {
    return this.#anchors;
  }

  /** Types that lookups ask for and what they are filed under: what event memory indexes. */
  get kept(): readonly { readonly type: string; readonly file: FileKind }[] {
    return this.#kept;
  }

  of(type: string): readonly Interest[] {
    return this.#byType.get(type) ?? [];
  }
}

/** A process is looked for through its container. */
function questionSide(join: JoinKind): FileKind {
  const { anchor } = sidesOf(join);
  return anchor === 'process' ? 'container' : anchor;
}

/** The key of the questions that an event may answer through a join; a process without container by its node. */
export function concernedKey(event: ObservationEvent, join: JoinKind): string | undefined {
  if (join === 'process' && event.containerId === undefined) return `node\n${event.node}`;
  const { candidate } = sidesOf(join);
  const value = fileValue(event, candidate === 'process' ? 'container' : candidate);
  return value === undefined ? undefined : `${questionSide(join)}\n${value}`;
}
