// A callback that throws; the process must hear of it.
import { RingReader } from '../../index.js';
import { Traffic } from './traffic.ts';
import { Trigger } from './trigger.ts';

const trigger = new Trigger('calls', [1]);
using traffic = new Traffic({ tgid: trigger.pid });
const reader = RingReader.open({
  rings: [{ map: traffic.ring(), critical: true }],
  onBatch: () => {
    throw new Error('nonce-2206');
  },
});
process.once('uncaughtException', (error) => {
  process.stdout.write(`uncaught: ${error.message}\n`);
  reader.close();
});
trigger.go();
await trigger.ended();
