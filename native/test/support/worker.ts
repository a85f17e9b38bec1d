// Reads traffic in a worker until the worker is ended; never closes anything.
import { parentPort, workerData } from 'node:worker_threads';
import { RingReader } from '../../index.js';
import { Traffic } from './traffic.ts';

const { tgid } = workerData as { tgid: number };
// Exported: what nobody refers to is collected, and then detached.
export const traffic = new Traffic({ tgid, ringBytes: 1024 * 1024 });
const reader = RingReader.open({
  rings: [{ map: traffic.ring(), critical: true }],
  onBatch: (batch) => {
    reader.freeSlot(batch.slot);
    reader.release(0, batch.endPosition);
    parentPort!.postMessage(batch.records);
  },
});
parentPort!.postMessage(0);
