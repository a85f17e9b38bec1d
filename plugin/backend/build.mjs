// Bundles a plugin backend into one script and puts a launcher per platform beside it.
//   node plugin/backend/build.mjs [--entry FILE] [--out FOLDER] [--executable NAME]
// Other files of the output folder are left alone: the frontend's build owns them.
import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));

/** Grafana runs `<executable>_<goos>_<goarch>`. The launcher is a shell script, so that there is none for Windows. */
const PLATFORMS = ['linux_amd64', 'linux_arm64', 'darwin_amd64', 'darwin_arm64'];

export const DEFAULTS = {
  entry: join(here, 'main.ts'),
  out: join(here, '..', 'dist'),
  executable: 'gpx_tapio',
};

/**
 * @param {{ entry?: string, out?: string, executable?: string }} [options]
 * @returns {Promise<{ script: string, launchers: string[] }>} the files written
 */
export async function buildBackend(options = {}) {
  const { entry, out, executable } = { ...DEFAULTS, ...options };
  await mkdir(out, { recursive: true });
  const script = join(out, 'backend.cjs');
  await build({
    entryPoints: [entry],
    outfile: script,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    keepNames: true,
    legalComments: 'external',
    logLevel: 'warning',
  });
  const launchers = PLATFORMS.map((platform) => join(out, `${executable}_${platform}`));
  for (const launcher of launchers) {
    await copyFile(join(here, 'launcher.sh'), launcher);
    await chmod(launcher, 0o755);
  }
  return { script, launchers };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { entry: { type: 'string' }, out: { type: 'string' }, executable: { type: 'string' } },
  });
  const { script, launchers } = await buildBackend(values);
  process.stdout.write(`${[script, ...launchers].join('\n')}\n`);
}
