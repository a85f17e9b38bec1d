import { mkdirSync, mkdtempSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { findRunningStack } from './discovery.ts';

let runs: string;
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'tapio-cli-runs-'));
});

const stat = readFileSync('/proc/self/stat', 'utf8');
const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';

function addRun(name: string, cluster: string, process_: { pid: number; startTicks: string }): string {
  const path = join(runs, name);
  mkdirSync(path);
  writeFileSync(join(path, 'run.json'), JSON.stringify({ process: process_ }));
  writeFileSync(
    join(path, 'connection.json'),
    JSON.stringify({
      cluster,
      neo4jUrl: 'bolt://127.0.0.1:1',
      neo4jUser: 'neo4j',
      neo4jPassword: 'p',
      neo4jDatabase: 'neo4j',
      natsUrl: 'nats://127.0.0.1:2',
      agentUrl: 'http://127.0.0.1:3',
      loaderUrl: 'http://127.0.0.1:4',
    }),
  );
  return path;
}

test('no folder, no running stack', () => {
  expect(findRunningStack(join(runs, 'absent'))).toBeUndefined();
});

test('the newest run that is alive is taken', () => {
  const old = addRun('a', 'older', { pid: process.pid, startTicks });
  utimesSync(join(old, 'connection.json'), 1, 1);
  addRun('b', 'newer', { pid: process.pid, startTicks });
  expect(findRunningStack(runs)?.cluster).toBe('newer');
});

test('a run whose process is gone, or is another one with its pid, is not taken', () => {
  addRun('a', 'gone', { pid: 2 ** 22 + 1, startTicks });
  addRun('b', 'another', { pid: process.pid, startTicks: '1' });
  expect(findRunningStack(runs)).toBeUndefined();
});

test('a damaged file is passed over', () => {
  addRun('a', 'good', { pid: process.pid, startTicks });
  writeFileSync(join(addRun('b', 'bad', { pid: process.pid, startTicks }), 'connection.json'), '{');
  expect(findRunningStack(runs)?.cluster).toBe('good');
});
