import { expect, test } from 'vitest';
import { EXIT } from '../exit-codes.ts';
import { runProgram } from '../program.ts';
import { shopDump, writeDump } from '../testing/shop-dump.ts';

const CRASH_LOOP = writeDump(shopDump('crash-loop'));

const RULE = `kind: rule
id: segmentation-fault
version: 1
title: A sample
source: [https://example.org/mechanism]
effect: { event: container_died, as: death, when: death.exit_code == 3 }
cause: { code: sample-cause, label: A sample, meaning: A sample. }
prior: 0.9
headline: '{subject} {symptom}: sample'
tests:
  - name: another code
    given:
      - { t: 0s, event: container_died, exit_code: 0 }
    expect: silence
`;

async function tapio(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const run = { out: '', err: '' };
  const code = await runProgram(args, {
    terminal: {
      out: (text) => (run.out += text),
      err: (text) => (run.err += text),
      color: false,
      width: undefined,
      timeZone: 'UTC',
    },
    environment: {},
    findRunningStack: () => undefined,
    nowMs: () => 0,
  });
  return { code, ...run };
}

test('event types are listed, and the fields of one', async () => {
  const all = await tapio('rules', 'events');
  expect(all.code).toBe(EXIT.ok);
  expect(all.out).toMatch(/^log_matched +log +/m);
  const one = await tapio('rules', 'events', 'container_died');
  expect(one.out).toMatch(/^exit_code +integer +/m);
  expect(one.out).not.toContain('log_matched');
  const json = JSON.parse((await tapio('rules', 'events', 'oom_kill', '--json')).out) as {
    readonly events: readonly { readonly type: string; readonly source: string }[];
  };
  expect(json.events).toMatchObject([{ type: 'oom_kill', source: 'kernel' }]);
  const none = await tapio('rules', 'events', 'oom_kil');
  expect([none.code, none.err]).toEqual([EXIT.nothingFound, expect.stringContaining('oom_kil')]);
});

test('tests of a directory say which files stand for others', async () => {
  const directory = writeDump({ 'mine.yaml': RULE, 'same.yaml': RULE });
  const { code, out } = await tapio('rules', 'test', directory);
  expect(code).toBe(EXIT.ok);
  expect(out).toContain('mine.yaml stands for the built-in file of the same id, segmentation-fault');
  expect(out).toContain('same.yaml stands for mine.yaml of the same id, segmentation-fault');
});

test('a rule that is about something else says what it lacks', async () => {
  const explain = (rule: string): ReturnType<typeof tapio> =>
    tapio('rules', 'explain', 'Deployment/checkout', rule, '--from', CRASH_LOOP);
  expect((await explain('segmentation-fault')).out).toContain(
    'is not about this container_died: death.exit_code == 139',
  );
  expect((await explain('image-pull-secret-missing')).out).toMatch(
    /explains \w+; this symptom is container_died/,
  );
  const unknown = await tapio('rules', 'explain', 'pod/none', 'segmentation-fault', '--from', CRASH_LOOP);
  expect(unknown.err).toContain('there are deployment/checkout');
});
