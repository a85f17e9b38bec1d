import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MicrosecondText, integerText, microsecondsOf } from './number-text.ts';
import { TextCache, memoryViews } from './text-cache.ts';

test('a terminated field reads the same through the cache as without, whatever lies behind the NUL', () => {
  const cache = new TextCache(8, 32);
  fc.assert(
    fc.property(fc.stringMatching(/^[a-zé/.-]{0,15}$/), fc.integer({ min: 0, max: 255 }), (text, rest) => {
      const memory = new SharedArrayBuffer(64);
      const bytes = new Uint8Array(memory).fill(rest);
      const encoded = new TextEncoder().encode(text).subarray(0, 32);
      bytes.set(encoded, 8);
      if (encoded.byteLength < 32) bytes[8 + encoded.byteLength] = 0;
      expect(cache.terminated(memoryViews(memory), 8, 32)).toBe(text);
    }),
    { numRuns: 500 },
  );
});

test('a field without a NUL is read to its end', () => {
  const memory = new SharedArrayBuffer(16);
  new Uint8Array(memory).fill(97);
  expect(new TextCache(8, 16).terminated(memoryViews(memory), 0, 16)).toBe('a'.repeat(16));
});

test('sized fields that differ in length or content only are told apart', () => {
  const cache = new TextCache(2, 16);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 16 }), (content) => {
      const memory = new SharedArrayBuffer(24);
      new Uint8Array(memory).fill(7).set(content, 4);
      const text = cache.sized(memoryViews(memory), 4, content.byteLength);
      expect(text).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(content));
    }),
    { numRuns: 1000 },
  );
});

test('a text that comes again is not read again', () => {
  let reads = 0;
  const cache = new TextCache(16, 16, (bytes, start, end) => {
    reads += 1;
    return bytes.toString('latin1', start, end);
  });
  const memory = new SharedArrayBuffer(16);
  new Uint8Array(memory).set(new TextEncoder().encode('bash\0'));
  const views = memoryViews(memory);
  for (let i = 0; i < 10; i += 1) expect(cache.terminated(views, 0, 16)).toBe('bash');
  expect(reads).toBe(1);
});

test('numbers become the text that String makes of them', () => {
  const text = new MicrosecondText();
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(100_000), (us, small) => {
      expect(text.of(us)).toBe(String(us));
      expect(integerText(small)).toBe(String(small));
    }),
  );
});

test('nanoseconds become whole microseconds exactly, over the whole range of a u64', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 62n }), (ns) => {
      const words = new Uint32Array([Number(ns & 0xffff_ffffn), Number(ns >> 32n)]);
      expect(microsecondsOf(words, 0)).toBe(Number(ns / 1000n));
    }),
  );
});
