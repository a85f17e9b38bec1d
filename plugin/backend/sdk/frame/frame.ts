import { BackendError } from '../errors.ts';
import type { Field } from './field.ts';

export type NoticeSeverity = 'info' | 'warning' | 'error';

/** A remark shown in the corner of the panel. */
export interface Notice {
  readonly severity: NoticeSeverity;
  readonly text: string;
  readonly link?: string;
  readonly inspect?: 'meta' | 'error' | 'data' | 'stats';
}

/** A figure shown in the query inspector. */
export interface QueryStat {
  readonly displayName: string;
  readonly value: number;
  readonly unit?: string;
}

export type PreferredVisualisation = 'graph' | 'table' | 'logs' | 'trace' | 'nodeGraph' | 'flamegraph';

/**
 * What a frame says of itself, in Grafana's words (`QueryResultMeta`). The host drops keys it does not know:
 * a plugin's own go under `custom`.
 */
export interface FrameMeta {
  /** A contract of Grafana's data plane, such as `timeseries-wide`, `numeric-long` or `log-lines`. */
  readonly type?: string;
  readonly typeVersion?: readonly [major: number, minor: number];
  readonly custom?: Readonly<Record<string, unknown>>;
  readonly stats?: readonly QueryStat[];
  readonly notices?: readonly Notice[];
  readonly preferredVisualisationType?: PreferredVisualisation;
  /** What was sent to the system behind the plugin, for the query inspector. Holds no secret. */
  readonly executedQueryString?: string;
  readonly dataTopic?: 'annotations';
  /** Indices of the fields that together identify a row. */
  readonly uniqueRowIdFields?: readonly number[];
}

export interface FrameOptions {
  /** Set by the SDK to the query's refId where missing. */
  readonly refId?: string;
  readonly meta?: FrameMeta;
  /**
   * What happens above the row or byte limit: `cut` keeps the first rows and adds a notice; `refuse` makes the
   * query fail, for frames whose rows refer to each other. `cut` unless given.
   */
  readonly overflow?: 'cut' | 'refuse';
}

/** A table of typed columns of equal length, Grafana's unit of data. Immutable. */
export class Frame {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly refId: string;
  readonly meta: FrameMeta;
  readonly overflow: 'cut' | 'refuse';

  /** @throws BackendError when the fields differ in length. */
  constructor(name: string, fields: readonly Field[], options: FrameOptions = {}) {
    this.name = name;
    this.fields = fields;
    this.refId = options.refId ?? '';
    this.meta = options.meta ?? {};
    this.overflow = options.overflow ?? 'cut';
    for (const { name: fieldName, values } of fields) {
      if (values.length !== this.rowCount) {
        throw new BackendError(
          `Frame "${name}": field "${fieldName}" has ${values.length} values, field "${fields[0]?.name ?? ''}" has ${this.rowCount}.`,
        );
      }
    }
  }

  get rowCount(): number {
    return this.fields[0]?.values.length ?? 0;
  }

  withMeta(meta: FrameMeta): Frame {
    return this.#with({ meta: { ...this.meta, ...meta } });
  }

  withNotices(...notices: readonly Notice[]): Frame {
    if (notices.length === 0) return this;
    return this.withMeta({ notices: [...(this.meta.notices ?? []), ...notices] });
  }

  withRefId(refId: string): Frame {
    return this.#with({ refId });
  }

  #with(changes: FrameOptions): Frame {
    const { refId, meta, overflow } = this;
    return new Frame(this.name, this.fields, { refId, meta, overflow, ...changes });
  }
}
