import { join } from 'node:path';
import { repositoryRoot } from '@tapio/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { composeEnvironment, projectName } from '../../src/compose/environment.ts';
import type { ComposeFile } from '../support/engine/compose-file.ts';
import { composeLibraryMissing, readComposeFile } from '../support/engine/compose-file.ts';

if (composeLibraryMissing !== undefined)
  process.stderr.write(`docker-compose.yml is not compared with npm start: ${composeLibraryMissing}\n`);

describe.skipIf(composeLibraryMissing !== undefined)('docker-compose.yml, as npm start runs it', () => {
  let file: ComposeFile;
  beforeAll(async () => {
    const settings = composeEnvironment({
      cluster: 'c1',
      node: 'n1',
      ports: { nats: 14222, neo4j: 17687, agent: 19471, loader: 19472, grafana: 13000 },
      neo4jPassword: 'secret-one',
      grafanaPassword: 'secret-two',
      podsDir: '/run-of/pods',
      podsIntervalMs: 250,
      bpffsDir: '/run-of/bpffs',
    });
    file = await readComposeFile(join(repositoryRoot, 'docker-compose.yml'), {
      ...process.env,
      ...settings,
      COMPOSE_PROJECT_NAME: projectName('0a1b2c3d'),
    });
  });

  test('is a project of that run, with images of that clone', () => {
    expect(file.name).toBe(projectName('0a1b2c3d'));
    const clone = file.name.split('-')[1] ?? '';
    const images = ['agent', 'loader', 'grafana'].map((name) => file.services[name]?.image);
    expect(images).toEqual([`tapio-agent:${clone}`, `tapio-loader:${clone}`, `tapio-grafana:${clone}`]);
  });

  test('publishes on the chosen ports of loopback, those that the parts listen on', () => {
    const published = Object.entries(file.services).flatMap(([name, { ports = [] }]) =>
      ports.map((port) => `${name} ${port.host_ip ?? '*'}:${port.published}:${port.target}`),
    );
    expect(published.sort()).toEqual([
      'agent 127.0.0.1:19471:9471',
      'grafana 127.0.0.1:13000:3000',
      'loader 127.0.0.1:19472:9472',
      'nats 127.0.0.1:14222:4222',
      'neo4j 127.0.0.1:17687:7687',
    ]);
  });

  test('gives the agent the bpffs, and the pods file where it looks for it', () => {
    const { environment = {}, volumes = [] } = file.services['agent'] ?? {};
    const sourceOf = (path: string): string | undefined =>
      volumes.find(({ target }) => path === target || path.startsWith(`${target}/`))?.source;
    expect(environment).toMatchObject({
      TAPIO_CLUSTER: 'c1',
      TAPIO_NODE: 'n1',
      TAPIO_PODS_INTERVAL_MS: '250',
      TAPIO_PODS_SOURCE: '/run/tapio/pods.json',
      TAPIO_STATE_DIR: '/var/lib/tapio',
    });
    expect(sourceOf(environment['TAPIO_PODS_SOURCE'] ?? '')).toBe('/run-of/pods');
    expect(sourceOf(environment['TAPIO_BPFFS'] ?? '')).toBe('/run-of/bpffs');
    expect(sourceOf('/sys/fs/cgroup')).toBe('/sys/fs/cgroup');
    expect(sourceOf(environment['TAPIO_STATE_DIR'] ?? '')).toBe('agent-state');
  });

  test('gives the password to who needs it, and to nobody else', () => {
    const holders = Object.entries(file.services)
      .filter(([, { environment = {} }]) => Object.values(environment).join(' ').includes('secret-one'))
      .map(([name]) => name);
    expect(holders.sort()).toEqual(['grafana', 'loader', 'neo4j']);
    expect(file.services['grafana']?.environment).toMatchObject({
      GF_SECURITY_ADMIN_PASSWORD: 'secret-two',
      GF_AUTH_ANONYMOUS_ENABLED: 'true',
      GF_SERVER_ROOT_URL: 'http://127.0.0.1:13000/',
    });
  });
});
