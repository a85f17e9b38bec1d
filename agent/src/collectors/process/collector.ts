import { RECORD_TYPE } from '../shared/layout.ts';
import type { RecordCollector } from '../shared/record-collector.ts';
import { execDecoder, exitDecoder } from './decode.ts';

/** Starts and ends of processes, with who ended them. */
export const processCollector: RecordCollector = {
  name: 'process',
  object: 'process',
  decoders: (context) => [
    [RECORD_TYPE.exec, execDecoder(context)],
    [RECORD_TYPE.exit, exitDecoder(context)],
  ],
};
