import { RECORD_TYPE } from '../shared/layout.ts';
import type { RecordCollector } from '../shared/record-collector.ts';
import { oomKillDecoder } from './decode.ts';

/** OOM kills, with whose limit was hit. */
export const memoryCollector: RecordCollector = {
  name: 'memory',
  object: 'process',
  decoders: (context) => [[RECORD_TYPE.oomKill, oomKillDecoder(context)]],
};
