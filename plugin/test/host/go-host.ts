import { execFile } from 'node:child_process';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SOURCE = fileURLToPath(new URL('../go-host/', import.meta.url));
/** Failures of Go that say that modules or a newer Go cannot be fetched, not that the program is wrong. */
const UNREACHABLE =
  /dial tcp|no such host|i\/o timeout|connection refused|proxyconnect|TLS handshake|toolchain|module lookup disabled/;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export interface GoField {
  readonly name: string;
  readonly type: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly values: readonly unknown[];
}

export interface GoFrame {
  readonly name: string;
  readonly refId: string;
  readonly rows: number;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly fields: readonly GoField[];
  /** `not`, `wide` or `long`. */
  readonly timeSeriesType: string;
}

export interface GoAnswer {
  readonly status: number;
  readonly error?: string;
  readonly errorSource?: string;
  readonly frames: readonly GoFrame[];
}

export interface GoResult {
  readonly error?: string;
  readonly health?: { readonly status: string; readonly message: string; readonly details?: unknown };
  readonly answers?: Readonly<Record<string, GoAnswer>>;
  readonly resource?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, readonly string[]>>;
    readonly body: string;
    readonly parts: number;
  };
  readonly metrics?: string;
  readonly tookMs: number;
}

export interface GoReport {
  readonly network: string;
  readonly results: readonly GoResult[];
  readonly log: readonly Readonly<Record<string, unknown>>[];
  readonly exited: boolean;
  readonly processAlive: boolean;
  readonly shutdownMs: number;
  readonly startMs: number;
}

/** Calls for the plugin, in the form of `go-host/calls.go`. */
export interface GoRequest {
  readonly env?: Readonly<Record<string, string>>;
  readonly calls: readonly Readonly<Record<string, unknown>>[];
}

/** The Go program that hosts a plugin with Grafana's own libraries. Disposal removes it. */
export interface GoHost extends AsyncDisposable {
  run(pluginPath: string, request: GoRequest): Promise<GoReport>;
}

async function findGo(): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/go/bin'];
  for (const folder of folders.filter((entry) => entry !== '')) {
    const candidate = join(folder, 'go');
    const found = await access(candidate).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  return undefined;
}

/** Builds the Go host, or says why it cannot be had. */
export async function prepareGoHost(): Promise<GoHost | { readonly missing: string }> {
  const go = await findGo();
  if (go === undefined)
    return { missing: 'Go is not installed (needed: 1.26 or later in PATH or /usr/local/go/bin)' };
  const folder = await mkdtemp(join(tmpdir(), 'go-host-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const binary = join(folder, 'go-host');
  try {
    await run(go, ['build', '-o', binary, '.'], { cwd: SOURCE, maxBuffer: MAX_OUTPUT_BYTES });
  } catch (error) {
    await remove();
    const text = error instanceof Error ? error.message : String(error);
    if (!UNREACHABLE.test(text)) throw error;
    return { missing: `plugin/test/go-host cannot be built without its modules and Go 1.26: ${text}` };
  }
  return {
    async run(pluginPath, request) {
      const file = join(folder, `request-${crypto.randomUUID()}.json`);
      await writeFile(file, JSON.stringify({ env: { GF_PLUGIN_NODE_PATH: process.execPath }, ...request }));
      const { stdout } = await run(binary, ['--plugin', pluginPath, '--request', file], {
        maxBuffer: MAX_OUTPUT_BYTES,
      });
      return JSON.parse(stdout) as GoReport;
    },
    [Symbol.asyncDispose]: remove,
  };
}
