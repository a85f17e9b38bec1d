import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { findTool, javaMajor } from '../lib/paths.mjs';
import { run, StepError } from '../lib/run.mjs';

const lockTimeoutS = 600;
const listRetryMs = 5_000;
/** Neo4j 5 runs on Java 17 and 21. */
const leastJava = 17;

/**
 * The Debian packages whose tools are missing here.
 * @param {{ chromium: boolean }} options
 * @returns {string[]}
 */
export function missingPackages(options) {
  const tools = [
    ['clang', 'clang'],
    ['llvm-strip', 'llvm'],
    ['bpftool', 'bpftool'],
    ['clang-format', 'clang-format'],
    ['g++', 'g++'],
    ['make', 'make'],
    ['mvn', 'maven'],
    ...(options.chromium ? [['chromium', 'chromium']] : []),
  ];
  const missing = tools.flatMap(([tool = '', name = '']) => (findTool(tool) === undefined ? [name] : []));
  if (!existsSync('/usr/include/bpf/bpf_helpers.h')) missing.push('libbpf-dev');
  if (findJava() === undefined) missing.push('openjdk-17-jre-headless');
  return missing;
}

/** A Java runtime that Neo4j takes. */
export function findJava() {
  const java = findTool('java');
  if (java === undefined) return undefined;
  const major = javaMajor(java, (path) => readFileSync(path, 'utf8'));
  return major !== undefined && major >= leastJava ? java : undefined;
}

/**
 * Installs the packages.
 * @param {readonly string[]} packages
 * @param {(text: string) => void} status
 */
export async function installPackages(packages, status) {
  const install = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (findTool('apt-get') === undefined) {
    throw new StepError(`missing: ${packages.join(', ')}`, {
      advice:
        'this system has no apt-get: install the same tools with its own package manager, then run this again',
    });
  }
  if (process.getuid?.() !== 0) {
    throw new StepError(`missing: ${packages.join(', ')}`, {
      advice: `as root: apt-get update && ${install}\nthen run this again`,
    });
  }
  const options = {
    log: 'debian-packages',
    advice: `look at the log, then try by hand: ${install}`,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    status,
    append: true,
  };
  await updateLists(options);
  const lock = `DPkg::Lock::Timeout=${String(lockTimeoutS)}`;
  const names = await Promise.all(
    packages.map((name) => (name.startsWith('openjdk') ? javaPackage(name) : name)),
  );
  await run('apt-get', ['-o', lock, 'install', '-y', '--no-install-recommends', ...names], options);
}

/**
 * Refreshes the package lists. apt's time limit for locks does not cover those of the lists, so wait for them here.
 * @param {import('../lib/run.mjs').RunOptions} options
 */
async function updateLists(options) {
  const giveUpMs = performance.now() + lockTimeoutS * 1_000;
  for (;;) {
    try {
      await run('apt-get', ['update'], options);
      return;
    } catch (error) {
      const locked = error instanceof StepError && /Could not get lock|Unable to lock/.test(error.logTail());
      if (!locked || performance.now() > giveUpMs) throw error;
      options.status?.('another apt-get holds the package lists; waiting');
      await delay(listRetryMs);
    }
  }
}

/**
 * Releases after Debian 12 have a newer Java only, behind the name `default-jre-headless`.
 * @param {string} name
 */
async function javaPackage(name) {
  try {
    await run('apt-cache', ['show', '--no-all-versions', name], { log: 'debian-java', advice: '' });
    return name;
  } catch {
    return 'default-jre-headless';
  }
}
