import { expect, test } from 'vitest';
import { EXIT } from './exit-codes.ts';
import { runProgram } from './program.ts';

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
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

test('help names the commands and the exit codes', async () => {
  const { code, out } = await run('--help');
  expect(code).toBe(EXIT.ok);
  for (const word of ['why', 'incidents', 'show', 'doctor', 'Exit codes', '--neo4j-url'])
    expect(out).toContain(word);
});

test.each([
  [['wat']],
  [['why']],
  [['why', 'a b']],
  [['why', 'x', '--jsn']],
  [['show', '7']],
  [['incidents', '--limit', '0']],
  [['incidents', '--open', '--all']],
])('%j is refused with 2 and a reason', async (args) => {
  const { code, err } = await run(...args);
  expect(code).toBe(EXIT.usage);
  expect(err).not.toBe('');
});

test('without a password it says what to set', async () => {
  const { code, err } = await run('why', 'checkout-1');
  expect(code).toBe(EXIT.usage);
  expect(err).toContain('TAPIO_NEO4J_PASSWORD');
});

test('a graph that is not there is a failure that names the doctor', async () => {
  const { code, err } = await run('incidents', '--neo4j-url', 'bolt://127.0.0.1:1', '--neo4j-password', 'x');
  expect(code).toBe(EXIT.failed);
  expect(err).toContain('tapio doctor');
}, 30_000);
