import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@tapio/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ComposeProject, remainsOfProject } from './project.ts';

let dir: string;
const path = process.env['PATH'];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tapio-compose-'));
});
afterEach(() => {
  process.env['PATH'] = path;
  rmSync(dir, { recursive: true, force: true });
});

/** A docker that notes what it was asked, in which project, and then does what a script says. */
function docker(script: string): void {
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  const note = `echo "$COMPOSE_PROJECT_NAME|$TAPIO_NODE|$*" >> ${join(dir, 'calls')}`;
  writeFileSync(join(bin, 'docker'), `#!/bin/sh\n${note}\n${script}\n`, { mode: 0o755 });
  process.env['PATH'] = `${bin}:/usr/bin:/bin`;
}

/** What docker was asked, without the file that it is always told. */
function calls(): string[] {
  const text = readFileSync(join(dir, 'calls'), 'utf8').trim();
  return text.split('\n').map((line) => line.replace(/--file \S+docker-compose\.yml /, ''));
}

const output = (): number => openSync(join(dir, 'output'), 'a');

test('compose is told the project and its settings by the environment, and its progress goes where it is to go', async () => {
  docker('echo building; echo building further >&2');
  const project = new ComposeProject('tapio-1-2', { TAPIO_NODE: 'n1' });
  const never = new AbortController().signal;
  expect(await project.up({ outputFd: output(), signal: never })).toBe(true);
  await project.down({ keepVolumes: false });
  await project.down({ keepVolumes: true });
  expect(calls()).toEqual([
    'tapio-1-2|n1|compose up --build --detach',
    'tapio-1-2|n1|compose down --remove-orphans --timeout 15 --volumes',
    'tapio-1-2|n1|compose down --remove-orphans --timeout 15',
  ]);
  expect(readFileSync(join(dir, 'output'), 'utf8')).toBe('building\nbuilding further\n');
});

test('that it did not come up is told', async () => {
  docker('exit 17');
  const project = new ComposeProject('tapio-1-2', {});
  expect(await project.up({ outputFd: output(), signal: new AbortController().signal })).toBe(false);
});

test('a stop while it comes up interrupts compose and waits for its end', async () => {
  docker("trap 'sleep 0.2; echo interrupted; exit 130' INT; echo building; while :; do sleep 0.05; done");
  const abort = new AbortController();
  const up = new ComposeProject('tapio-1-2', {}).up({ outputFd: output(), signal: abort.signal });
  await waitFor(() => readFileSync(join(dir, 'output'), 'utf8').includes('building'), {
    describe: 'compose to run',
    timeoutMs: 10_000,
  });
  abort.abort(new Error('stopped'));
  await expect(up).rejects.toThrow('stopped');
  expect(readFileSync(join(dir, 'output'), 'utf8')).toContain('interrupted');
});

test('a failed command says what compose said', async () => {
  docker('echo "no such service: agent" >&2; exit 1');
  const project = new ComposeProject('tapio-1-2', {});
  await expect(project.readFile('agent', '/x')).rejects.toThrow('no such service: agent');
});

test('what the engine still has of a project is named with the command that removes it', async () => {
  docker('case "$1" in ps) printf "c1\\nc2\\n";; volume) echo v1;; esac');
  const remains = await remainsOfProject('tapio-1-2', false);
  expect(remains).toEqual([
    'containers c1, c2: "docker compose --project-name tapio-1-2 down --volumes" removes that',
    'volume v1: "docker compose --project-name tapio-1-2 down --volumes" removes that',
  ]);
  expect(await remainsOfProject('tapio-1-2', true)).toEqual(remains.slice(0, 1));
  for (const call of calls()) expect(call).toContain('--filter label=com.docker.compose.project=tapio-1-2');
});
