import { describe, expect, test } from 'vitest';
import { events } from '../../test/support/story.ts';
import { fieldTypes } from '../engine/views.ts';
import { parseDurationUs } from './durations.ts';
import { isoTime, ordinal, parseTemplate, renderCommand, renderTemplate } from './templates.ts';

const [kill, change, resize, exit, waiting] = events([
  { t: '0s', event: 'oom_kill', comm: 'java', pid: 6344, limit_bytes: 33_554_432 },
  { t: '0s', event: 'workload_spec_changed', words: 'image a -> b', actor: 'alice' },
  { t: '0s', event: 'pod_spec_changed', words: 'image a -> b' },
  {
    t: '0s',
    event: 'process_exit',
    comm: 'java',
    pid: 1,
    signal: 9,
    sender_pid: 7,
    sender_comm: 'sh',
    sender_uid: 0,
    sender_container_id: 'pod-1-report-0',
  },
  {
    t: '0s',
    event: 'container_waiting',
    reason: 'CrashLoopBackOff',
    message: 'back-off 1m20s restarting failed container',
  },
]);

const known = new Map([
  ['kill', fieldTypes('oom_kill')],
  ['change', fieldTypes('workload_spec_changed')],
  ['resize', fieldTypes('pod_spec_changed')],
  ['exit', fieldTypes('process_exit')],
  ['waiting', fieldTypes('container_waiting')],
]);
const values = {
  events: new Map(
    Object.entries({ kill, change, resize, exit, waiting }).flatMap(([k, v]) => (v ? [[k, v]] : [])),
  ),
  words: { subject: 'shop/checkout', kubectl: 'deployment/checkout', pod: 'x; reboot' },
};

function render(text: string): string {
  const parsed = parseTemplate(text, known);
  if (!parsed.ok) throw new Error(parsed.reason);
  return renderTemplate(parsed.template, values);
}

test.each([
  ['{subject}: {kill.comm} (pid {kill.pid})', 'shop/checkout: java (pid 6344)'],
  ['{kill.limit_bytes|bytes}', '32 MiB'],
  ['{kill.ts|time}', '2026-01-02T20:00:00Z'],
  ['{kill.usage_bytes|bytes} of {kill.limited_by}', '? of ?'],
  ['{kill.pod_name|short}', 'checkout-7d9'],
  ['{kill.started_mono_us|duration}', '1 s'],
  ['{change|object}, {change|actor}', 'Deployment shop/checkout, by alice'],
  ['{resize|object}, {resize|actor}', 'Pod shop/checkout-7d9c6b5f4-x2lqv, by whom is unknown'],
  ['{exit|sender}', 'sh (pid 7, uid 0) in the same container'],
  ['{exit.signal|signal}', 'SIGKILL'],
  ['{waiting|backoff}', 'back-off 1 m 20 s'],
  ['{{"a":{{}}}}', '{"a":{}}'],
  ['{count|nth}', '?'],
])('%s', (text, expected) => {
  expect(render(text)).toBe(expected);
});

describe('commands', () => {
  const command = (text: string): string | undefined => {
    const parsed = parseTemplate(text, known);
    return parsed.ok ? renderCommand(parsed.template, values) : undefined;
  };
  test('are made of plain words', () => {
    expect(command('kubectl rollout undo {kubectl}')).toBe('kubectl rollout undo deployment/checkout');
  });
  test('are left out when a value is missing or could be read as more than a word', () => {
    expect(command('kubectl logs {pod}')).toBeUndefined();
    expect(command('kubectl logs {kill.limited_by}')).toBeUndefined();
  });
});

test('a value can’t fill a page', () => {
  const long = { events: new Map(), words: { subject: 'x'.repeat(5000) } };
  const parsed = parseTemplate('{subject}', known);
  expect(parsed.ok && renderTemplate(parsed.template, long).length).toBe(160);
});

test('durations are read as people write them', () => {
  expect(['500ms', '2s', '1h30m', '7d', '-31s', '1.5s'].map(parseDurationUs)).toEqual([
    500_000, 2_000_000, 5_400_000_000, 604_800_000_000, -31_000_000, 1_500_000,
  ]);
  expect(['', '5', 's', '5 s', '1w', '--1s'].map(parseDurationUs)).toEqual(
    Array.from({ length: 6 }, () => undefined),
  );
});

test('ordinals and times', () => {
  expect([1, 2, 3, 6, 7, 11, 21, 22, 112, -1].map(ordinal)).toEqual([
    'first',
    'second',
    'third',
    'sixth',
    '7th',
    '11th',
    '21st',
    '22nd',
    '112th',
    '?',
  ]);
  expect(isoTime(Number.NaN)).toBe('?');
});
