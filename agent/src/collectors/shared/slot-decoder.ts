import type { ObservationEvent } from '@tapio/domain';
import { Conservation } from '@tapio/runtime';
import { RECORD_HEADER } from './layout.ts';
import type { RecordCollector } from './record-collector.ts';
import type { RecordContext, RecordDecoder } from './record-context.ts';
import type { MemoryViews } from './text-cache.ts';

/** An image of a piece of a ring, as the reader hands it over. */
export interface RingImage {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly startPosition: number;
  readonly endPosition: number;
}

/** Header that the kernel puts before each record of a ring: length with two flag bits, and a page offset. */
const RING_HEADER_BYTES = 8;
const LENGTH_BITS = 0x3fffffff;
const DISCARD_BIT = 0x40000000;

/** What became of the records of one image. */
export interface DecodeCounts {
  received: number;
  sent: number;
  already_stored: number;
  not_collected: number;
  malformed: number;
}

const DECODE_DROPS = ['already_stored', 'not_collected', 'malformed'] as const;

export type DecodeDrop = (typeof DECODE_DROPS)[number];

/** Turns images of rings into events. A record that can't be read is counted and does not stop its neighbours. */
export class SlotDecoder {
  readonly stage = new Conservation<DecodeDrop>('decode', DECODE_DROPS, () => 0);
  readonly #decoders: (RecordDecoder | undefined)[] = [];

  constructor(context: RecordContext, collectors: readonly RecordCollector[]) {
    for (const collector of collectors) {
      for (const [type, decoder] of collector.decoders(context)) this.#decoders[type] = decoder;
    }
  }

  /**
   * Appends the events of an image to `out`, and says what became of the records. It counts nothing itself: an
   * image may be decoded twice.
   *
   * @param fromPosition records before it were stored already: the agent died between storing and releasing
   */
  decode(views: MemoryViews, image: RingImage, out: ObservationEvent[], fromPosition = 0): DecodeCounts {
    const counts: DecodeCounts = { received: 0, sent: 0, already_stored: 0, not_collected: 0, malformed: 0 };
    const { words } = views;
    const end = image.offsetBytes + image.sizeBytes;
    let at = image.offsetBytes;
    while (at + RING_HEADER_BYTES <= end) {
      const ringHeader = words[at >>> 2] ?? 0;
      const length = ringHeader & LENGTH_BITS;
      const record = at + RING_HEADER_BYTES;
      const position = image.startPosition + (at - image.offsetBytes);
      at = record + ((length + 7) & ~7);
      if ((ringHeader & DISCARD_BIT) !== 0) continue;
      counts.received += 1;
      if (position < fromPosition) {
        counts.already_stored += 1;
        continue;
      }
      const typeAndSize = words[(record + RECORD_HEADER.type) >>> 2] ?? 0;
      if (at > end || length < RECORD_HEADER.sizeBytes || typeAndSize >>> 16 > length) {
        counts.malformed += 1;
        continue;
      }
      const event = this.#decoders[typeAndSize & 0xffff]?.({ views, at: record, position });
      if (event === undefined) counts.not_collected += 1;
      else {
        out.push(event);
        counts.sent += 1;
      }
    }
    return counts;
  }

  /** Takes counts into the stage's figures. */
  account(counts: DecodeCounts): void {
    this.stage.receive(counts.received);
    this.stage.send(counts.sent);
    for (const reason of DECODE_DROPS) this.stage.drop(reason, counts[reason]);
  }
}
