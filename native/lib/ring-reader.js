import { addon } from './addon.js';
import { integer } from './check.js';
import { BpfMap, handleOf } from './map.js';

const lengthBits = 0x3fff_ffff;
const discardBit = 0x4000_0000;
const headerBytes = 8;

export class RingReader {
  #handle;
  #memory;
  #states;
  #slotSizeBytes;
  #countersAtClose;

  constructor(handle, { memory, states, slotSizeBytes }) {
    this.#handle = handle;
    this.#memory = memory;
    this.#states = states;
    this.#slotSizeBytes = slotSizeBytes;
  }

  static open({ rings, onBatch, slotSizeBytes = 256 * 1024, slotCount = 8, tickMs = 20, coalesceMs = 2 }) {
    if (!Array.isArray(rings) || rings.length === 0) throw new TypeError('rings must name at least one ring');
    if (typeof onBatch !== 'function') throw new TypeError('onBatch must be a function');
    for (const { map } of rings) {
      if (!(map instanceof BpfMap)) throw new TypeError('a ring needs a BpfMap as its map');
    }
    integer(slotSizeBytes, 'slotSizeBytes', { min: 4096, max: 2 ** 28 });
    if (slotSizeBytes % 8 !== 0) throw new RangeError('slotSizeBytes must be a multiple of 8');
    integer(slotCount, 'slotCount', { min: 2, max: 1024 });
    integer(tickMs, 'tickMs', { min: 1, max: 1000 });
    integer(coalesceMs, 'coalesceMs', { max: tickMs });
    const memory = new SharedArrayBuffer(slotSizeBytes * slotCount);
    const states = new Int32Array(new SharedArrayBuffer(slotCount * Int32Array.BYTES_PER_ELEMENT));
    const handle = addon().readerOpen(
      rings.map(({ map }) => map[handleOf]),
      rings.map(({ critical }) => critical === true),
      { slots: new Uint8Array(memory), states },
      { slotSizeBytes, tickMs, coalesceMs },
      onBatch,
    );
    return new RingReader(handle, { memory, states, slotSizeBytes });
  }

  get memory() {
    return this.#memory;
  }

  get states() {
    return this.#states;
  }

  get slotSizeBytes() {
    return this.#slotSizeBytes;
  }

  freeSlot(slot) {
    Atomics.store(this.#states, slot, 0);
  }

  release(ring, endPosition) {
    integer(endPosition, 'endPosition');
    // Too late: the next reader gets these records again.
    if (this.#countersAtClose) return;
    addon().readerRelease(this.#handle, ring, endPosition);
  }

  wake() {
    if (this.#countersAtClose) return;
    addon().readerWake(this.#handle);
  }

  counters() {
    return this.#countersAtClose ?? addon().readerCounts(this.#handle);
  }

  close() {
    if (this.#countersAtClose) return;
    this.#countersAtClose = addon().readerCounts(this.#handle);
    addon().readerClose(this.#handle);
  }

  [Symbol.dispose]() {
    this.close();
  }

  async [Symbol.asyncDispose]() {
    this.close();
  }
}

export function forEachRecord(words, { offsetBytes, sizeBytes }, visit) {
  let offset = offsetBytes;
  const end = offsetBytes + sizeBytes;
  while (offset < end) {
    const header = words[offset >>> 2];
    const length = header & lengthBits;
    if ((header & discardBit) === 0) visit(offset + headerBytes, length);
    offset += (length + headerBytes + 7) & ~7;
  }
}
