import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

test('a request may move once the one before it has moved, though that is not committed yet', async () => {
  const turns = new Turns();
  const commit = Promise.withResolvers<undefined>();
  const order: string[] = [];
  const first = turns.take(async (turn) => {
    await turn.previousMoved();
    order.push('first moved');
    turn.moved();
    await commit.promise;
    order.push('first committed');
  });
  const second = turns.take(async (turn) => {
    await turn.previousMoved();
    order.push('second moved');
    turn.moved();
    await turn.previousCommitted();
    order.push('second committed');
  });
  const third = turns.take(async (turn) => {
    await turn.previousMoved();
    order.push('third moved');
    commit.resolve(undefined);
  });
  await Promise.all([first, second, third]);
  expect(order).toEqual([
    'first moved',
    'second moved',
    'third moved',
    'first committed',
    'second committed',
  ]);
});

test('a request that found itself committed never moves, and holds up nobody', async () => {
  const turns = new Turns();
  await turns.take(() => Promise.resolve());
  await turns.take(async (turn) => turn.previousMoved());
});

test('the failure of a request stops those behind it, and is no reason to try again', async () => {
  const turns = new Turns();
  const failing = turns.take(() => Promise.reject(new Error('broken')));
  const waiting = turns.take(async (turn) => turn.previousMoved());
  const last = turns.take(async (turn) => turn.previousCommitted());
  await expect(failing).rejects.toThrow('broken');
  const stopped = { code: 'position_moved', retryable: false };
  await expect(waiting).rejects.toMatchObject(stopped);
  await expect(last).rejects.toMatchObject(stopped);
});
