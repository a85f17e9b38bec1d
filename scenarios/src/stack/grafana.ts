import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child, repositoryRoot, waitFor } from '@tapio/testkit';
import type { Connection } from './run-dir.ts';
import { choosePort } from './ports.ts';

const READY_TIMEOUT_MS = 60_000;

/** What `npm start` says where there is no Grafana. */
const NO_GRAFANA =
  'no Grafana here: unpack a Grafana >= 12.4 (grafana.com/grafana/download) and set GRAFANA_HOME to its folder';

/** Folder of a Grafana distribution, where one is set; a reason why it can't be used otherwise. */
export function grafanaHome(): { readonly home: string } | { readonly missing: string } {
  const home = process.env['GRAFANA_HOME'];
  if (home === undefined || home === '') return { missing: NO_GRAFANA };
  if (!existsSync(join(home, 'bin', 'grafana'))) {
    return {
      missing: `GRAFANA_HOME is ${home}, which has no bin/grafana: set it to an unpacked distribution`,
    };
  }
  if (!existsSync(join(repositoryRoot, 'plugin', 'dist', 'plugin.json'))) {
    return { missing: 'the Grafana plugin is not built: run "npm run build" once' };
  }
  return { home };
}

/** A Grafana with the plugin, its datasource, dashboard and alert rule, on loopback, open to look at. */
export class Grafana implements AsyncDisposable {
  readonly url: string;
  readonly #child: Child;

  private constructor(url: string, child: Child) {
    this.url = url;
    this.#child = child;
  }

  static async start(options: {
    readonly home: string;
    /** For its database, its log and the link to the plugin. */
    readonly dir: string;
    readonly connection: Connection;
    readonly signal: AbortSignal;
  }): Promise<{ readonly grafana: Grafana; readonly portTaken: boolean }> {
    const { home, dir, connection, signal } = options;
    const plugins = join(dir, 'plugins');
    mkdirSync(plugins, { recursive: true, mode: 0o700 });
    symlinkSync(join(repositoryRoot, 'plugin', 'dist'), join(plugins, 'tapio-app'));
    const { port, taken } = await choosePort(3000);
    const url = `http://127.0.0.1:${port}`;
    const config = join(dir, 'grafana.ini');
    writeFileSync(config, pluginConfiguration());
    const child = await Child.start({
      name: 'grafana',
      command: join(home, 'bin', 'grafana'),
      args: ['server', '--homepath', home, '--config', config],
      logPath: join(dir, 'grafana.log'),
      cwd: dir,
      env: { PATH: process.env['PATH'], HOME: dir, ...settings({ dir, plugins, port, url, connection }) },
    });
    try {
      await waitFor(async () => (await fetch(`${url}/api/health`)).ok, {
        describe: 'Grafana to answer',
        timeoutMs: READY_TIMEOUT_MS,
        everyMs: 250,
        signal,
      });
    } catch (error) {
      await child.stop(2_000);
      if (signal.aborted) throw error;
      throw new Error(`Grafana did not come up; the end of its log:\n${child.logTail(12)}`, { cause: error });
    }
    return { grafana: new Grafana(url, child), portTaken: taken };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop();
  }
}

interface SettingsOptions {
  readonly dir: string;
  readonly plugins: string;
  readonly port: number;
  /** As people reach it: alerts link to it. */
  readonly url: string;
  readonly connection: Connection;
}

/**
 * In a file: Grafana takes a variable only where a configuration file has its key, and there is none for a plugin's
 * own settings. It starts plugins without a PATH.
 */
function pluginConfiguration(): string {
  return `[plugin.tapio-datasource]\nnode_path = ${process.execPath}\n`;
}

/** Grafana reads GF_<SECTION>_<KEY>; provisioning files read the TAPIO_ ones. */
function settings({ dir, plugins, port, url, connection }: SettingsOptions): Record<string, string> {
  return {
    GF_PATHS_DATA: join(dir, 'data'),
    GF_PATHS_LOGS: join(dir, 'logs'),
    GF_PATHS_PLUGINS: plugins,
    GF_PATHS_PROVISIONING: join(repositoryRoot, 'provisioning'),
    GF_SERVER_HTTP_ADDR: '127.0.0.1',
    GF_SERVER_HTTP_PORT: String(port),
    GF_SERVER_ROOT_URL: `${url}/`,
    GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS: 'tapio-app,tapio-datasource',
    GF_AUTH_ANONYMOUS_ENABLED: 'true',
    GF_AUTH_ANONYMOUS_ORG_ROLE: 'Editor',
    GF_ANALYTICS_REPORTING_ENABLED: 'false',
    GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
    GF_PLUGINS_PREINSTALL_DISABLED: 'true',
    TAPIO_NEO4J_URL: connection.neo4jUrl,
    TAPIO_NEO4J_USER: connection.neo4jUser,
    TAPIO_NEO4J_PASSWORD: connection.neo4jPassword,
    TAPIO_NEO4J_DATABASE: connection.neo4jDatabase,
    TAPIO_CLUSTER: connection.cluster,
  };
}
