import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { withLock } from '../lib/lock.mjs';
import { machineDir, root } from '../lib/paths.mjs';
import { run, StepError } from '../lib/run.mjs';
import { findJava } from './debian.mjs';

const source = join(root, 'testkit', 'neo4j');
const home = join(machineDir, 'neo4j');
const lib = join(home, 'lib');
const classes = join(home, 'classes');

/** What must be there for the server to start. */
export const neo4jProducts = [lib, join(classes, 'TapioNeo4j.class')];

/**
 * The Java runtime and class path to start Neo4j with.
 * @returns {{ java: string, classPath: string, version: string }}
 */
export function neo4jTool() {
  const java = findJava();
  if (java === undefined) {
    throw new StepError('no Java 17 or newer', {
      advice: 'install openjdk-17-jre-headless, then run this again',
    });
  }
  const version = /<artifactId>neo4j<\/artifactId>\s*<version>([^<]+)</.exec(
    readFileSync(join(source, 'pom.xml'), 'utf8'),
  )?.[1];
  return { java, classPath: [classes, join(lib, '*')].join(delimiter), version: version ?? 'unknown' };
}

/**
 * Copies Neo4j's published jars here and compiles the launcher beside them. Maven's local repository is shared by all
 * clones and takes no two writers, hence the lock there.
 * @param {(text: string) => void} status
 */
export async function provideNeo4j(status) {
  const { java } = neo4jTool();
  const fresh = `${home}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const advice = 'check that Maven Central is reachable; then run this again';
  const copy = () =>
    run(
      'mvn',
      [
        '--batch-mode',
        '--no-transfer-progress',
        'dependency:copy-dependencies',
        '-DincludeScope=runtime',
        `-DoutputDirectory=${join(fresh, 'lib')}`,
      ],
      { log: 'neo4j-maven', advice, cwd: source, status },
    );
  await withLock(join(homedir(), '.m2', 'tapio.lock'), copy, () => {
    status('another set-up uses the Maven repository; waiting');
  });

  const jars = readdirSync(join(fresh, 'lib')).filter((name) => name.endsWith('.jar'));
  const compiler = jars.find((name) => name.startsWith('ecj-'));
  if (compiler === undefined) throw new StepError('Maven copied no ecj jar', { advice });
  await run(
    java,
    [
      '-jar',
      join(fresh, 'lib', compiler),
      '--release',
      '17',
      '-cp',
      jars.map((name) => join(fresh, 'lib', name)).join(delimiter),
      '-d',
      join(fresh, 'classes'),
      join(source, 'TapioNeo4j.java'),
    ],
    { log: 'neo4j-compile', advice: 'look at the log', status },
  );
  rmSync(home, { recursive: true, force: true });
  renameSync(fresh, home);
}
