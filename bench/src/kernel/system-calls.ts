import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { RingReaderCounters } from '@tapio/native';
import { BpfObject, RingReader, forEachRecord } from '@tapio/native';
import { repositoryRoot, waitFor } from '@tapio/testkit';

/** Number of the getppid system call, which the trigger makes. */
const GETPPID = process.arch === 'arm64' ? 173 : 110;
/** The program gives up one reservation in so many, to prove that a reader steps over it. */
const DISCARD_EVERY = 1_000;
const RING_BYTES = 16 * 1024 * 1024;

/** The trigger and the program that the addon's own tests use. */
export const SYSTEM_CALL_FILES = ['native/build/test/traffic.bpf.o', 'native/build/test/calls'] as const;

export interface SystemCallCounts {
  /** System calls that the BPF program counted. */
  readonly produced: number;
  /** Of those, what the ring had no room for. */
  readonly dropped: number;
  /** Records that JavaScript read. */
  readonly received: number;
  /** Records that the ring took, the program kept and JavaScript never read. */
  readonly missing: number;
  /** From the first call to the last. */
  readonly seconds: number;
}

export interface SystemCallOptions {
  readonly calls: number;
  /** 0 as fast as two threads can. */
  readonly perSecond: number;
}

/**
 * Makes system calls in two threads of another process and reads a record of 128 bytes for each through the
 * addon's ring reader. JavaScript looks at each record's number; the program's counters are exact.
 */
export async function countSystemCalls({ calls, perSecond }: SystemCallOptions): Promise<SystemCallCounts> {
  const [objectPath, triggerPath] = SYSTEM_CALL_FILES.map((path) => join(repositoryRoot, path));
  const child = spawn(triggerPath ?? '', [calls / 2, 2, perSecond / 2].map(String), {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    using object = BpfObject.open(objectPath ?? '');
    object.setConstant('target_tgid', child.pid ?? 0);
    object.setConstant('target_syscall', GETPPID);
    object.setMaxEntries('events', RING_BYTES);
    for (const { name } of object.programs()) object.setAutoload(name, name === 'on_syscall');
    object.load();
    using link = object.program('on_syscall').attach();
    const numbers = new NumberSink(object);
    using reader = numbers.reader;
    const printed = child.stdout.setEncoding('utf8').toArray();
    const ended = once(child, 'exit');
    child.stdin.write('go\n');
    await ended;
    await waitFor(() => isReadUp(reader.counters()), {
      timeoutMs: 10_000,
      describe: 'the ring to be read to its end',
    });
    link.close();
    const { produced, reserved, dropped } = readCounts(object);
    const { received } = numbers;
    const givenUp = Math.floor(produced / DISCARD_EVERY);
    if (dropped === 0 && numbers.sum !== sumOfKept(produced))
      throw new Error('the records that were read are not those that were written');
    return {
      produced,
      dropped,
      received,
      missing: Math.max(0, reserved - received - givenUp),
      seconds: Number((await printed).join('')) / 1e9,
    };
  } finally {
    child.kill('SIGKILL');
  }
}

/** Reads the numbers that the program gave its records, and frees each slot at once. */
class NumberSink {
  readonly reader: RingReader;
  received = 0;
  sum = 0;

  constructor(object: BpfObject) {
    using map = object.map('events');
    this.reader = RingReader.open({
      rings: [{ map, critical: true }],
      slotCount: 16,
      onBatch: (batch) => {
        forEachRecord(words, batch, (offsetBytes) => {
          const at = offsetBytes >>> 2;
          this.received += 1;
          this.sum += (words[at] ?? 0) + (words[at + 1] ?? 0) * 2 ** 32;
        });
        this.reader.freeSlot(batch.slot);
        this.reader.release(0, batch.endPosition);
      },
    });
    const words = new Uint32Array(this.reader.memory);
  }
}

/** Sum of the numbers from 0 below `produced`, without the last of each lot that the program gives up. */
function sumOfKept(produced: number): number {
  const lots = Math.floor(produced / DISCARD_EVERY);
  const ofGivenUp = lots * (DISCARD_EVERY - 1) + (DISCARD_EVERY * lots * (lots - 1)) / 2;
  return (produced * (produced - 1)) / 2 - ofGivenUp;
}

function readCounts(object: BpfObject): { produced: number; reserved: number; dropped: number } {
  using map = object.map('counts');
  const { values } = map.readAll();
  const view = new DataView(values.buffer, values.byteOffset);
  const at = (index: number): number => Number(view.getBigUint64(index * 8, true));
  return { produced: at(0), reserved: at(1), dropped: at(2) };
}

function isReadUp({ rings }: RingReaderCounters): boolean {
  return rings.every(({ readPosition, producerPosition }) => readPosition >= producerPosition);
}
