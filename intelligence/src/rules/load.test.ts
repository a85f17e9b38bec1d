import { describe, expect, test } from 'vitest';
import { builtInRules } from '../../test/support/built-in-rules.ts';
import { readBuiltInRules } from '../../files.ts';
import { loadRules } from './load.ts';
import { testRules } from './rule-tests.ts';

const RULE = `kind: rule
id: sample
version: 1
title: A sample
source: [https://example.org/mechanism]
effect:
  event: container_died
  as: death
  when: death.exit_code == 3
causes:
  - event: oom_kill
    as: kill
    join: container
    within: { before: 5s }
    when: kill.limited_by == "pod"
    mechanism: it was killed
    text: '{kill.comm} was killed'
cause: { code: sample-cause, label: A sample, meaning: A sample. }
prior: 0.9
headline: '{subject} {symptom}: sample'
tests:
  - name: silence
    given:
      - { t: 0s, event: container_died, exit_code: 0 }
    expect: silence
`;

function refusal(change: (text: string) => string): string {
  const { rules, refused } = loadRules([{ path: 'mine/sample.yaml', text: change(RULE) }]);
  expect(rules.rules).toEqual([]);
  expect(refused.length).toBeGreaterThan(0);
  return refused.map((f) => `${f.file}:${f.line}: ${f.reason}`).join('\n');
}

describe('a rule that is wrong is refused with file, line and reason', () => {
  test.each<[string, (text: string) => string, string]>([
    ['broken YAML', (t) => t.replace('effect:', 'effect: ['), 'mine/sample.yaml:7'],
    ['a key twice', (t) => `${t}prior: 0.5\n`, 'mine/sample.yaml:26: Map keys must be unique'],
    ['an unknown key', (t) => t.replace('prior: 0.9', 'priority: 0.9'), 'Unrecognized key: "priority"'],
    ['a missing key', (t) => t.replace('prior: 0.9\n', ''), 'prior'],
    [
      'an event type that nothing emits',
      (t) => t.replace('oom_kill', 'oom_killed'),
      'mine/sample.yaml:11: causes.0.event: no event type is called oom_killed',
    ],
    ['a duration without unit', (t) => t.replace('before: 5s', 'before: 5'), 'mine/sample.yaml:14'],
    [
      'a misspelt field',
      (t) => t.replace('kill.limited_by', 'kill.limit_by'),
      'mine/sample.yaml:15: causes.0.when: No such key: limit_by',
    ],
    [
      'a comparison of different types',
      (t) => t.replace('== 3', '== "3"'),
      'mine/sample.yaml:9: effect.when: no such overload: int == string',
    ],
    [
      'a condition that is no yes or no',
      (t) => t.replace('death.exit_code == 3', 'death.exit_code'),
      'a condition must be true or false, this is int',
    ],
    [
      'a name that is not known yet',
      (t) => t.replace('death.exit_code == 3', 'kill.pid == 3'),
      'kill is not known yet at this place',
    ],
    [
      'a pattern that could backtrack',
      (t) => t.replace('kill.limited_by == "pod"', () => 'kill.comm.matches("(a+)+$")'),
      'matches() can backtrack: write re2(text, "pattern")',
    ],
    [
      'a computed pattern',
      (t) => t.replace('kill.limited_by == "pod"', 're2(kill.comm, kill.comm)'),
      'must be a literal text',
    ],
    [
      'a malformed pattern',
      (t) => t.replace('kill.limited_by == "pod"', 're2(kill.comm, "(")'),
      'the pattern of re2() is refused',
    ],
    [
      'a loop in a loop',
      (t) => t.replace('kill.limited_by == "pod"', '"[1].all(x, [2].all(y, x == y))"'),
      'inside another loop is refused',
    ],
    [
      'a condition of endless size',
      (t) => t.replace('kill.limited_by == "pod"', Array.from({ length: 200 }, () => '1 == 1').join('&&')),
      'mine/sample.yaml:15',
    ],
    [
      'a text that names nothing',
      (t) => t.replace('{kill.comm} was', '{killer.comm} was'),
      'mine/sample.yaml:17: causes.0.text: {killer.comm} names no event of this rule',
    ],
    [
      'a text with a misspelt field',
      (t) => t.replace('{kill.comm} was', '{kill.cmd} was'),
      'kill has no field cmd',
    ],
    [
      'a text with an unknown formatter',
      (t) => t.replace('{kill.comm} was', '{kill.comm|upper} was'),
      'no formatter is called upper',
    ],
    [
      'a text with a stray hole',
      (t) => t.replace('{kill.comm} was', '{kill comm} was'),
      'is not of the form',
    ],
    [
      'an alias that texts use already',
      (t) => t.replace('as: kill', 'as: subject'),
      'name the event otherwise',
    ],
    [
      'a join on a process without saying which',
      (t) => t.replace('join: container', 'join: process'),
      'needs `of`',
    ],
    [
      'a join to nobody',
      (t) => t.replace('join: container', 'join: container\n    of: nobody'),
      'nobody is not known yet',
    ],
    ['no tests', (t) => t.replace(/tests:[\s\S]*/, 'tests: []\n'), 'tests'],
    [
      'an alias bomb',
      (t) => t.replace('[https://example.org/mechanism]', '&a [x, x]').replace('A sample\n', '*a\n'),
      'mine/sample.yaml:1',
    ],
    ['a huge file', (t) => t + '#'.repeat(70_000), 'longer than'],
    ['something else altogether', () => 'just text', 'mine/sample.yaml:1'],
    ['nothing', () => '', 'mine/sample.yaml:1'],
  ])('%s', (_, change, expected) => {
    expect(refusal(change)).toContain(expected);
  });

  test('in a folded condition the line is that of the mistake', () => {
    const folded = RULE.replace(
      'when: kill.limited_by == "pod"',
      'when: |-\n      kill.limited_by == "pod" &&\n      kill.nonsense == 1',
    );
    expect(refusal(() => folded)).toContain('mine/sample.yaml:17');
  });
});

test('a good rule is taken, whatever its line ends and byte order mark', () => {
  for (const text of [RULE, RULE.replaceAll('\n', '\r\n'), `\uFEFF${RULE}`]) {
    expect(loadRules([{ path: 'a.yaml', text }]).rules.rules.map((r) => r.id)).toEqual(['sample']);
  }
});

test('a bad rule does not keep the others from running', () => {
  const { rules, refused } = loadRules([...readBuiltInRules(), { path: 'bad.yaml', text: 'kind: rule' }]);
  expect(rules.rules.length).toBe(builtInRules().rules.length);
  expect(refused.every((f) => f.file === 'bad.yaml')).toBe(true);
});

test('a user’s rule replaces the built-in one of its id; a bad one leaves it in place', () => {
  const original = readBuiltInRules().find((f) => f.path === 'oom-of-node.yaml')?.text ?? '';
  const mine = original.replace('prior: 0.95', 'prior: 0.5');
  const priorOf = (text: string): number | undefined =>
    loadRules([...readBuiltInRules(), { path: 'mine.yaml', text }]).rules.rules.find(
      (r) => r.id === 'oom-of-node',
    )?.prior;
  expect(priorOf(mine)).toBe(0.5);
  expect(priorOf(mine.replace('kill.limited_by', 'kill.nonsense'))).toBe(0.95);
});

test('the version of a rule set changes with any rule, and with nothing else', () => {
  const files = readBuiltInRules();
  const version = builtInRules().version;
  expect(loadRules([...files].reverse()).rules.version).toBe(version);
  expect(builtInRules({ path: 'mine.yaml', text: RULE }).version).not.toBe(version);
});

/** The sample beside nothing but the symptom that it explains. */
function withSymptom(text: string): ReturnType<typeof loadRules>['rules'] {
  const symptom = readBuiltInRules().filter(({ path }) => path === 'symptom-container-crash.yaml');
  return loadRules([...symptom, { path: 'mine.yaml', text }]).rules;
}

test('a later file with the same id is said to stand for the earlier one', () => {
  const other = RULE.replace('id: sample', 'id: other');
  const { replaced, rules } = loadRules([
    { path: 'a.yaml', text: RULE },
    { path: 'b.yaml', text: other },
    { path: 'c.yaml', text: RULE },
  ]);
  expect(replaced).toEqual([{ id: 'sample', path: 'a.yaml', by: 'c.yaml' }]);
  expect(rules.rules.map(({ path }) => path)).toEqual(['b.yaml', 'c.yaml']);
});

test('an embedded test that does not hold says what came instead', async () => {
  const wrong = RULE.replace('expect: silence', 'expect: { cause: sample-cause }');
  const results = await testRules(withSymptom(wrong));
  expect(results.find((r) => r.owner === 'sample')).toMatchObject({
    passed: false,
    file: 'mine.yaml',
    failures: ['expected 1 incidents, got none'],
  });
});

test('an embedded test with an event that can’t be is refused by name', async () => {
  const wrong = RULE.replace('exit_code: 0 }', 'exit_code: many, colour: red }');
  const results = await testRules(withSymptom(wrong));
  const failures = results.find((r) => r.owner === 'sample')?.failures.join('\n');
  expect(failures).toContain('container_died has no colour');
  expect(failures).toContain('exit_code must hold an integer');
});
