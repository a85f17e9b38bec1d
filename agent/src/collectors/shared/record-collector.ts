import type { RecordContext, RecordDecoder } from './record-context.ts';

/** A collector whose records come through the rings. It can be switched off alone. */
export interface RecordCollector {
  readonly name: string;
  /** The object of kernel programs that writes its records. */
  readonly object: string;
  /** Decoders by record type. */
  readonly decoders: (context: RecordContext) => readonly (readonly [number, RecordDecoder])[];
}
