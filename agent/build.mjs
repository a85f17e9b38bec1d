// Bundles the agent into one script that runs without its sources (docs/adr/0005):
//   node agent/build.mjs [--out FOLDER]
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));

/** The addon's JavaScript finds what is compiled beside it, so it stays where it is. */
const addonStaysOutside = {
  name: 'addon-stays-outside',
  /** @param {import('esbuild').PluginBuild} bundle */
  setup(bundle) {
    bundle.onResolve({ filter: /^@tapio\/native$/ }, () => ({
      path: '../../native/index.js',
      external: true,
    }));
  },
};

/**
 * @param {{ out?: string }} [options]
 * @returns {Promise<string>} the script
 */
export async function buildAgent({ out = join(here, 'dist') } = {}) {
  const script = join(out, 'agent.mjs');
  const { outputFiles } = await build({
    entryPoints: [join(here, 'src', 'main.ts')],
    outfile: script,
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    sourcemap: 'linked',
    plugins: [addonStaysOutside],
    // CommonJS packages in the bundle ask for modules of Node.js.
    banner: {
      js: "import { createRequire as requireOfBundle } from 'node:module';\nconst require = requireOfBundle(import.meta.url);",
    },
    logLevel: 'warning',
  });
  await mkdir(out, { recursive: true });
  // Renamed into place: another process may be starting, or building, it right now.
  for (const { path, contents } of outputFiles) {
    const fresh = `${path}.${process.pid}`;
    await writeFile(fresh, contents);
    await rename(fresh, path);
  }
  return script;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { out: { type: 'string' } } });
  process.stdout.write(`${await buildAgent(values)}\n`);
}
