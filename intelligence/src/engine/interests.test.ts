import { expect, test } from 'vitest';
import { Story, events, oomDeath } from '../../test/support/story.ts';

/** One death a minute in a workload, each reported when the next comes. */
async function deaths(count: number): Promise<Story> {
  const story = new Story();
  for (let run = 0; run < count; run += 1) {
    const t = run * 60;
    const of = { pod_uid: `pod-${run % 3}`, pod_name: `checkout-${run % 3}` };
    await story.step(events(oomDeath(t, run, of), `${run}/`), { now: t + 20, through: t + 10 });
  }
  return story;
}

test('a further death does not ask about all deaths before it again', async () => {
  const few = (await deaths(10)).engine.stats().evaluations;
  const many = (await deaths(40)).engine.stats().evaluations;
  expect(many).toBeLessThan(few * 5);
});

test('an event asks again only about effects whose rules name it', async () => {
  const story = await deaths(5);
  const before = story.engine.stats().evaluations;
  // Rules of failed Jobs and late roll-outs look for deaths of the same object at any time; those of deaths don't.
  const [late] = events([{ t: '900s', event: 'container_died', exit_code: 1, restart_count: 9 }], 'late/');
  if (late === undefined) throw new Error('no event');
  await story.step([late], { now: 920, through: 910 });
  expect(story.engine.stats().evaluations - before).toBe(1);
});
