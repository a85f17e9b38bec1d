import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildAgent } from '@tapio/agent/build';
import { repositoryRoot } from '@tapio/testkit';
import { beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const source = join(repositoryRoot, 'agent', 'src', 'main.ts');
const options = ['--print-config', '--cluster', 'test', '--node', 'n1'];

describe('the bundled agent', () => {
  let script: string;

  beforeAll(async () => {
    script = await buildAgent();
  });

  test('runs in a Node.js that may not strip types, with the configuration of the sources', async () => {
    const bundled = await run(process.execPath, ['--no-strip-types', script, ...options]);
    const fromSource = await run(process.execPath, [source, ...options]);
    expect(bundled.stdout).toBe(fromSource.stdout);
    await expect(run(process.execPath, ['--no-strip-types', source, ...options])).rejects.toThrow(
      'ERR_UNKNOWN_FILE_EXTENSION',
    );
  });

  test('finds the addon beside the repository’s compiled one', async () => {
    const outside = [...(await readFile(script, 'utf8')).matchAll(/import\("(\.[^"]+)"\)/g)];
    expect(outside.map(([, path]) => path)).toEqual(['../../native/index.js']);
    for (const [, path = ''] of outside) await access(join(dirname(script), path));
  });

  test('runs with a bounded young generation and one malloc arena', async () => {
    const hook = "process.on('exit', () => console.error(process.execArgv[0], process.env.MALLOC_ARENA_MAX))";
    const { stderr } = await run(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, script, ...options],
      { env: { PATH: process.env['PATH'] } },
    );
    expect(stderr).toBe('--max-semi-space-size=8 1\n');
  });
});
