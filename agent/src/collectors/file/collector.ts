import { RECORD_TYPE } from '../shared/layout.ts';
import type { RecordCollector } from '../shared/record-collector.ts';
import { fileOpenFailedDecoder } from './decode.ts';

/** Files that processes were refused. */
export const fileCollector: RecordCollector = {
  name: 'file',
  object: 'file',
  decoders: (context) => [[RECORD_TYPE.fileOpenFailed, fileOpenFailedDecoder(context)]],
};
