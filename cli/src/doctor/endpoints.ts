import { z } from 'zod';
import type { CliConfig } from '../config.ts';
import type { Check } from './check.ts';
import { failed, passed, warned } from './check.ts';
import { messageOf } from './servers.ts';

const TIMEOUT_MS = 3_000;
const PLUGIN_ID = 'tapio-app';

/** Agent, loader and Grafana, by their HTTP endpoints. */
export async function endpointChecks(config: CliConfig): Promise<readonly Check[]> {
  const [agent, loader, grafana] = await Promise.all([
    serviceCheck('agent', config.agentUrl, config.assumed.has('agentUrl')),
    serviceCheck('loader', config.loaderUrl, config.assumed.has('loaderUrl')),
    grafanaChecks(config.grafanaUrl),
  ]);
  return [agent, loader, ...grafana];
}

async function serviceCheck(name: 'agent' | 'loader', url: string, assumed: boolean): Promise<Check> {
  const path = `${url.replace(/\/$/, '')}/readyz`;
  try {
    const response = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.ok) return passed(name, path);
    const reasons = (await response.text()).slice(0, 500);
    return failed(name, `${path}: not ready: ${reasons}`, 'mend what it names; its log on stderr says more');
  } catch (error) {
    const found = `${path}: ${messageOf(error)}`;
    const mend = `start it ("npm start" does), or say where it is: --${name}-url`;
    return assumed ? warned(name, found, mend) : failed(name, found, mend);
  }
}

const Plugin = z.object({ enabled: z.boolean().optional() });

async function grafanaChecks(url: string | undefined): Promise<readonly Check[]> {
  if (url === undefined) {
    return [warned('Grafana', 'none is configured', 'say where it is: --grafana-url or TAPIO_GRAFANA_URL')];
  }
  const base = url.replace(/\/$/, '');
  try {
    const health = await fetch(`${base}/api/health`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!health.ok) {
      return [failed('Grafana', `${base}: HTTP ${health.status}`, 'see its log; its database may be down')];
    }
  } catch (error) {
    return [failed('Grafana', `${base}: ${messageOf(error)}`, 'start it, or correct --grafana-url')];
  }
  return [passed('Grafana', base), await pluginCheck(base)];
}

async function pluginCheck(base: string): Promise<Check> {
  const name = 'Grafana plugin';
  try {
    const response = await fetch(`${base}/api/plugins/${PLUGIN_ID}/settings`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status === 401 || response.status === 403) {
      return warned(
        name,
        'Grafana tells it only to people who are logged in',
        `look at ${base}/plugins/${PLUGIN_ID}`,
      );
    }
    if (response.status === 404) {
      const mend = `put plugin/dist into Grafana’s plugin folder and list ${PLUGIN_ID} in allow_loading_unsigned_plugins`;
      return failed(name, `${PLUGIN_ID} is not installed`, mend);
    }
    const { data } = Plugin.safeParse(await response.json());
    if (data?.enabled === true) return passed(name, `${PLUGIN_ID} is enabled`);
    return failed(name, `${PLUGIN_ID} is not enabled`, `enable it at ${base}/plugins/${PLUGIN_ID}`);
  } catch (error) {
    return warned(name, messageOf(error), `look at ${base}/plugins/${PLUGIN_ID}`);
  }
}
