import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXIT } from '../exit-codes.ts';
import { runProgram } from '../program.ts';
import { shopDump, writeDump } from '../testing/shop-dump.ts';

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function tapio(...args: string[]): Promise<Run> {
  let out = '';
  let err = '';
  const code = await runProgram(args, {
    terminal: {
      out: (text) => (out += text),
      err: (text) => (err += text),
      color: false,
      width: undefined,
      timeZone: 'UTC',
    },
    environment: {},
    findRunningStack: () => undefined,
    nowMs: () => 0,
  });
  return { code, out, err };
}

interface FindingJson {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly cause: string;
  readonly change: { readonly words: string } | null;
  readonly incident: string;
}

function findings({ out }: Run): readonly FindingJson[] {
  return (JSON.parse(out) as { readonly findings: readonly FindingJson[] }).findings;
}

const CRASH_LOOP = writeDump(shopDump('crash-loop'));
const HEALTHY = writeDump(shopDump('healthy'));

test('what is broken in a dump, with the change behind it and what was read', async () => {
  const { code, out, err } = await tapio('why', '--from', CRASH_LOOP);
  expect([code, err]).toEqual([EXIT.ok, '']);
  expect(out).toContain('shop/checkout is crash-looping');
  expect(out).toContain('limits.memory 256Mi -> 32Mi');
  expect(out).toContain('Read 2 pods, 0 events, 1 log');
  expect(out).toContain('taken 2026-03-04 20:10:00 UTC');
});

test('--json keeps its contract', async () => {
  const run = await tapio('why', '--from', CRASH_LOOP, '--json');
  expect(run.code).toBe(EXIT.ok);
  const [first] = findings(run);
  expect(first).toMatchObject({
    kind: 'Deployment',
    namespace: 'shop',
    name: 'checkout',
    symptom: 'crash_loop',
    change: { words: 'limits.memory 256Mi -> 32Mi' },
  });
  for (const key of ['cause', 'label', 'score', 'chain', 'ruledOut', 'next'])
    expect(first).toHaveProperty(key);
});

test.each(['checkout', 'deploy/checkout', 'pod/checkout-7d9c6b5f4-x2lqv', 'checkout-7d9c6b5f4-x2lqv'])(
  '%s is what the finding is about',
  async (target) => {
    const run = await tapio('why', target, '-n', 'shop', '--from', CRASH_LOOP, '--json');
    expect(run.code).toBe(EXIT.ok);
    expect(findings(run)[0]).toMatchObject({ kind: 'Deployment', name: 'checkout' });
  },
);

test('an object that is well, and one that is not there, have no finding', async () => {
  const well = await tapio('why', 'deploy/frontend', '--from', CRASH_LOOP);
  expect(well.code).toBe(EXIT.nothingFound);
  const absent = await tapio('why', 'deploy/nobody', '--from', CRASH_LOOP);
  expect(absent.code).toBe(EXIT.nothingFound);
  expect(absent.out).toContain('deploy/nobody is not in what was read');
  const elsewhere = await tapio('why', '-n', 'billing', '--from', CRASH_LOOP, '--json');
  expect([elsewhere.code, findings(elsewhere)]).toEqual([EXIT.nothingFound, []]);
});

test('of a healthy dump it says that nothing is wrong, on what that stands, and what would help', async () => {
  const { code, out } = await tapio('why', '--from', HEALTHY);
  expect(code).toBe(EXIT.nothingFound);
  expect(out).toContain('Nothing is wrong, as far as this shows: 2 pods');
  expect(out).toMatch(/would help: kubectl get .*configmaps/);
});

test('--markdown is the answer for a ticket', async () => {
  const { code, out } = await tapio('why', '--from', CRASH_LOOP, '--markdown');
  expect(code).toBe(EXIT.ok);
  expect(out).toMatch(/^### shop\/checkout is crash-looping/);
});

test('--anonymize replaces names, hosts, images and addresses in every form of output', async () => {
  for (const form of [['--json'], ['--markdown'], ['--all']]) {
    const { code, out } = await tapio('why', '--from', CRASH_LOOP, '--anonymize', ...form);
    expect(code).toBe(EXIT.ok);
    expect(out).not.toMatch(/checkout|shop|ip-10-1-2-3|registry\.shop|10\.244|hunter2|tapio-dump-/);
    expect(out).toContain('app-1');
  }
  const plain = await tapio('why', '--from', CRASH_LOOP, '--json');
  const hidden = await tapio('why', '--from', CRASH_LOOP, '--json', '--anonymize');
  expect(findings(hidden).map(({ kind, cause }) => [kind, cause])).toEqual(
    findings(plain).map(({ kind, cause }) => [kind, cause]),
  );
});

test('nothing of an environment variable leaves', async () => {
  for (const form of ['--json', '--markdown', '--all']) {
    const { out } = await tapio('why', '--from', CRASH_LOOP, form);
    expect(out).not.toContain('hunter2');
  }
});

test.each([
  ['a directory that is not there', () => '/nowhere/at/all'],
  ['an empty one', () => writeDump({})],
  [
    'one that holds nothing readable',
    () => writeDump({ 'a.bin': new Uint8Array(100), 'notes.txt': 'milk\n' }),
  ],
])('%s is bad input', async (_, directory) => {
  const { code, out, err } = await tapio('why', '--from', directory(), '--json');
  expect([code, out]).toEqual([EXIT.usage, '']);
  expect(err).not.toBe('');
});

test('what can not be read is named, counted and takes nothing else with it', async () => {
  const broken = Object.fromEntries(
    Array.from({ length: 15 }, (_, i) => [
      `shop/bad-${String(i).padStart(2, '0')}.json`,
      '{"kind": "PodList", "items": [{',
    ]),
  );
  const pods = shopDump('crash-loop')['shop/pods.json'] ?? '';
  const directory = writeDump({
    ...shopDump('crash-loop'),
    ...broken,
    'shop/pods.json': `\uFEFF${pods.replaceAll('\n', '\r\n')}`,
    'shop/utf16.json': Buffer.from(
      `\uFEFF${JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'shop' } })}`,
      'utf16le',
    ),
    'core.bin': new Uint8Array(1_000),
    'shop/strange.yaml':
      'apiVersion: other.example/v9\nkind: Whatsit\nmetadata:\n  name: w\n  namespace: shop\nspec: [1]\n',
  });
  symlinkSync(directory, join(directory, 'shop', 'loop'));
  symlinkSync('/nowhere', join(directory, 'shop', 'dangling'));
  mkdirSync(join(directory, 'empty'));
  const { code, out, err } = await tapio('why', '--from', directory);
  expect(code).toBe(EXIT.ok);
  expect(out).toContain('shop/checkout is crash-looping');
  expect(err).toContain('core.bin: is binary, not text');
  expect(err).toContain('shop/dangling: ENOENT');
  expect(err).toMatch(/shop\/bad-00\.json, line 1: the file ends in the middle/);
  expect(err.split('\n').filter((line) => line.includes('bad-'))).toHaveLength(8);
  expect(err).toContain('and 7 more that could not be read');
});

test('a log of gigabytes in one line is read at its ends', async () => {
  const directory = writeDump(shopDump('crash-loop'));
  const path = join(directory, 'shop', 'frontend-5d9c7b8f64-abcde.log');
  writeFileSync(path, 'started\n');
  const descriptor = openSync(path, 'a');
  writeSync(descriptor, 'x'.repeat(200_000));
  ftruncateSync(descriptor, 3_000_000_000);
  writeSync(descriptor, '\nstopped\n');
  closeSync(descriptor);
  const { code, out } = await tapio('why', '--from', directory);
  expect(code).toBe(EXIT.ok);
  expect(out).toContain('shop/checkout is crash-looping');
});

test('options that need a dump, and times that are none, are refused', async () => {
  for (const args of [
    ['why', 'x', '--all'],
    ['why', '--anonymize', 'x'],
    ['why', '--from', CRASH_LOOP, '--now', 'tomorrow'],
  ]) {
    const { code, err } = await tapio(...args);
    expect([args, code]).toEqual([args, EXIT.usage]);
    expect(err).not.toBe('');
  }
});

test('--now is believed over the dump', async () => {
  const { out } = await tapio('why', '--from', CRASH_LOOP, '--now', '2026-03-04 20:30');
  expect(out).toContain('taken 2026-03-04 20:30:00 UTC');
});

test('a rule that is refused is named, and the rest answers', async () => {
  const rules = writeDump({ 'mine.yaml': 'kind: rule\nid: Mine\n' });
  const { code, out, err } = await tapio('why', '--from', CRASH_LOOP, '--rules-dir', rules);
  expect(code).toBe(EXIT.ok);
  expect(err).toMatch(/a rule was refused: mine\.yaml:\d+: /);
  expect(out).toContain('crash-looping');
});

test('rules are listed and shown, and explain why they hold or not', async () => {
  const list = await tapio('rules', 'list');
  expect(list.code).toBe(EXIT.ok);
  expect(list.out).toMatch(/oom-at-container-limit\s+rule\s+\w+\s+oom-container-limit/);
  const shown = await tapio('rules', 'show', 'oom-at-container-limit');
  expect([shown.code, shown.out]).toEqual([
    EXIT.ok,
    expect.stringContaining('\nid: oom-at-container-limit\n'),
  ]);
  expect((await tapio('rules', 'show', 'nothing')).code).toBe(EXIT.nothingFound);
  const explained = await tapio(
    'rules',
    'explain',
    'Deployment/checkout',
    'oom-at-container-limit',
    '--from',
    CRASH_LOOP,
  );
  expect(explained.code).toBe(EXIT.ok);
  expect(explained.out).toContain('oom-at-container-limit does not hold: ');
  const none = await tapio(
    'rules',
    'explain',
    'INC-AAAA2222',
    'oom-at-container-limit',
    '--from',
    CRASH_LOOP,
  );
  expect(none.code).toBe(EXIT.nothingFound);
  expect((await tapio('rules', 'explain', 'checkout', 'nothing', '--from', CRASH_LOOP)).code).toBe(
    EXIT.usage,
  );
});
