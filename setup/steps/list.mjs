import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { findTool, machineDir, root } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';
import { contentHash, inputFiles, Stamps } from '../lib/stamp.mjs';
import { readTools, recordTool } from '../lib/tools.mjs';
import { installPackages, missingPackages } from './debian.mjs';
import { natsVersion, provideNats } from './nats.mjs';
import { neo4jProducts, neo4jTool, provideNeo4j } from './neo4j.mjs';
import { installNpmPackages, packagesInstalled, toolTrouble } from './npm.mjs';

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {() => string | undefined} current why nothing is to be done, or undefined when there is work
 * @property {(status: (text: string) => void) => Promise<string>} work does it, gives a note
 */

const stamps = new Stamps(join(machineDir, 'stamps'));

/** Folders with a Makefile that builds what the rest needs, in order. */
const madeFolders = ['bpf', 'native', 'testkit/trigger', 'scenarios'];

/** Sources of the make targets; generated headers are no inputs. */
const madeSource = /(\.(c|h|cc|mjs)|\/Makefile)$/;
const generatedHeader = /(vmlinux|\.skel)\.h$/;

/**
 * The steps of a command, in order.
 * @param {{ chromium: boolean }} options
 * @returns {Step[]}
 */
export function steps(options) {
  const made = madeFolders.filter((folder) => existsSync(join(root, folder, 'Makefile')));
  const plugin = pluginBuilds() ? [pluginStep()] : [];
  return [debianStep(options), npmStep, ...made.map(makeStep), agentStep, natsStep, neo4jStep, ...plugin];
}

/** @param {{ chromium: boolean }} options @returns {Step} */
function debianStep(options) {
  return {
    name: 'system packages',
    current: () => (missingPackages(options).length === 0 ? 'all there' : undefined),
    work: async (status) => {
      const packages = missingPackages(options);
      await installPackages(packages, status);
      return packages.join(' ');
    },
  };
}

/** @type {Step} */
const npmStep = {
  name: 'npm packages',
  current: () => (packagesInstalled(root) && toolTrouble() === undefined ? 'as locked' : undefined),
  work: async (status) => {
    await installNpmPackages(status);
    return 'as locked';
  },
};

/** @param {string} folder @returns {Step} */
function makeStep(folder) {
  const name = `make ${folder}`;
  const stamp = `make-${folder.replaceAll('/', '-')}`;
  const products = [join(root, folder, 'build')];
  const hash = () => {
    const files = inputFiles(root, ['bpf', folder]).filter(
      (file) => madeSource.test(file) && !generatedHeader.test(file),
    );
    return contentHash(root, files, [release()]);
  };
  return {
    name,
    current: () => (stamps.isCurrent(stamp, hash(), products) ? 'unchanged' : undefined),
    work: async (status) => {
      const before = hash();
      const advice = `mend what the compiler names, or try by hand: make -C ${folder}`;
      await run('make', ['-C', folder], { log: stamp, advice, status });
      stamps.write(stamp, before);
      return '';
    },
  };
}

/** What runs it bundles it anew (docs/adr/0005); this is for a node, and finds what can't be bundled early. */
/** @type {Step} */
const agentStep = {
  name: 'agent',
  current: () =>
    stamps.isCurrent('agent', agentHash(), [join(root, 'agent', 'dist')]) ? 'unchanged' : undefined,
  work: async (status) => {
    const before = agentHash();
    const advice = 'mend what the build names, or try by hand: npm run build -w agent';
    await run('npm', ['run', 'build', '-w', 'agent'], { log: 'agent', advice, status });
    stamps.write('agent', before);
    return '';
  },
};

function agentHash() {
  const inputs = ['agent', 'domain', 'kube', 'runtime', 'package-lock.json'];
  return contentHash(
    root,
    inputFiles(root, inputs).filter((file) => !file.includes('.test.')),
  );
}

/** @type {Step} */
const natsStep = {
  name: 'nats-server',
  current: () => {
    const tool = /** @type {import('./nats.mjs').NatsServer | undefined} */ (readTools()['natsServer']);
    if (tool === undefined || !stamps.isCurrent('nats', natsHash(), [tool.path])) return undefined;
    return `${tool.version}, ${tool.origin}`;
  },
  work: async (status) => {
    const tool = await provideNats(status);
    recordTool('natsServer', tool);
    stamps.write('nats', natsHash());
    return `${tool.version}, ${tool.origin}`;
  },
};

function natsHash() {
  return contentHash(
    root,
    [],
    [natsVersion, findTool('nats-server') ?? '', findTool('go', ['/usr/local/go/bin']) ?? ''],
  );
}

/** @type {Step} */
const neo4jStep = {
  name: 'neo4j',
  current: () => (stamps.isCurrent('neo4j', neo4jHash(), neo4jProducts) ? neo4jNote() : undefined),
  work: async (status) => {
    recordTool('neo4j', await provideNeo4j(status));
    stamps.write('neo4j', neo4jHash());
    return neo4jNote();
  },
};

function neo4jHash() {
  return contentHash(root, inputFiles(root, ['testkit/neo4j']), [neo4jTool().java]);
}

function neo4jNote() {
  const { version, java } = neo4jTool();
  return `${version} on ${java}`;
}

function pluginBuilds() {
  const path = join(root, 'plugin', 'package.json');
  return existsSync(path) && JSON.parse(readFileSync(path, 'utf8')).scripts?.build !== undefined;
}

/** @returns {Step} */
function pluginStep() {
  const hash = () =>
    contentHash(
      root,
      inputFiles(root, ['plugin', 'domain', 'store', 'package-lock.json']).filter(
        (file) => !file.includes('.test.'),
      ),
    );
  return {
    name: 'grafana plugin',
    current: () =>
      stamps.isCurrent('plugin', hash(), [join(root, 'plugin', 'dist')]) ? 'unchanged' : undefined,
    work: async (status) => {
      const before = hash();
      const advice = 'mend what the build names, or try by hand: npm run build -w plugin';
      await run('npm', ['run', 'build', '-w', 'plugin'], { log: 'plugin', advice, status });
      stamps.write('plugin', before);
      return '';
    },
  };
}
