import type { ObservationEvent } from '@tapio/domain';
import type { Lookup, RuleSet } from '../rules/rule-set.ts';
import type { JoinKind } from '../rules/schema.ts';
import { joinValue } from './joins.ts';
import { RECOVERY_LOOKUPS } from './recovery.ts';

/** Events of a type that share something with an effect, so far around it, can change the effect's answer. */
interface Interest {
  readonly join: JoinKind;
  readonly beforeUs: number;
  readonly afterUs: number;
}

/** All lookups of the rules, with windows made relative to the effect. */
function lookupsOf(rules: RuleSet): Lookup[] {
  return [
    ...rules.rules.flatMap((rule) => {
      const own: Lookup[] = [
        ...rule.steps.flatMap((step) => step.lookups.flatMap((lookup) => [lookup, ...lookup.unless])),
        ...rule.expect,
        ...rule.absent,
      ];
      return own.map((lookup) => fromEffect(lookup, own));
    }),
    ...rules.symptoms.flatMap((symptom) => [...symptom.unless, ...symptom.context]),
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

/** What the rules of a set are interested in: which events are kept, and which questions an event concerns. */
export class Interests {
  readonly #byType = new Map<string, Interest[]>();
  readonly #kept: readonly { readonly type: string; readonly join: JoinKind }[];

  constructor(rules: RuleSet) {
    const lookups = [...lookupsOf(rules), ...RECOVERY_LOOKUPS];
    this.#kept = lookups.map(({ type, join }) => ({ type, join }));
    for (const { type, join, beforeUs, afterUs } of lookupsOf(rules)) {
      const list = this.#byType.get(type) ?? [];
      const known = list.find((interest) => interest.join === join);
      const merged = {
        join,
        beforeUs: Math.max(known?.beforeUs ?? 0, beforeUs),
        afterUs: Math.max(known?.afterUs ?? 0, afterUs),
      };
      this.#byType.set(type, [...list.filter((interest) => interest !== known), merged]);
    }
  }

  /** Types and joins that lookups use: what event memory indexes. */
  get kept(): readonly { readonly type: string; readonly join: JoinKind }[] {
    return this.#kept;
  }

  of(type: string): readonly Interest[] {
    return this.#byType.get(type) ?? [];
  }
}

/** Keys under which questions are found by events; a process is found through its container or node. */
export function questionKey(event: ObservationEvent, join: JoinKind): string | undefined {
  const kind = join === 'process' ? (event.containerId === undefined ? 'node' : 'container') : join;
  const value = joinValue(event, kind);
  return value === undefined ? undefined : `${kind}\n${value}`;
}

export const QUESTION_JOINS: readonly JoinKind[] = ['container', 'pod', 'workload', 'node'];
