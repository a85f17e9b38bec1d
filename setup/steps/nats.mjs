import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findTool, machineDir } from '../lib/paths.mjs';
import { run, StepError } from '../lib/run.mjs';

/** The release that is built from source, and the Go that its go.mod asks for. */
export const natsVersion = '2.15.2';
const leastGo = [1, 26];
/** The first release with `sync_interval: always`. */
const leastNats = [2, 10];

const builtNats = join(machineDir, 'bin', 'nats-server');
const unpackedNats = join(machineDir, 'nats-deb', 'usr', 'sbin', 'nats-server');

/**
 * @typedef {object} NatsServer
 * @property {string} path
 * @property {string} version
 * @property {string} origin
 */

/**
 * Finds or makes a nats-server: one on PATH, one built by Go, Debian's package unpacked without being installed (so
 * that no service starts).
 * @param {(text: string) => void} status
 * @returns {Promise<NatsServer>}
 */
export async function provideNats(status) {
  const onPath = findTool('nats-server', [join(process.env['HOME'] ?? '', 'go', 'bin')]);
  const found = onPath === undefined ? undefined : describe(onPath, 'found on PATH');
  if (found !== undefined && atLeast(found.version, leastNats)) return found;

  const go = findTool('go', ['/usr/local/go/bin']);
  if (go !== undefined && atLeast(goVersion(go), leastGo)) {
    mkdirSync(join(machineDir, 'bin'), { recursive: true });
    try {
      await run(go, ['install', `github.com/nats-io/nats-server/v2@v${natsVersion}`], {
        log: 'nats-go',
        advice: 'check that the Go module proxy is reachable',
        env: { GOBIN: join(machineDir, 'bin'), GOTOOLCHAIN: 'local', GOFLAGS: '', CGO_ENABLED: '0' },
        status,
      });
      const built = describe(builtNats, `built with ${go}`);
      if (built !== undefined) return built;
    } catch (error) {
      if (!(error instanceof StepError) || findTool('apt-get') === undefined) throw error;
      status("the build failed; taking Debian's package");
    }
  }
  return unpackDebian(status);
}

/** @param {(text: string) => void} status */
async function unpackDebian(status) {
  const advice = `put a nats-server of version 2.10 or newer on PATH (or Go ${leastGo.join('.')}), then run this again`;
  if (findTool('apt-get') === undefined) {
    throw new StepError('no nats-server, no Go and no apt-get here', { advice });
  }
  const folder = join(machineDir, 'nats-deb');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const options = { log: 'nats-debian', advice, cwd: folder, status, append: true };
  await run('apt-get', ['download', 'nats-server'], options);
  const [archive] = readdirSync(folder).filter((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new StepError('apt-get download left no package', { advice });
  await run('dpkg', ['-x', archive, folder], options);
  const unpacked = describe(unpackedNats, "unpacked from Debian's package");
  if (unpacked === undefined) throw new StepError(`${unpackedNats} does not start`, { advice });
  return unpacked;
}

/**
 * @param {string} path
 * @param {string} origin
 * @returns {NatsServer | undefined}
 */
function describe(path, origin) {
  try {
    const printed = execFileSync(path, ['--version'], { encoding: 'utf8' });
    const version = /v?(\d+\.\d+\.\d+)/.exec(printed)?.[1];
    return version === undefined ? undefined : { path, version, origin };
  } catch {
    return undefined;
  }
}

/** @param {string} go */
function goVersion(go) {
  return (
    /go(\d+(?:\.\d+)*)/.exec(
      execFileSync(go, ['version'], { encoding: 'utf8', env: { ...process.env, GOTOOLCHAIN: 'local' } }),
    )?.[1] ?? '0'
  );
}

/**
 * @param {string} version
 * @param {readonly number[]} least
 */
export function atLeast(version, least) {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10));
  for (const [index, wanted] of least.entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}
