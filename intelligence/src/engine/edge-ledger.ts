import type { CausalEdge, CausalEdgeKey } from '@tapio/domain';
import { CAUSES_PER_EVENT } from '@tapio/domain';

function keyOf(edge: CausalEdgeKey): string {
  return `${edge.effectId}\n${edge.causeId}\n${edge.rule}`;
}

function differs(a: CausalEdge, b: CausalEdge): boolean {
  return a.score !== b.score || a.mechanism !== b.mechanism;
}

/**
 * The causal edges that the graph is to have, and those it was told of. Several questions may want the same edge;
 * an effect keeps at most `CAUSES_PER_EVENT` causes, the best ones.
 */
export class EdgeLedger {
  /** effect id → question id → edges */
  readonly #wanted = new Map<string, Map<string, readonly CausalEdge[]>>();
  readonly #effectsOf = new Map<string, ReadonlySet<string>>();
  /** effect id → edge key → edge */
  readonly #told = new Map<string, Map<string, CausalEdge>>();
  readonly #dirty = new Set<string>();

  /** @param known edges that the graph has from before a restart */
  constructor(known: readonly CausalEdge[]) {
    for (const edge of known) this.#toldOf(edge.effectId).set(keyOf(edge), edge);
  }

  #toldOf(effectId: string): Map<string, CausalEdge> {
    let told = this.#told.get(effectId);
    if (told === undefined) {
      told = new Map();
      this.#told.set(effectId, told);
    }
    return told;
  }

  /** Says which edges a question wants now; what it wanted before and does not want any more goes. */
  set(questionId: string, effectId: string, edges: readonly CausalEdge[]): void {
    const byEffect = new Map<string, CausalEdge[]>();
    for (const edge of edges) byEffect.set(edge.effectId, [...(byEffect.get(edge.effectId) ?? []), edge]);
    for (const before of this.#effectsOf.get(questionId) ?? []) {
      this.#wanted.get(before)?.delete(questionId);
      this.#dirty.add(before);
    }
    for (const [effect, list] of byEffect) {
      let wanted = this.#wanted.get(effect);
      if (wanted === undefined) {
        wanted = new Map();
        this.#wanted.set(effect, wanted);
      }
      wanted.set(questionId, list);
      this.#dirty.add(effect);
    }
    this.#effectsOf.set(questionId, new Set(byEffect.keys()));
    this.#markKnown(effectId);
  }

  /** Edges told before a restart hang on each other: all below an effect that is asked again are looked at again. */
  #markKnown(effectId: string): void {
    const queue = [effectId];
    const seen = new Set<string>();
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      this.#dirty.add(id);
      for (const edge of this.#told.get(id)?.values() ?? []) queue.push(edge.causeId);
    }
  }

  /** Lets go of a question whose time is over; its edges stay in the graph. */
  forget(questionId: string): void {
    for (const effect of this.#effectsOf.get(questionId) ?? []) {
      const wanted = this.#wanted.get(effect);
      wanted?.delete(questionId);
      if (wanted?.size === 0) {
        this.#wanted.delete(effect);
        this.#told.delete(effect);
        this.#dirty.delete(effect);
      }
    }
    this.#effectsOf.delete(questionId);
  }

  /** What changed since it was last asked. */
  takeChanges(): { readonly added: readonly CausalEdge[]; readonly withdrawn: readonly CausalEdgeKey[] } {
    const added: CausalEdge[] = [];
    const withdrawn: CausalEdgeKey[] = [];
    for (const effectId of this.#dirty) {
      const told = this.#toldOf(effectId);
      const now = this.#best(effectId);
      for (const [key, edge] of now) {
        const before = told.get(key);
        if (before === undefined || differs(before, edge)) added.push(edge);
      }
      for (const [key, { causeId, rule }] of told) {
        if (!now.has(key)) withdrawn.push({ effectId, causeId, rule });
      }
      if (now.size === 0) this.#told.delete(effectId);
      else this.#told.set(effectId, now);
    }
    this.#dirty.clear();
    return { added, withdrawn };
  }

  #best(effectId: string): Map<string, CausalEdge> {
    const best = new Map<string, CausalEdge>();
    for (const edge of [...(this.#wanted.get(effectId)?.values() ?? [])].flat()) {
      const known = best.get(keyOf(edge));
      if (known === undefined || edge.score > known.score) best.set(keyOf(edge), edge);
    }
    const sorted = [...best].sort(([ka, a], [kb, b]) => b.score - a.score || (ka < kb ? -1 : 1));
    const causes = new Set<string>();
    return new Map(
      sorted.filter(([, { causeId }]) => {
        if (causes.size < CAUSES_PER_EVENT) causes.add(causeId);
        return causes.has(causeId);
      }),
    );
  }
}
