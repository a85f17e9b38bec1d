/** What a cell of each field type may hold. In every type null and undefined are a missing value. */
export interface CellTypes {
  readonly string: string;
  readonly boolean: boolean;
  readonly int8: number | bigint;
  readonly int16: number | bigint;
  readonly int32: number | bigint;
  readonly int64: number | bigint;
  readonly uint8: number | bigint;
  readonly uint16: number | bigint;
  readonly uint32: number | bigint;
  readonly uint64: number | bigint;
  readonly float32: number;
  readonly float64: number;
  /** A Date, a number of milliseconds, or a bigint of nanoseconds, since the Unix epoch. */
  readonly time: Date | number | bigint;
  /** Any value that JSON can hold; bigints become numbers where exact, else strings. */
  readonly json: unknown;
}

export type FieldType = keyof CellTypes;
export type Cell<Type extends FieldType> = CellTypes[Type] | null | undefined;

/** How Grafana shows a field: the parts of its `FieldConfig` that a backend usually sets. */
export interface FieldConfig {
  readonly displayName?: string;
  readonly displayNameFromDS?: string;
  readonly description?: string;
  readonly unit?: string;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  readonly filterable?: boolean;
  /** Text shown for a missing value. */
  readonly noValue?: string;
  readonly color?: { readonly mode: string; readonly fixedColor?: string };
  readonly thresholds?: {
    readonly mode: 'absolute' | 'percentage';
    /** The first step's value is null: it reaches from minus infinity to the second. */
    readonly steps: readonly { readonly value: number | null; readonly color: string }[];
  };
  readonly mappings?: readonly ValueMapping[];
  readonly links?: readonly FieldLink[];
  /** Milliseconds between two points; draws gaps where points are missing. */
  readonly interval?: number;
  readonly custom?: Readonly<Record<string, unknown>>;
}

/** Shows certain values as another text or colour. */
export interface ValueMapping {
  readonly type: 'value';
  readonly options: Readonly<
    Record<string, { readonly text?: string; readonly color?: string; readonly index?: number }>
  >;
}

export interface FieldLink {
  readonly title: string;
  readonly url: string;
  readonly targetBlank?: boolean;
}

export interface FieldOptions {
  /** Dimensions of a time series or number. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly config?: FieldConfig;
  /** False promises that no value is missing; a missing one is then refused. True unless given. */
  readonly nullable?: boolean;
}

export interface FieldOf<Type extends FieldType> extends FieldOptions {
  readonly name: string;
  readonly type: Type;
  readonly values: ArrayLike<Cell<Type>>;
}

/** One column of a frame. */
export type Field = { [Type in FieldType]: FieldOf<Type> }[FieldType];

/** A JSON text that is already written, for a `json` cell. */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Makes a column of `type`. */
export function field<Type extends FieldType>(
  name: string,
  type: Type,
  values: ArrayLike<Cell<Type>>,
  options: FieldOptions = {},
): FieldOf<Type> {
  return { name, type, values, ...options };
}
