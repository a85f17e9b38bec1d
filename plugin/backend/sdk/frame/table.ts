import { BackendError } from '../errors.ts';
import { FIXED_WIDTH_BYTES, jsonTextOf } from './column.ts';
import { DEFAULT_FRAME_LIMITS, type FrameLimits } from './encode.ts';
import { field, RawJson, type Cell, type Field, type FieldOptions, type FieldType } from './field.ts';
import { Frame, type FrameOptions } from './frame.ts';

export interface TableColumn extends FieldOptions {
  readonly name: string;
  readonly type: FieldType;
}

/** A cell of a table; its column's type says what it must be. */
export type TableCell = Cell<FieldType>;

/**
 * Collects rows until a limit is reached, so that a reader of a large result can stop early instead of holding
 * what would be cut anyway.
 */
export class TableBuilder {
  readonly #columns: readonly TableColumn[];
  readonly #values: TableCell[][];
  readonly #limits: FrameLimits;
  readonly #fixedBytes: number;
  #sizeBytes = 0;
  #rowCount = 0;
  #full = false;

  constructor(columns: readonly TableColumn[], limits: FrameLimits = DEFAULT_FRAME_LIMITS) {
    this.#columns = columns;
    this.#values = columns.map(() => []);
    this.#limits = limits;
    this.#fixedBytes = columns.reduce((sum, { type }) => sum + FIXED_WIDTH_BYTES[type], 0);
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /** True once a row was turned away. */
  get full(): boolean {
    return this.#full;
  }

  /**
   * Takes a row, or returns false when the table is full and the row was not taken.
   * @throws BackendError when the row has not one cell per column.
   */
  append(row: readonly TableCell[]): boolean {
    if (row.length !== this.#columns.length) {
      throw new BackendError(
        `A row of ${row.length} cells does not fit a table of ${this.#columns.length} columns.`,
      );
    }
    if (this.#full) return false;
    let size = this.#fixedBytes;
    const cells = row.map((cell, index) => {
      if (cell === null || cell === undefined) return null;
      const isJson = this.#columns[index]?.type === 'json';
      const stored = isJson ? new RawJson(jsonTextOf(cell)) : cell;
      if (stored instanceof RawJson) size += Buffer.byteLength(stored.text);
      else if (typeof stored === 'string') size += Buffer.byteLength(stored);
      return stored;
    });
    if (this.#rowCount >= this.#limits.maxRows || this.#sizeBytes + size > this.#limits.maxBytes) {
      this.#full = true;
      return false;
    }
    cells.forEach((cell, index) => this.#values[index]?.push(cell));
    this.#sizeBytes += size;
    this.#rowCount += 1;
    return true;
  }

  /** The table as a frame, with a notice when rows were turned away. */
  toFrame(name: string, options: FrameOptions = {}): Frame {
    const fields = this.#columns.map(({ name: fieldName, type, ...rest }, index) =>
      field(fieldName, type, this.#values[index] ?? [], rest),
    ) as Field[];
    const frame = new Frame(name, fields, {
      ...options,
      meta: { preferredVisualisationType: 'table', ...options.meta },
    });
    if (!this.#full) return frame;
    return frame.withNotices({
      severity: 'warning',
      text: `Showing the first ${this.#rowCount.toLocaleString('en')} rows; there are more: narrow the query or the time range to see the rest.`,
    });
  }
}

/** A table frame from rows at hand; rows above the limits are left out with a notice. */
export function tableFrame(
  name: string,
  columns: readonly TableColumn[],
  rows: Iterable<readonly TableCell[]>,
  options: FrameOptions & { readonly limits?: FrameLimits } = {},
): Frame {
  const builder = new TableBuilder(columns, options.limits);
  for (const row of rows) if (!builder.append(row)) break;
  return builder.toFrame(name, options);
}
