/** Something that a trigger program did, and that must be in the graph. */
export interface ExpectedRecord {
  /** What the program and the graph both know it by, for example a nonce in its arguments. */
  readonly key: string;
  /** Event type; one key may be expected once for each of several types. */
  readonly kind: string;
  /** When it was done: wall clock, microseconds since the Unix epoch. */
  readonly atUs: number;
  readonly node: string;
}

/** A row that the graph holds. */
export interface FoundRecord {
  readonly key: string;
  readonly kind: string;
  /** The event's id. */
  readonly id: string;
}

/** A `capture_gap`: what was done on that node from start to end, both included, may be absent. */
export interface CaptureGap {
  readonly node: string;
  readonly startUs: number;
  readonly endUs: number;
  /** How many records it admits to have lost; any number when absent. */
  readonly lost?: number;
}

/** Every list empty but `excusedByGap`: captured exactly once, and what was not is a gap. */
export interface OracleVerdict {
  /** Expected, not found, and no gap says so. */
  readonly missing: readonly ExpectedRecord[];
  /** Found more than once, with the ids; the same id twice counts too. */
  readonly duplicated: readonly {
    readonly key: string;
    readonly kind: string;
    readonly ids: readonly string[];
  }[];
  /** Found, but nobody did it. */
  readonly unexpected: readonly FoundRecord[];
  readonly excusedByGap: readonly { readonly record: ExpectedRecord; readonly gap: CaptureGap }[];
}

/** Everything that the comparison takes. */
export interface OracleInput {
  readonly expected: readonly ExpectedRecord[];
  readonly found: readonly FoundRecord[];
  readonly gaps?: readonly CaptureGap[];
}

/**
 * Compares what was done with what the graph holds.
 * @throws Error when two expected records share key and kind: then nothing could be told apart
 */
export function compareWithGraph(input: OracleInput): OracleVerdict {
  const expected = new Map<string, ExpectedRecord>();
  for (const record of input.expected) {
    const name = nameOf(record);
    if (expected.has(name)) throw new Error(`expected twice: ${record.kind} ${record.key}`);
    expected.set(name, record);
  }

  const rows = new Map<string, FoundRecord[]>();
  for (const row of input.found) {
    const group = rows.get(nameOf(row));
    if (group === undefined) rows.set(nameOf(row), [row]);
    else group.push(row);
  }

  const absent = [...expected].filter(([name]) => !rows.has(name)).map(([, record]) => record);
  return {
    ...excuse(absent, input.gaps ?? []),
    duplicated: [...rows.values()].flatMap((group) => {
      const [first] = group;
      if (first === undefined || group.length === 1) return [];
      return [{ key: first.key, kind: first.kind, ids: group.map((row) => row.id) }];
    }),
    unexpected: input.found.filter((row) => !expected.has(nameOf(row))),
  };
}

/** Whether nothing is missing, doubled or made up. */
export function isExactlyOnce(verdict: OracleVerdict): boolean {
  return verdict.missing.length + verdict.duplicated.length + verdict.unexpected.length === 0;
}

function nameOf(record: { readonly key: string; readonly kind: string }): string {
  return JSON.stringify([record.kind, record.key]);
}

/**
 * Gives each absent record to a gap that covers it. Records in order of time, each to the open gap that ends first,
 * excuse as many as any other assignment could.
 */
function excuse(
  absent: readonly ExpectedRecord[],
  gaps: readonly CaptureGap[],
): Pick<OracleVerdict, 'missing' | 'excusedByGap'> {
  const open = gaps
    .map((gap) => ({ gap, left: gap.lost ?? Number.POSITIVE_INFINITY }))
    .sort((a, b) => a.gap.endUs - b.gap.endUs);
  const missing: ExpectedRecord[] = [];
  const excusedByGap: { record: ExpectedRecord; gap: CaptureGap }[] = [];
  for (const record of [...absent].sort((a, b) => a.atUs - b.atUs)) {
    const cover = open.find(
      ({ gap, left }) =>
        left > 0 && gap.node === record.node && gap.startUs <= record.atUs && record.atUs <= gap.endUs,
    );
    if (cover === undefined) {
      missing.push(record);
    } else {
      cover.left -= 1;
      excusedByGap.push({ record, gap: cover.gap });
    }
  }
  return { missing, excusedByGap };
}
