import type { CausalEdge } from '@tapio/domain';

/** The ways from effects back to their causes. Circles are endured: no event is its own cause here. */
export class CausePaths {
  readonly #causesOf = new Map<string, CausalEdge[]>();

  constructor(causes: readonly CausalEdge[]) {
    for (const cause of causes) {
      const known = this.#causesOf.get(cause.effectId);
      if (known === undefined) this.#causesOf.set(cause.effectId, [cause]);
      else known.push(cause);
    }
  }

  /** What led to it directly. */
  of(id: string): readonly CausalEdge[] {
    return (this.#causesOf.get(id) ?? []).filter(({ causeId }) => causeId !== id);
  }

  /** All that led to it, however far back. */
  ancestors(id: string): ReadonlySet<string> {
    const found = new Set<string>();
    const waiting = [id];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      for (const { causeId } of this.of(at)) {
        if (causeId === id || found.has(causeId)) continue;
        found.add(causeId);
        waiting.push(causeId);
      }
    }
    return found;
  }

  /** Causes between these events, without those that a longer way among them already tells. */
  among(ids: ReadonlySet<string>): readonly CausalEdge[] {
    return [...ids].flatMap((id) => {
      const direct = this.of(id).filter(({ causeId }) => ids.has(causeId));
      const farther = new Set(direct.flatMap(({ causeId }) => [...this.ancestors(causeId)]));
      return direct.filter(({ causeId }) => !farther.has(causeId));
    });
  }

  /** The rules that explain these events, as one text: alike where events came about alike. */
  rules(ids: Iterable<string>): string {
    const rules = [...ids].flatMap((id) => this.of(id).map(({ rule }) => rule));
    return [...new Set(rules)].sort().join(',');
  }
}
