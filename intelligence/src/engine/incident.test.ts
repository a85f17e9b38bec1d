import { expect, test } from 'vitest';
import { Story, events, limitLowered, oomDeath } from '../../test/support/story.ts';

test('an answer tells of one death: while the newest is provisional, all of the settled one before it', async () => {
  const story = new Story();
  await story.step(events([...limitLowered(-31), ...oomDeath(0, 0), ...oomDeath(12, 1)]), {
    now: 30,
    through: 30,
  });
  await story.step(events(oomDeath(40, 2), 'late-'), { now: 41, through: 35 });
  const { count, chain, certain, verdict } = story.only;
  expect(count).toBe(3);
  expect(verdict.status).toBe('settled');
  expect(chain.map(({ text }) => text)).toEqual([
    expect.stringContaining('limits.memory'),
    expect.stringContaining('java (pid 6345)'),
    'container report died, exit 137, second time',
  ]);
  expect(certain.join('; ')).toContain('pid 6345');
  expect(certain.join('; ')).not.toContain('pid 6346');
  await story.step([], { now: 60, through: 60 });
  expect(story.only.chain.at(-1)?.text).toBe('container report died, exit 137, third time');
  expect(story.only.certain.join('; ')).toContain('pid 6346');
});
