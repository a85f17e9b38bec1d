import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildBackend } from '../../backend/build.mjs';

/** A built backend in a folder of its own; disposal removes the folder. */
export interface BuiltBackend extends AsyncDisposable {
  readonly folder: string;
  /** The launcher for this machine, as Grafana would choose it. */
  readonly launcher: string;
}

export const EXAMPLE_ENTRY = fileURLToPath(new URL('../fixtures/example-plugin.ts', import.meta.url));

/** Builds the backend whose entry is `entry`, the example plugin unless given. */
export async function buildForTest(entry: string = EXAMPLE_ENTRY): Promise<BuiltBackend> {
  const folder = await mkdtemp(join(tmpdir(), 'plugin-backend-'));
  await buildBackend({ entry, out: folder, executable: 'gpx_test' });
  const platform = process.platform === 'darwin' ? 'darwin' : 'linux';
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  return {
    folder,
    launcher: join(folder, `gpx_test_${platform}_${arch}`),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
