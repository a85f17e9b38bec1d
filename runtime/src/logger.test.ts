import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLogger } from './logger.ts';

test('a line is JSON with level by name, time, and the error with its stack; lower levels are left out', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tapio-log-'));
  const fd = openSync(join(directory, 'log'), 'w');
  const log = createLogger('agent', 'info', fd);
  log.debug('left out');
  log.warn({ port: 1, error: new Error('broken') }, 'listening');
  closeSync(fd);
  const lines = readFileSync(join(directory, 'log'), 'utf8').trim().split('\n');
  rmSync(directory, { recursive: true });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    name: 'agent',
    level: 'warn',
    msg: 'listening',
    port: 1,
    error: { message: 'broken' },
  });
});
