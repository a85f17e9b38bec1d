import { expect, test } from 'vitest';
import { ReplayWindow } from './replay-window.ts';

const SECOND = 1_000_000;
const limits = { everyUs: 10 * SECOND, clockErrorUs: 60 * SECOND, records: 1_000 };

function filled(messages: number, records = 1): ReplayWindow {
  const window = new ReplayWindow({ sequence: 1, fromUs: 0 }, limits);
  for (let n = 1; n <= messages; n += 1) window.note(n, n * SECOND, records);
  return window;
}

test('without checkpoints all is read again', () => {
  expect(new ReplayWindow({ sequence: 7, fromUs: 5 }, limits).pointFor(1e18)).toEqual({
    sequence: 7,
    fromUs: 5,
  });
});

test('the point covers every event since the time that is needed', () => {
  const window = filled(300);
  const point = window.pointFor(200 * SECOND);
  expect(point.fromUs).toBeLessThanOrEqual(200 * SECOND);
  expect(point.fromUs).toBeGreaterThan(185 * SECOND);
  // A clock that is a minute ahead stamps this for what is stored a minute before.
  expect(point.sequence * SECOND).toBeLessThanOrEqual(point.fromUs - 60 * SECOND);
});

test('it never goes back', () => {
  const window = filled(300);
  const later = window.pointFor(200 * SECOND);
  expect(window.pointFor(100 * SECOND)).toEqual(later);
});

test('no more records are read again than an engine would hold', () => {
  const window = filled(300, 100);
  const point = window.pointFor(0);
  expect((300 - point.sequence + 1) * 100).toBeLessThanOrEqual(limits.records);
  expect(point.fromUs).toBe((point.sequence + 60) * SECOND);
});
