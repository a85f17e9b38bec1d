import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { withLock } from '../lib/lock.mjs';
import { machineDir, root } from '../lib/paths.mjs';
import { run, StepError } from '../lib/run.mjs';
import { findJava } from './debian.mjs';

const source = join(root, 'testkit', 'neo4j');
const home = join(machineDir, 'neo4j');
const lib = join(home, 'lib');
const launcher = join(lib, 'tapio-neo4j.jar');
const archive = join(home, 'classes.jsa');
const trainingTimeoutMs = 180_000;

/** What must be there for the server to start. */
export const neo4jProducts = [launcher];

/**
 * @typedef {object} Neo4jTool
 * @property {string} java
 * @property {string} classPath
 * @property {string} [archive] classes that Java maps instead of loading and verifying them (CDS)
 * @property {string} version
 */

/** @returns {Neo4jTool} */
export function neo4jTool() {
  const java = usableJava();
  const version = /<artifactId>neo4j<\/artifactId>\s*<version>([^<]+)</.exec(
    readFileSync(join(source, 'pom.xml'), 'utf8'),
  )?.[1];
  const jars = existsSync(lib)
    ? readdirSync(lib).filter((name) => name.endsWith('.jar') && !isCompiler(name))
    : [];
  return {
    java,
    classPath: jars
      .sort()
      .map((name) => join(lib, name))
      .join(delimiter),
    ...(existsSync(archive) ? { archive } : {}),
    version: version ?? 'unknown',
  };
}

/**
 * Copies Neo4j's published jars here, compiles the launcher beside them and archives the classes of a first start,
 * which halves the processor time of every later one. Maven's local repository is shared by all clones and takes no
 * two writers, hence the lock there.
 * @param {(text: string) => void} status
 * @returns {Promise<Neo4jTool>}
 */
export async function provideNeo4j(status) {
  const java = usableJava();
  const fresh = `${home}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  await copyJars(join(fresh, 'lib'), status);
  await compileLauncher(java, join(fresh, 'lib'), status);
  rmSync(home, { recursive: true, force: true });
  renameSync(fresh, home);
  status('starting Neo4j once to archive its classes');
  await archiveClasses();
  return neo4jTool();
}

function usableJava() {
  const java = findJava();
  if (java === undefined) {
    throw new StepError('no Java 17 or newer', {
      advice: 'install openjdk-17-jre-headless, then run this again',
    });
  }
  return java;
}

/** @param {string} jar */
function isCompiler(jar) {
  return jar.startsWith('ecj-');
}

/**
 * @param {string} folder
 * @param {(text: string) => void} status
 */
async function copyJars(folder, status) {
  const advice = 'check that Maven Central is reachable; then run this again';
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`];
  const copy = () =>
    run('mvn', ['--batch-mode', '--no-transfer-progress', ...goal], {
      log: 'neo4j-maven',
      advice,
      cwd: source,
      status,
    });
  await withLock(join(homedir(), '.m2', 'tapio.lock'), copy, () => {
    status('another set-up uses the Maven repository; waiting');
  });
}

/**
 * @param {string} java
 * @param {string} folder
 * @param {(text: string) => void} status
 */
async function compileLauncher(java, folder, status) {
  const jars = readdirSync(folder).map((name) => join(folder, name));
  const compiler = readdirSync(folder).find(isCompiler);
  if (compiler === undefined) {
    throw new StepError('Maven copied no ecj jar', {
      advice: 'remove ~/.m2/repository/org/eclipse/jdt, then try again',
    });
  }
  const classes = join(folder, '..', 'classes');
  const options = { log: 'neo4j-compile', advice: 'look at the log', status };
  const target = ['--release', '17', '-cp', jars.join(delimiter), '-d', classes];
  const files = ['TapioNeo4j.java', 'MakeJar.java'].map((name) => join(source, name));
  await run(java, ['-jar', join(folder, compiler), ...target, ...files], options);
  const entry = [join(folder, 'tapio-neo4j.jar'), join(classes, 'TapioNeo4j.class')];
  await run(java, ['-cp', classes, 'MakeJar', ...entry], { ...options, append: true });
}

/** Starts the server on a throw-away store and stops it. Without an archive it only starts more slowly. */
async function archiveClasses() {
  const { java, classPath } = neo4jTool();
  const folder = join(home, 'training');
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'neo4j.conf');
  writeFileSync(
    config,
    'server.bolt.enabled=true\nserver.bolt.listen_address=127.0.0.1:0\ndb.tx_log.preallocate=false\n',
  );
  const server = spawn(
    java,
    [
      '-Xmx512m',
      '-XX:+UseSerialGC',
      `-XX:ArchiveClassesAtExit=${archive}`,
      '-cp',
      classPath,
      'TapioNeo4j',
      folder,
      config,
    ],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, TAPIO_NEO4J_USER: 'neo4j', TAPIO_NEO4J_PASSWORD: 'only-for-training' },
    },
  );
  const ended = once(server, 'exit');
  const giveUp = setTimeout(() => server.kill('SIGKILL'), trainingTimeoutMs);
  server.stdout.setEncoding('utf8');
  server.stdout.on('data', (/** @type {string} */ text) => {
    if (text.includes('tapio-neo4j: ready')) server.kill('SIGTERM');
  });
  const [, signal] = await ended;
  clearTimeout(giveUp);
  if (signal !== null) rmSync(archive, { force: true });
  rmSync(folder, { recursive: true, force: true });
}
