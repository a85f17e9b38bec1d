import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './lib/paths.mjs';

const packages = [
  'domain',
  'native',
  'kube',
  'runtime',
  'agent',
  'intelligence',
  'store',
  'loader',
  'cli',
  'testkit',
];

/** Allowed imports, which must stay unreported. */
const clean = {
  'domain/src/index.ts': "export { one } from './one.ts';\nexport type { One } from './one.ts';\n",
  'domain/src/one.ts': 'export const one = 1;\nexport type One = 1;\n',
  'kube/src/index.ts': "import { one } from '@tapio/domain';\nexport const two = one + 1;\n",
  'native/src/index.ts': 'export const native = 1;\n',
  'runtime/src/index.ts': "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n",
  'agent/src/index.ts': "export { memory } from './collectors/memory/collector.ts';\n",
  'agent/src/collectors/memory/collector.ts':
    "import { shared } from '../shared/ring.ts';\nimport { native } from '@tapio/native';\nexport const memory = shared + native;\n",
  'agent/src/collectors/process/collector.ts': 'export const process = 1;\n',
  'agent/src/collectors/shared/ring.ts': 'export const shared = 1;\n',
  'agent/src/agent.test.ts':
    "import { two } from '@tapio/kube';\nimport { launch } from '@tapio/testkit';\nexport const tested = [two, launch];\n",
  'intelligence/src/index.ts': "import type { One } from '@tapio/domain';\nexport const rule: One = 1;\n",
  'store/src/index.ts': "export { one } from '@tapio/domain';\n",
  'loader/src/index.ts': "export { one } from '@tapio/store';\nexport { rule } from '@tapio/intelligence';\n",
  'cli/src/index.ts': "export { one } from '@tapio/store';\n",
  'testkit/src/index.ts': 'export const launch = 1;\n',
};

/** One forbidden import each: file, its content, the rule that must report it. */
const planted = [
  [
    'upward import by package name',
    'domain/src/up.ts',
    "export { two } from '@tapio/kube';\n",
    'level-domain',
  ],
  [
    'upward import of types only',
    'kube/src/up.ts',
    "import type { one } from '@tapio/store';\nexport type A = typeof one;\n",
    'level-kube',
  ],
  [
    'import beside the allow-list',
    'store/src/side.ts',
    "export { rule } from '@tapio/intelligence';\n",
    'level-store',
  ],
  [
    'test kit in production code',
    'store/src/kit.ts',
    "export { launch } from '@tapio/testkit';\n",
    'level-store',
  ],
  [
    'upward import in a test',
    'domain/src/up.test.ts',
    "export { two } from '@tapio/kube';\n",
    'level-domain-tests',
  ],
  [
    'deep import by package name',
    'cli/src/deep.ts',
    "export { one } from '@tapio/domain/src/one.ts';\n",
    'no-unresolvable',
  ],
  [
    'deep import by path',
    'loader/src/deep.ts',
    "export { one } from '../../domain/src/one.ts';\n",
    'no-deep-import',
  ],
  [
    'public file by path',
    'loader/src/path.ts',
    "export { one } from '../../domain/src/index.ts';\n",
    'no-relative-import-of-a-package',
  ],
  [
    'node: module in domain',
    'domain/src/file.ts',
    "export { readFileSync } from 'node:fs';\n",
    'no-node-module',
  ],
  [
    'node: module without its prefix',
    'kube/src/file.ts',
    "export { readFileSync } from 'fs';\n",
    'no-node-module',
  ],
  [
    'node: types in intelligence',
    'intelligence/src/file.ts',
    "import type { Stats } from 'node:fs';\nexport type S = Stats;\n",
    'no-node-module',
  ],
  [
    'collector that imports another',
    'agent/src/collectors/process/other.ts',
    "export { memory } from '../memory/collector.ts';\n",
    'collectors-are-independent',
  ],
  [
    'shared code that imports a collector',
    'agent/src/collectors/shared/other.ts',
    "export { process } from '../process/collector.ts';\n",
    'shared-collector-code-knows-no-collector',
  ],
  [
    'production code that imports a test',
    'agent/src/uses-test.ts',
    "export { tested } from './agent.test.ts';\n",
    'no-test-in-production',
  ],
  ['import of an absent file', 'cli/src/absent.ts', "export { gone } from './gone.ts';\n", 'no-unresolvable'],
];

const cycle = {
  'cli/src/cycle-a.ts': "import type { B } from './cycle-b.ts';\nexport type A = B[];\n",
  'cli/src/cycle-b.ts': "import type { A } from './cycle-a.ts';\nexport type B = A | 1;\n",
};

let folder = '';
/** @type {Map<string, Set<string>>} rules that each file broke */
const reported = new Map();

/** @param {Record<string, string>} files */
function write(files) {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tapio-levels-'));
  mkdirSync(join(folder, 'node_modules', '@tapio'), { recursive: true });
  for (const name of packages) {
    write({
      [`${name}/package.json`]: JSON.stringify({
        name: `@tapio/${name}`,
        type: 'module',
        exports: { '.': './src/index.ts' },
      }),
    });
    symlinkSync(join(folder, name), join(folder, 'node_modules', '@tapio', name));
  }
  write({
    'package.json': JSON.stringify({ private: true, type: 'module', workspaces: packages }),
    'tsconfig.json': JSON.stringify({
      compilerOptions: { module: 'nodenext', allowImportingTsExtensions: true },
    }),
    ...clean,
    ...Object.fromEntries(planted.map(([, path = '', content = '']) => [path, content])),
    ...cycle,
  });
  const command = join(root, 'node_modules', '.bin', 'depcruise');
  const config = join(root, '.dependency-cruiser.mjs');
  const { stdout } = await promisify(execFile)(
    command,
    ['--config', config, '--output-type', 'json', ...packages],
    {
      cwd: folder,
      maxBuffer: 64 * 1024 * 1024,
    },
  ).catch((error) => error);
  for (const { from, rule } of JSON.parse(stdout).summary.violations) {
    reported.set(from, (reported.get(from) ?? new Set()).add(rule.name));
  }
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the level check', () => {
  it.each(planted)('reports: %s', (_kind, path, _content, rule) => {
    expect([...(reported.get(path) ?? [])]).toContain(rule);
  });

  it('reports a cycle, also one of types only', () => {
    expect([
      ...(reported.get('cli/src/cycle-a.ts') ?? []),
      ...(reported.get('cli/src/cycle-b.ts') ?? []),
    ]).toContain('no-cycle');
  });

  it('reports nothing in a clean file', () => {
    expect(Object.keys(clean).filter((path) => reported.has(path))).toEqual([]);
  });
});
