const THREE = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'));
const SMALL = Array.from({ length: 65_536 }, (_, n) => String(n));

/** Decimal text of a whole number; small ones (pids, uids) are made once. */
export function integerText(value: number): string {
  return SMALL[value] ?? String(value);
}

/**
 * Decimal text of microseconds. Conversion of numbers beyond 32 bits is slow, so the seconds' text is kept
 * from call to call: neighbours in a ring share it.
 */
export class MicrosecondText {
  #seconds = -1;
  #text = '';

  of(us: number): string {
    if (us < 1_000_000) return String(us);
    const seconds = Math.floor(us / 1_000_000);
    const rest = us - seconds * 1_000_000;
    if (seconds !== this.#seconds) {
      this.#seconds = seconds;
      this.#text = String(seconds);
    }
    const thousands = (rest / 1000) | 0;
    return this.#text + (THREE[thousands] ?? '') + (THREE[rest - thousands * 1000] ?? '');
  }
}

/** Microseconds of a u64 of nanoseconds, exact for all of its range (a double is not beyond 104 days of uptime). */
export function microsecondsOf(words: Uint32Array, index: number): number {
  const low = words[index] ?? 0;
  const high = words[index + 1] ?? 0;
  // 2^32 ns = 4,294,967 us and 296 ns.
  return high * 4_294_967 + Math.floor((high * 296 + low) / 1000);
}

/** A u64 as a number: exact below 2^53. */
export function u64(words: Uint32Array, index: number): number {
  return (words[index + 1] ?? 0) * 4_294_967_296 + (words[index] ?? 0);
}
