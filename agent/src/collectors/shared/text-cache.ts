import { Buffer } from 'node:buffer';

/** How the bytes of a field become the text of an event. */
export type TextReader = (bytes: Buffer, start: number, end: number) => string;

const readUtf8: TextReader = (bytes, start, end) => bytes.toString('utf8', start, end);

/** Views of one memory, made once: records lie at multiples of 8 bytes in it. */
export interface MemoryViews {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
}

export function memoryViews(memory: SharedArrayBuffer | ArrayBuffer): MemoryViews {
  return { bytes: Buffer.from(memory), words: new Uint32Array(memory) };
}

/**
 * Texts by their bytes, so that a field that says the same as one before costs no new string and no second
 * scrubbing. Direct-mapped: a text takes the place of the one that was in its slot, so the cache is bounded by
 * `slots` times the longest field. Bytes behind the first NUL count for nothing.
 */
export class TextCache {
  readonly #mask: number;
  readonly #read: TextReader;
  /** For each slot the length of its key in words, 0 for none, and the key. */
  readonly #keys: Uint32Array;
  readonly #stride: number;
  readonly #texts: string[];
  /** The key that is looked up, and its hash. */
  readonly #key: Uint32Array;
  #hash = 0;

  /**
   * @param slots a power of two
   * @param maxBytes of the longest field, a multiple of 4
   */
  constructor(slots: number, maxBytes: number, read: TextReader = readUtf8) {
    this.#mask = slots - 1;
    this.#read = read;
    this.#key = new Uint32Array(maxBytes / 4 + 1);
    this.#stride = this.#key.length + 1;
    this.#keys = new Uint32Array(slots * this.#stride);
    this.#texts = new Array<string>(slots).fill('');
  }

  /** Text of a NUL-terminated field of `size` bytes (a multiple of 4) at the byte offset `at` (too). */
  terminated(views: MemoryViews, at: number, size: number): string {
    const { words } = views;
    const key = this.#key;
    const first = at >>> 2;
    const count = size >>> 2;
    let hash = 0x811c9dc5;
    let length = 0;
    for (; length < count; length += 1) {
      let word = words[first + length] ?? 0;
      const zeros = (word - 0x01010101) & ~word & 0x80808080;
      if (zeros !== 0) {
        // The lowest set bit marks the first NUL: keep what is before it (little endian).
        const keep = 31 - Math.clz32(zeros & -zeros) - 7;
        word = keep === 0 ? 0 : word & (0xffffffff >>> (32 - keep));
        key[length] = word;
        hash = Math.imul(hash ^ word, 0x01000193);
        length += 1;
        this.#hash = hash;
        return this.#lookup(views, at, length, ((length - 1) << 2) + (keep >>> 3));
      }
      key[length] = word;
      hash = Math.imul(hash ^ word, 0x01000193);
      hash ^= hash >>> 15;
    }
    this.#hash = hash;
    return this.#lookup(views, at, length, size);
  }

  /** Text of `length` bytes at the byte offset `at` (a multiple of 4); NULs are part of it. */
  sized(views: MemoryViews, at: number, length: number): string {
    const { words } = views;
    const key = this.#key;
    const first = at >>> 2;
    const whole = length >>> 2;
    let hash = 0x811c9dc5 ^ length;
    for (let index = 0; index < whole; index += 1) {
      const word = words[first + index] ?? 0;
      key[index] = word;
      hash = Math.imul(hash ^ word, 0x01000193);
      hash ^= hash >>> 15;
    }
    const rest = length & 3;
    const last = rest === 0 ? 0 : (words[first + whole] ?? 0) & (0xffffffff >>> (32 - (rest << 3)));
    // The length's own bits end the key, so that a text never equals the same one with NULs behind it.
    key[whole] = last ^ (rest << 28);
    this.#hash = Math.imul(hash ^ last, 0x01000193);
    return this.#lookup(views, at, whole + 1, length);
  }

  #lookup(views: MemoryViews, at: number, words: number, length: number): string {
    const hash = this.#hash;
    const slot = (hash ^ (hash >>> 13)) & this.#mask;
    const key = this.#key;
    const keys = this.#keys;
    const place = slot * this.#stride;
    const first = place + 1;
    if (keys[place] === words) {
      let index = 0;
      while (index < words && keys[first + index] === key[index]) index += 1;
      if (index === words) return this.#texts[slot] ?? '';
    }
    const text = this.#read(views.bytes, at, at + length);
    keys[place] = words;
    for (let index = 0; index < words; index += 1) keys[first + index] = key[index] ?? 0;
    this.#texts[slot] = text;
    return text;
  }
}
