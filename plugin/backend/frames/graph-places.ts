import type { CausalEdge } from '@tapio/domain';

/** Pixels of the node graph panel: a node with its words is 140 wide and 130 high. */
const COLUMN_WIDTH = 155;
const ROW_HEIGHT = 150;
/** Columns to the right, so that a line up to a node passes by the words below that node. */
const ASIDE = 0.65;
/** The words below the last row, and the panel's legend below them. */
const BELOW_LAST_ROW = 75;

/** Pixels to the right and down. */
interface Place {
  readonly x: number;
  readonly y: number;
}

/**
 * Where nodes go: causes left of effects, what belongs below. Fixed places keep the story in the order it is told,
 * and are there at once, while the panel's own layouts are worked out after it is drawn.
 */
export class GraphPlaces {
  readonly #columns = new Map<string, number>();
  readonly #rowsUsed = new Map<number, number>();
  readonly #places = new Map<string, Place>();

  /** Events by how many steps lie before them. */
  placeStory(ids: readonly string[], causes: readonly CausalEdge[]): void {
    const depths = new Map(ids.map((id) => [id, 0]));
    // As many rounds as the longest way can have steps: causes that go in a circle end it too.
    for (let round = 1; round < ids.length; round += 1) {
      for (const { causeId, effectId } of causes) {
        const depth = (depths.get(causeId) ?? 0) + 1;
        if (depths.has(effectId) && depth > (depths.get(effectId) ?? 0) && depth < ids.length)
          depths.set(effectId, depth);
      }
    }
    for (const id of ids) this.place(id, depths.get(id) ?? 0);
  }

  /** Puts a node into the first free row of a column. */
  place(id: string, column: number): void {
    const row = this.#rowsUsed.get(column) ?? 0;
    this.#rowsUsed.set(column, row + 1);
    this.#columns.set(id, column);
    this.#places.set(id, { x: column * COLUMN_WIDTH, y: row * ROW_HEIGHT });
  }

  /** Puts a node below another one's row and beside its column. */
  placeAside(id: string, of: string): void {
    const column = this.columnOf(of) + ASIDE;
    this.#rowsUsed.set(column, this.#rowsUsed.get(column) ?? 1);
    this.place(id, column);
  }

  columnOf(id: string | undefined): number {
    return (id === undefined ? undefined : this.#columns.get(id)) ?? 0;
  }

  /** Puts nodes into a row of their own below all others. */
  placeBelow(ids: readonly string[]): void {
    const row = Math.max(0, ...this.#rowsUsed.values());
    ids.forEach((id, column) => {
      this.#places.set(id, { x: column * COLUMN_WIDTH, y: row * ROW_HEIGHT });
    });
  }

  /** Around the origin, which is the middle of the panel. */
  centered(): ReadonlyMap<string, Place> {
    const places = [...this.#places.values()];
    const centerX = Math.max(0, ...places.map(({ x }) => x)) / 2;
    const centerY = (Math.max(0, ...places.map(({ y }) => y)) + BELOW_LAST_ROW) / 2;
    return new Map([...this.#places].map(([id, { x, y }]) => [id, { x: x - centerX, y: y - centerY }]));
  }
}
