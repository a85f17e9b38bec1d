import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, freePort, repositoryRoot, waitFor } from '@tapio/testkit';

const START_TIMEOUT_MS = 120_000;
const ADMIN = { user: 'admin', password: 'admin-of-the-test' } as const;
const DIST = join(repositoryRoot, 'plugin', 'dist');

/** Why no real Grafana can be tested with here; undefined when one can. */
export function grafanaMissing(): string | undefined {
  const home = process.env['GRAFANA_HOME'] ?? '';
  if (home === '') return 'GRAFANA_HOME is not set: give it the folder of an unpacked Grafana 12.4 or later';
  if (!existsSync(join(home, 'bin', 'grafana')))
    return `GRAFANA_HOME is ${home}, in which there is no bin/grafana`;
  if (!existsSync(join(DIST, 'backend.cjs')) || !existsSync(join(DIST, 'datasource', 'module.js'))) {
    return 'the plugin is not built: run "npm run build -w plugin" first';
  }
  return undefined;
}

export interface GraphConnection {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly viewerNamespaces?: string;
}

export interface GrafanaAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface Person {
  readonly user: string;
  readonly password: string;
}

/** A real Grafana on loopback with this repository's plugin and provisioning. Disposal ends it and removes its data. */
export class GrafanaServer implements AsyncDisposable {
  readonly url: string;
  readonly admin: Person = ADMIN;
  readonly #child: Child;
  readonly #folder: string;

  private constructor(url: string, child: Child, folder: string) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
  }

  /** @throws Error with the end of Grafana's log when it does not come up */
  static async start(graph: GraphConnection): Promise<GrafanaServer> {
    const home = process.env['GRAFANA_HOME'] ?? '';
    const folder = mkdtempSync(join(tmpdir(), 'tapio-grafana-'));
    const port = await freePort();
    mkdirSync(join(folder, 'plugins'));
    symlinkSync(DIST, join(folder, 'plugins', 'tapio-app'));
    const config = join(folder, 'grafana.ini');
    writeFileSync(config, configuration(folder, port));
    const child = await Child.start({
      name: 'grafana',
      command: join(home, 'bin', 'grafana'),
      args: ['server', '--homepath', home, '--config', config],
      logPath: join(folder, 'grafana.log'),
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        GF_PATHS_PROVISIONING: join(repositoryRoot, 'provisioning'),
        TAPIO_NEO4J_URL: graph.url,
        TAPIO_NEO4J_USER: graph.user,
        TAPIO_NEO4J_PASSWORD: graph.password,
        TAPIO_VIEWER_NAMESPACES: graph.viewerNamespaces ?? '',
      },
    });
    const server = new GrafanaServer(`http://127.0.0.1:${port}`, child, folder);
    try {
      await waitFor(async () => (await fetch(`${server.url}/api/health`)).ok, {
        describe: 'Grafana to answer',
        timeoutMs: START_TIMEOUT_MS,
        everyMs: 500,
      });
      return server;
    } catch (error) {
      const log = child.logTail(30);
      await server[Symbol.asyncDispose]();
      throw new Error(`Grafana did not come up; the end of its log:\n${log}`, { cause: error });
    }
  }

  /** Calls Grafana's HTTP API, as its administrator unless another person is given. */
  async api(
    path: string,
    options: { readonly body?: unknown; readonly method?: string; readonly as?: Person } = {},
  ): Promise<GrafanaAnswer> {
    const { user, password } = options.as ?? ADMIN;
    const response = await fetch(`${this.url}${path}`, {
      method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
      headers: {
        authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await response.text();
    try {
      return { status: response.status, body: JSON.parse(text) as unknown };
    } catch {
      return { status: response.status, body: text };
    }
  }

  /** Makes a person with a role in the organisation. */
  async addPerson(login: string, role: 'Viewer' | 'Editor'): Promise<Person> {
    const person: Person = { user: login, password: `${login}-of-the-test` };
    const { body } = await this.api('/api/admin/users', {
      body: { login, name: login, password: person.password, OrgId: 1 },
    });
    const { id } = body as { id: number };
    await this.api(`/api/org/users/${id}`, { method: 'PATCH', body: { role } });
    return person;
  }

  logTail(lines = 30): string {
    return this.#child.logTail(lines);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * In a file, since Grafana takes only such `GF_` variables for which there is a key in one: there is none for a
 * plugin's own settings.
 */
function configuration(folder: string, port: number): string {
  return `
[paths]
data = ${join(folder, 'data')}
logs = ${join(folder, 'logs')}
plugins = ${join(folder, 'plugins')}
provisioning = ${join(repositoryRoot, 'provisioning')}
[server]
http_addr = 127.0.0.1
domain = 127.0.0.1
http_port = ${port}
[security]
admin_user = ${ADMIN.user}
admin_password = ${ADMIN.password}
[analytics]
reporting_enabled = false
check_for_updates = false
check_for_plugin_updates = false
feedback_links_enabled = false
[news]
news_feed_enabled = false
[plugins]
allow_loading_unsigned_plugins = tapio-app,tapio-datasource
preinstall_disabled = true
public_key_retrieval_disabled = true
[plugin.tapio-datasource]
node_path = ${process.execPath}
[unified_alerting]
min_interval = 10s
[users]
home_page = /a/tapio-app/incidents
`;
}
