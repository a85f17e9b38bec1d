import { Field as ArrowField, makeData, RecordBatch, Schema, Struct, Table, tableToIPC } from 'apache-arrow';

import { BackendError } from '../errors.ts';
import { encodeColumn, FIXED_WIDTH_BYTES, textsOf } from './column.ts';
import type { Field } from './field.ts';
import type { Frame } from './frame.ts';

/** How much one answer to one query may hold. */
export interface FrameLimits {
  /** Rows of one frame. */
  readonly maxRows: number;
  /** Bytes of one frame's values. */
  readonly maxBytes: number;
}

export const DEFAULT_FRAME_LIMITS: FrameLimits = { maxRows: 100_000, maxBytes: 32 * 1024 * 1024 };

export interface EncodedFrame {
  /** An Arrow IPC file. */
  readonly bytes: Uint8Array;
  readonly rowCount: number;
  readonly rowsCut: number;
}

type Texts = (string | null)[] | null;

interface Fit {
  readonly rowCount: number;
  readonly limitText: string;
}

function fitRows(frame: Frame, texts: readonly Texts[], limits: FrameLimits): Fit {
  const rowLimit = Math.min(frame.rowCount, limits.maxRows);
  const fixedBytes = frame.fields.reduce((sum, { type }) => sum + FIXED_WIDTH_BYTES[type], 0);
  const columns = texts.filter((column) => column !== null);
  let used = 0;
  for (let row = 0; row < rowLimit; row += 1) {
    used += fixedBytes;
    for (const column of columns) used += Buffer.byteLength(column[row] ?? '');
    if (used > limits.maxBytes) {
      return { rowCount: row, limitText: `${limits.maxBytes.toLocaleString('en')} bytes` };
    }
  }
  return { rowCount: rowLimit, limitText: `${limits.maxRows.toLocaleString('en')} rows` };
}

function withinLimits(
  frame: Frame,
  texts: readonly Texts[],
  limits: FrameLimits,
): { frame: Frame; rowCount: number } {
  const { rowCount, limitText } = fitRows(frame, texts, limits);
  if (rowCount === frame.rowCount) return { frame, rowCount };
  const total = frame.rowCount.toLocaleString('en');
  if (frame.overflow === 'refuse') {
    throw new BackendError(
      `The answer is larger than ${limitText} (frame "${frame.name}", ${total} rows): narrow the query or the time range.`,
      { status: 413, source: 'downstream' },
    );
  }
  const text = `Showing the first ${rowCount.toLocaleString('en')} of ${total} rows, the limit being ${limitText}: narrow the query or the time range to see the rest.`;
  return { frame: frame.withNotices({ severity: 'warning', text }), rowCount };
}

function fieldMetadata(field: Field): Map<string, string> {
  const metadata = new Map<string, string>();
  if (field.labels !== undefined) metadata.set('labels', JSON.stringify(field.labels));
  if (field.config !== undefined) metadata.set('config', JSON.stringify(field.config));
  return metadata;
}

function schemaMetadata(frame: Frame): Map<string, string> {
  const metadata = new Map([
    ['name', frame.name],
    ['refId', frame.refId],
  ]);
  if (Object.keys(frame.meta).length > 0) metadata.set('meta', JSON.stringify(frame.meta));
  return metadata;
}

/**
 * Encodes a frame as Grafana's host decodes it: one Arrow IPC file with one record batch.
 * @throws BackendError when a value does not fit its field, or 413 when a frame that must not be cut is too large.
 */
export function encodeFrame(source: Frame, limits: FrameLimits = DEFAULT_FRAME_LIMITS): EncodedFrame {
  const candidates = Math.min(source.rowCount, limits.maxRows);
  const texts = source.fields.map((field) => textsOf(field, candidates));
  const { frame, rowCount } = withinLimits(source, texts, limits);
  const columns = frame.fields.map((field, index) => encodeColumn(field, rowCount, texts[index] ?? null));
  const arrowFields = frame.fields.map((field, index) => {
    const type = columns[index]?.type;
    if (type === undefined)
      throw new BackendError(`Frame "${frame.name}" has no column for field "${field.name}".`);
    return ArrowField.new({
      name: field.name,
      type,
      nullable: field.nullable !== false,
      metadata: fieldMetadata(field),
    });
  });
  const schema = new Schema(arrowFields, schemaMetadata(frame));
  const rows = makeData({
    type: new Struct(arrowFields),
    length: rowCount,
    nullCount: 0,
    children: columns.map(({ data }) => data),
  });
  const bytes = tableToIPC(new Table(schema, new RecordBatch(schema, rows)), 'file');
  return { bytes, rowCount, rowsCut: source.rowCount - rowCount };
}
