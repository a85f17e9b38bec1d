// Levels, boundaries and cycles. Paths are relative to the folder that dependency-cruiser runs in; `import type`
// counts like any other import. setup/levels.test.mjs plants a violation of each kind and sees it found.
import { existsSync, readFileSync } from 'node:fs';

/** What each folder may import beside itself and npm packages, and why. Imports only go down. */
export const levels = {
  domain: { may: [], reason: 'level 0: the vocabulary that all others speak' },
  native: { may: [], reason: 'level 1: loads and reads BPF objects, knows no signal' },
  kube: { may: ['domain'], reason: 'level 1: API objects to events and facts, pure' },
  runtime: { may: ['domain'], reason: 'level 1: configuration, logs, health and lifecycle of services' },
  agent: {
    may: ['domain', 'native', 'kube', 'runtime'],
    reason: 'level 1: collectors, enrichment, spool, publisher',
  },
  intelligence: { may: ['domain', 'kube'], reason: 'level 2: pure functions of events and facts' },
  store: { may: ['domain'], reason: 'level 3: the only code that speaks Bolt and JetStream' },
  loader: {
    may: ['domain', 'intelligence', 'kube', 'runtime', 'store'],
    reason: 'level 3: reads the stream, writes the graph, runs the engine',
  },
  plugin: {
    may: ['domain', 'intelligence', 'kube', 'store'],
    reason: 'level 4: what people touch, in Grafana',
  },
  cli: {
    may: ['domain', 'intelligence', 'kube', 'runtime', 'store'],
    reason: 'level 4: what people touch, in a terminal',
  },
};

/** Folders without a level. Tests of every level may use the test kit and the scenarios. */
const unlevelled = {
  testkit: {
    may: ['domain'],
    reason: 'launchers, fake clock and oracle serve every test, so they know no part',
  },
};

const everywhere = ['testkit', 'scenarios', 'bench', 'deploy', 'setup'];
const tests = [String.raw`\.test\.`, '^[^/]+/test/', '^plugin/src/testing/'];
const folders = [...Object.keys(levels), ...everywhere];

const any = (names) => `^(${names.join('|')})/`;
const without = (names) => folders.filter((folder) => !names.includes(folder));

const levelRules = Object.entries({ ...levels, ...unlevelled }).flatMap(([folder, { may, reason }]) => [
  {
    name: `level-${folder}`,
    comment: `${reason}. It may import ${may.length === 0 ? 'no other folder' : may.join(', ')}.`,
    severity: 'error',
    from: { path: `^${folder}/`, pathNot: tests },
    to: { path: any(without([folder, ...may])) },
  },
  {
    name: `level-${folder}-tests`,
    comment: `Tests of ${folder} may also import the test kit and the scenarios, and nothing above ${folder}.`,
    severity: 'error',
    from: { path: [String.raw`^${folder}/.*\.test\.`, `^${folder}/test/`] },
    to: { path: any(without([folder, ...may, 'testkit', 'scenarios'])) },
  },
]);

/** The files that a package's `exports` name: all that others may see of it. */
function publicFiles() {
  return folders.flatMap((folder) => {
    const path = `${folder}/package.json`;
    if (!existsSync(path)) return [];
    const collect = (value) =>
      typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(collect);
    return collect(JSON.parse(readFileSync(path, 'utf8')).exports).map((file) => file.replace(/^\./, folder));
  });
}

const escaped = (path) => path.replaceAll('.', String.raw`\.`);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...levelRules,
    {
      name: 'no-cycle',
      comment: 'Parts of a cycle can neither be understood nor tested alone. Types count.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-deep-import',
      comment:
        "Another package is what its package.json exports, imported by its name; the rest is that package's own.",
      severity: 'error',
      from: { path: `^(${folders.join('|')})/` },
      to: { path: any(folders), pathNot: ['^$1/', `^(${publicFiles().map(escaped).join('|')})$`] },
    },
    {
      name: 'no-relative-import-of-a-package',
      comment: 'A path across folders hides from package.json what is used.',
      severity: 'error',
      from: { path: `^(${folders.join('|')})/` },
      to: { path: any(folders), pathNot: '^$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'Not there, or not exported: @tapio/NAME/src/... is refused by the exports of the package.',
      severity: 'error',
      from: {},
      // Grafana's loader provides amd-module in the browser.
      to: { couldNotResolve: true, pathNot: '^amd-module$' },
    },
    {
      name: 'no-node-module',
      comment:
        'Runs in a browser too, or is pure: no file, clock, process or socket. Scripts beside a package are no part of it.',
      severity: 'error',
      from: {
        path: '^(domain|kube|intelligence|plugin/src)/',
        pathNot: [...tests, String.raw`^intelligence/[^/]+\.(?:mjs|ts)$`],
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'collectors-are-independent',
      comment: 'A collector can be switched off or removed alone; what two share is in collectors/shared.',
      severity: 'error',
      from: { path: '^agent/src/collectors/([^/]+)/', pathNot: tests },
      to: { path: '^agent/src/collectors/[^/]+/', pathNot: '^agent/src/collectors/($1|shared)/' },
    },
    {
      name: 'shared-collector-code-knows-no-collector',
      comment: 'Otherwise collectors would meet there.',
      severity: 'error',
      from: { path: '^agent/src/collectors/shared/', pathNot: tests },
      to: { path: '^agent/src/collectors/', pathNot: '^agent/src/collectors/shared/' },
    },
    {
      name: 'plugin-sdk-stands-alone',
      comment: 'The backend SDK knows nothing of Tapio and could be published alone.',
      severity: 'error',
      from: { path: '^plugin/backend/sdk/', pathNot: tests },
      to: { path: any(folders), pathNot: '^plugin/backend/sdk/' },
    },
    {
      name: 'plugin-halves-are-apart',
      comment:
        'The frontend runs in a browser, the backend in Node.js; they meet in what Grafana carries between them.',
      severity: 'error',
      from: { path: '^plugin/src/', pathNot: tests },
      to: { path: '^plugin/backend/' },
    },
    {
      name: 'no-test-in-production',
      comment: 'Code that ships does not depend on tests.',
      severity: 'error',
      from: { pathNot: tests },
      to: { path: tests },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: String.raw`(^|/)(dist|build|coverage|\.tapio)/|\.gen\.ts$` },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mts', '.d.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
