import { expect, test } from 'vitest';
import { BpfError, BpfMap, BpfObject, RingReader, forEachRecord, type RingReaderOptions } from '../index.js';

interface Internals {
  loadAddon(path: string): unknown;
}
const internals = (await import(new URL('../lib/addon.js', import.meta.url).href)) as Internals;

test('an addon that is not built is said to be so, with the command that builds it', () => {
  expect(() => internals.loadAddon('/no/such/tapio.node')).toThrow('run `npm run build`');
});

test('a BpfError names its errno, and keeps operation and log', () => {
  const error = new BpfError('load: no', { errno: 1, operation: 'load', log: 'words' });
  expect(error).toMatchObject({ name: 'BpfError', code: 'EPERM', errno: 1, operation: 'load', log: 'words' });
  expect(new BpfError('x', { errno: 4003, operation: 'x', log: '' }).code).toBe('ELIBBPF');
});

test('paths are checked before the kernel sees them', () => {
  expect(() => BpfMap.openPinned('')).toThrow('path must be a non-empty string');
  expect(() => BpfMap.openPinned('a\0b')).toThrow('must not contain a NUL');
  expect(() => BpfObject.open(7 as unknown as string)).toThrow('source must be a Uint8Array');
});

test.each([
  [{ rings: [] }, 'rings must name at least one ring'],
  [{ rings: [{ map: {}, critical: true }] }, 'a ring needs a BpfMap as its map'],
  [{ onBatch: undefined }, 'onBatch must be a function'],
])('a ring reader refuses %j', (change, message) => {
  const options = { rings: [{ map: {}, critical: true }], onBatch: () => undefined, ...change };
  expect(() => RingReader.open(options as unknown as RingReaderOptions)).toThrow(message);
});

test('records of a batch are visited in order, padding and discarded ones stepped over', () => {
  const words = new Uint32Array(64);
  const discard = 0x4000_0000;
  let offset = 16;
  for (const header of [5, 8 | discard, 12]) {
    words[offset / 4] = header;
    offset += ((header & 0xff) + 8 + 7) & ~7;
  }
  const seen: [number, number][] = [];
  forEachRecord(words, { offsetBytes: 16, sizeBytes: offset - 16 }, (at, length) => seen.push([at, length]));
  expect(seen).toEqual([
    [24, 5],
    [56, 12],
  ]);
});
