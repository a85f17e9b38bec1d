import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Copy } from 'dockerfile-ast';
import { DockerfileParser } from 'dockerfile-ast';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const secrets = { TAPIO_NEO4J_PASSWORD: 'one', TAPIO_GRAFANA_PASSWORD: 'two' };
const go = ['go', '/usr/local/go/bin/go'].find((name) => spawnSync(name, ['version']).status === 0);

interface Mount {
  readonly type: string;
  readonly source: string;
  readonly target: string;
}

interface Port {
  readonly host_ip?: string;
}

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly ports?: readonly Port[];
  readonly volumes?: readonly Mount[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, unknown>>;
}

interface Project {
  readonly services: Readonly<Record<string, Service>>;
}

function load(env: Record<string, string>): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  return spawnSync(go ?? 'go', ['run', '.', join(root, 'docker-compose.yml')], {
    cwd: join(root, 'deploy/compose-check'),
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
}

describe('docker-compose.yml, as the library behind `docker compose` reads it', () => {
  let project: Project;

  beforeEach((context) => {
    context.skip(go === undefined, 'no Go: the compose library can’t be built');
  });

  beforeAll(() => {
    const loaded = load(secrets);
    expect(loaded.stderr).toBe('');
    project = JSON.parse(loaded.stdout) as Project;
  });

  test('has all parts', () => {
    expect(Object.keys(project.services).sort()).toEqual(['agent', 'grafana', 'loader', 'nats', 'neo4j']);
  });

  test('refuses to start without passwords, and names the variable', () => {
    const loaded = load({ TAPIO_NEO4J_PASSWORD: '', TAPIO_GRAFANA_PASSWORD: '' });
    expect(loaded.status).not.toBe(0);
    expect(loaded.stderr).toContain('set TAPIO_NEO4J_PASSWORD in .env');
  });

  test('pins every image that it pulls to a version', () => {
    const images = Object.values(project.services).flatMap((s) =>
      s.image === undefined || s.build !== undefined ? [] : [s.image],
    );
    expect(images.length).toBeGreaterThan(0);
    for (const image of images) expect(image).toMatch(/:\d+\.\d+\.\d+/);
  });

  test('publishes on loopback only', () => {
    const ports = Object.values(project.services).flatMap((s) => s.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => port.host_ip !== '127.0.0.1')).toEqual([]);
  });

  test('builds and mounts only what is in the repository', () => {
    for (const service of Object.values(project.services)) {
      if (service.build !== undefined)
        expect(existsSync(join(service.build.context, service.build.dockerfile))).toBe(true);
      for (const mount of service.volumes ?? []) {
        if (mount.type === 'bind' && mount.source.startsWith(root)) {
          expect(existsSync(mount.source), mount.source).toBe(true);
        }
      }
    }
  });
});

describe.runIf(go !== undefined)('what docker-compose.yml gives the parts', () => {
  const project = go === undefined ? undefined : (JSON.parse(load(secrets).stdout) as Project);
  const environmentOf = (name: string): Readonly<Record<string, string>> =>
    project?.services[name]?.environment ?? {};

  test.each(['agent', 'loader'])('is what %s takes: no variable is without effect', (name) => {
    const environment = environmentOf(name);
    const main = join(root, name, 'src', 'main.ts');
    const printed = spawnSync(process.execPath, [main, '--print-config'], {
      env: { PATH: process.env['PATH'], ...environment },
      encoding: 'utf8',
    });
    expect(printed.stderr).toBe('');
    const config = JSON.parse(printed.stdout) as Record<string, unknown>;
    for (const [variable, value] of Object.entries(environment)) {
      const key = variable
        .replace(/^TAPIO_/, '')
        .toLowerCase()
        .replaceAll(/_(\w)/g, (_whole, letter: string) => letter.toUpperCase());
      const secret = key.endsWith('Password');
      expect(String(config[key]), variable).toBe(secret ? '[redacted]' : value);
    }
  });

  test('is each variable that Grafana’s provisioning files read', () => {
    const files = globSync('provisioning/*/*.yaml', { cwd: root });
    const read = files.flatMap((path) => [
      ...readFileSync(join(root, path), 'utf8').matchAll(/\$\{?(TAPIO_\w+)/g),
    ]);
    expect(read.length).toBeGreaterThan(0);
    for (const [, variable = ''] of read) expect(environmentOf('grafana')).toHaveProperty(variable);
  });

  test('is by default a pods file without pods', () => {
    const [mount] = (project?.services['agent']?.volumes ?? []).filter(
      ({ target }) => target === '/run/tapio',
    );
    const pods = JSON.parse(readFileSync(join(mount?.source ?? '', 'pods.json'), 'utf8')) as object;
    expect(pods).toMatchObject({ kind: 'PodList', items: [] });
  });
});

test('nats-server takes deploy/nats.conf', (context) => {
  const tools = join(root, '.tapio', 'tools.json');
  context.skip(!existsSync(tools), 'no servers in this clone: run "npm run build" first');
  const { natsServer } = JSON.parse(readFileSync(tools, 'utf8')) as { natsServer: { path: string } };
  const checked = spawnSync(natsServer.path, ['-t', '-c', join(root, 'deploy/nats.conf')], {
    encoding: 'utf8',
  });
  expect(checked.status, checked.stderr).toBe(0);
});

describe.each(globSync('deploy/*.Dockerfile', { cwd: root }))('%s', (path) => {
  const text = readFileSync(join(root, path), 'utf8');
  const dockerfile = DockerfileParser.parse(text);
  const instructions = dockerfile.getInstructions();

  test('pins its base images', () => {
    const defaults = dockerfile.getInitialARGs().map((arg) => arg.getProperty()?.getValue() ?? '');
    expect(defaults.length).toBeGreaterThan(0);
    for (const image of defaults) expect(image).toMatch(/:\d+\.\d+\.\d+/);
    const stages = new Set(dockerfile.getFROMs().map((from) => from.getBuildStage()));
    for (const from of dockerfile.getFROMs()) {
      const image = from.getImage() ?? '';
      expect(image.startsWith('${') || stages.has(image), image).toBe(true);
    }
  });

  test('copies from the repository or a stage only what is there', () => {
    const copies = instructions.filter((i): i is Copy => i.getKeyword() === 'COPY');
    for (const copy of copies) {
      const source = copy.getArguments()[0]?.getValue() ?? '';
      const inTree = source.replace(/^\/tapio\//, '');
      if (source === '.' || /node_modules|\/usr\/|dist|build/.test(source)) continue;
      expect(existsSync(join(root, inTree)), source).toBe(true);
      expect(existsSync(dirname(join(root, inTree)))).toBe(true);
    }
  });

  test('copies every workspace that what it starts imports', () => {
    const copied = instructions
      .filter((i): i is Copy => i.getKeyword() === 'COPY')
      .map((copy) => copy.getArguments().map((argument) => argument.getValue()))
      .flatMap((words) => words.slice(0, -1).map((word) => word.replace(/^\/tapio\//, '')));
    // A bundle has them in it.
    if (!copied.includes('node_modules')) return;
    const [main = ''] = /[\w-]+\/src\/main\.ts/.exec(text) ?? [];
    const needed = workspacesOf(main.split('/')[0] ?? '');
    expect(needed.size).toBeGreaterThan(3);
    expect([...needed].filter((folder) => !copied.includes(folder))).toEqual([]);
  });
});

/** A workspace and all that it imports, by folder. */
function workspacesOf(folder: string, found = new Set<string>()): ReadonlySet<string> {
  found.add(folder);
  const text = readFileSync(join(root, folder, 'package.json'), 'utf8');
  const { dependencies = {} } = JSON.parse(text) as { dependencies?: Record<string, string> };
  for (const name of Object.keys(dependencies)) {
    const own = /^@tapio\/(.+)$/.exec(name)?.[1];
    if (own !== undefined && !found.has(own)) workspacesOf(own, found);
  }
  return found;
}
