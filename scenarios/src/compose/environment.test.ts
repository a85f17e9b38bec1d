import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@tapio/testkit';
import { expect, test } from 'vitest';
import { composeEnvironment, projectName } from './environment.ts';

const file = readFileSync(join(repositoryRoot, 'docker-compose.yml'), 'utf8');

test('every variable of docker-compose.yml is set, and no other', () => {
  const environment = composeEnvironment({
    cluster: 'local',
    node: 'n1',
    ports: { nats: 1, neo4j: 2, agent: 3, loader: 4, grafana: 5 },
    neo4jPassword: 'one',
    grafanaPassword: 'two',
    podsDir: '/pods',
    podsIntervalMs: 250,
    bpffsDir: '/bpffs',
  });
  const read = new Set([...file.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
  expect(Object.keys(environment).sort()).toEqual([...read].sort());
});

test('two runs, and so two clones, have projects of their own, with names that compose takes', () => {
  expect(projectName('0a1b2c3d')).toMatch(/^tapio-[0-9a-f]{8}-0a1b2c3d$/);
  expect(projectName('0a1b2c3d')).not.toBe(projectName('0a1b2c3e'));
});
