// Opens a pinned ring, releases what it read of the first batches, reads on without releasing, reports, and
// waits to be killed.
import { BpfMap, RingReader } from '../../index.js';
import { forEachNumber } from './traffic.ts';

const [path, releaseCount] = process.argv.slice(2);
const map = BpfMap.openPinned(path!);
const released: number[] = [];
let received = 0;
const reader = RingReader.open({
  rings: [{ map, critical: true }],
  slotSizeBytes: 4096,
  onBatch: (batch) => {
    const numbers: number[] = [];
    forEachNumber(reader, batch, (number) => numbers.push(number));
    reader.freeSlot(batch.slot);
    received += numbers.length;
    if (released.length < Number(releaseCount)) {
      reader.release(0, batch.endPosition);
      released.push(...numbers);
    }
    process.stdout.write(`${JSON.stringify({ lastReleased: released.at(-1), received })}\n`);
  },
});
process.stdin.resume();
