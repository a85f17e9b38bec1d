import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Incident } from '@tapio/domain';
import { acquireLease, commitDecision, openGraph, openPosition, openStream, runCypher } from '@tapio/store';
import type { NatsServer, Neo4jServer } from '@tapio/testkit';
import { launchNats, launchNeo4j, repositoryRoot, toolsMissing } from '@tapio/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT, runProgram } from '../../src/index.ts';
import { shopDump, writeDump } from '../../src/testing/shop-dump.ts';

const missing = toolsMissing();
if (missing !== undefined) process.stderr.write(`the commands are not tested: ${missing}\n`);

const SEEN_US = Date.parse('2026-03-04T20:24:41Z') * 1000;

function incident(over: Partial<Incident>): Incident {
  const subject = { label: 'Workload', kind: 'Deployment', namespace: 'shop', name: 'checkout' } as const;
  return {
    id: 'INC-7Q4F2K9A',
    revision: 1,
    cluster: 'test',
    kind: 'crash_loop',
    state: 'open',
    subject,
    headline: 'shop/checkout is crash-looping: its memory limit was lowered below what it needs',
    verdict: { word: 'Likely', score: 0.97, status: 'settled', causeCode: 'oom-container-limit' },
    chain: [],
    ruledOut: [],
    certain: [],
    wouldHelp: [],
    touched: [],
    count: 3,
    firstSeenUs: SEEN_US,
    lastSeenUs: SEEN_US,
    symptomEventIds: [],
    evidenceEventIds: [],
    gaps: [],
    rulesVersion: '1',
    pods: [{ namespace: 'shop', name: 'checkout-7d9c6b5f4-x2lqv', uid: 'uid-1' }],
    ...over,
  };
}

describe.skipIf(missing !== undefined)('commands against real servers', () => {
  let neo4j: Neo4jServer;
  let nats: NatsServer;
  let environment: Record<string, string>;

  beforeAll(async () => {
    [neo4j, nats] = await Promise.all([launchNeo4j(), launchNats()]);
    environment = {
      TAPIO_NEO4J_URL: neo4j.boltUrl,
      TAPIO_NEO4J_USER: neo4j.user,
      TAPIO_NEO4J_PASSWORD: neo4j.password,
      TAPIO_NATS_URL: nats.url,
    };
    await using graph = openGraph({ url: neo4j.boltUrl, user: neo4j.user, password: neo4j.password });
    await graph.migrate();
    const outcome = await acquireLease(graph, { cluster: 'test', owner: 'test', ttlMs: 60_000 });
    if (!outcome.held) throw new Error('the lease of a new graph is free');
    await using stream = await openStream({ url: nats.url });
    await stream.ensureStreams();
    const { identity } = await stream.signalState();
    await openPosition(outcome.lease, identity);
    const older = incident({
      id: 'INC-OLDER234',
      state: 'closed',
      lastSeenUs: SEEN_US - 3_600_000_000,
      headline: 'shop/checkout crashed',
    });
    const elsewhere = incident({
      id: 'INC-BILLING2',
      subject: { label: 'Workload', kind: 'StatefulSet', namespace: 'billing', name: 'ledger' },
      pods: [{ namespace: 'billing', name: 'ledger-0', uid: 'uid-2' }],
    });
    await commitDecision(outcome.lease, {
      decision: { edgesAdded: [], edgesWithdrawn: [], incidents: [incident({}), older, elsewhere] },
      stream: identity,
      correlatorPosition: 0,
      replayFrom: 1,
      replayFromUs: SEEN_US,
      nowUs: SEEN_US,
      incidentRetentionMs: 86_400_000,
    });
  });

  afterAll(async () => {
    await neo4j[Symbol.asyncDispose]();
    await nats[Symbol.asyncDispose]();
  });

  async function tapio(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    let out = '';
    let err = '';
    const code = await runProgram(args, {
      terminal: {
        out: (text) => (out += text),
        err: (text) => (err += text),
        color: false,
        width: 120,
        timeZone: 'UTC',
      },
      environment,
      findRunningStack: () => undefined,
      nowMs: () => SEEN_US / 1000 + 60_000,
    });
    return { code, out, err };
  }

  test.each(['checkout-7d9c6b5f4-x2lqv', 'pod/checkout-7d9c6b5f4-x2lqv', 'deploy/checkout', 'checkout'])(
    'why %s prints the open incident and names the closed one',
    async (target) => {
      const { code, out } = await tapio('why', target, '-n', 'shop');
      expect(code).toBe(EXIT.ok);
      expect(out).toContain('its memory limit was lowered below what it needs');
      expect(out).toContain('Also: INC-OLDER234 (closed)');
    },
  );

  test('why --json gives the findings, the open one first', async () => {
    const { code, out } = await tapio('why', 'checkout', '--json');
    expect(code).toBe(EXIT.ok);
    const { findings } = JSON.parse(out) as { findings: Record<string, unknown>[] };
    expect(findings).toHaveLength(2);
    expect(findings[0]).toMatchObject({
      kind: 'Deployment',
      namespace: 'shop',
      name: 'checkout',
      cause: 'oom-container-limit',
      score: 0.97,
      symptom: 'crash_loop',
      change: null,
    });
  });

  test('a pod without an incident, and one of another namespace, are not found', async () => {
    const nobody = await tapio('why', 'nobody');
    expect(nobody.code).toBe(EXIT.nothingFound);
    expect(nobody.err).toContain('tapio incidents --all');
    const json = await tapio('why', 'checkout', '-n', 'billing', '--json');
    expect([json.code, JSON.parse(json.out)]).toEqual([EXIT.nothingFound, { findings: [] }]);
  });

  test('incidents lists the open ones, of a namespace or all', async () => {
    const open = await tapio('incidents');
    expect(open.out.trim().split('\n')).toHaveLength(3);
    expect(open.out).toContain('1 min ago');
    expect((await tapio('incidents', '--all')).out.trim().split('\n')).toHaveLength(4);
    const billing = await tapio('incidents', '-n', 'billing');
    expect(billing.out).toContain('StatefulSet/ledger');
    expect(billing.out).not.toContain('checkout');
    expect((await tapio('incidents', '-n', 'empty')).code).toBe(EXIT.nothingFound);
  });

  test('show takes an id in either case, and knows when there is none', async () => {
    const { code, out } = await tapio('show', 'inc-7q4f2k9a');
    expect(code).toBe(EXIT.ok);
    expect(out).toContain('Evidence, 0 events; 3 earlier symptoms are counted only');
    expect((await tapio('show', 'INC-ABSENT22')).code).toBe(EXIT.nothingFound);
  });

  test('doctor sees the servers, and tells a wrong password from a server that is not there', async () => {
    const checks = async (...args: string[]): Promise<Record<string, string>> => {
      const { out } = await tapio('doctor', '--json', ...args);
      const parsed = JSON.parse(out) as { checks: { name: string; status: string; mend?: string }[] };
      return Object.fromEntries(
        parsed.checks.map(({ name, status, mend }) => [name, `${status} ${mend ?? ''}`]),
      );
    };
    const good = await checks();
    expect([good['NATS'], good['streams'], good['Neo4j'], good['graph schema'], good['loader lag']]).toEqual(
      Array.from({ length: 5 }, () => 'ok '),
    );
    expect((await checks('--neo4j-password', 'wrong-password'))['Neo4j']).toContain(
      'check user and password',
    );
    expect((await checks('--neo4j-url', 'bolt://127.0.0.1:1'))['Neo4j']).toContain('say where it is');
    expect((await tapio('doctor', '--nats-url', 'nats://127.0.0.1:1')).code).toBe(EXIT.failed);
  });

  test('import writes what a dump shows, once or again, and never into a live cluster', async () => {
    const directory = writeDump(shopDump('crash-loop'));
    const count = async (): Promise<readonly unknown[]> => {
      await using graph = openGraph({ url: neo4j.boltUrl, user: neo4j.user, password: neo4j.password });
      const { rows } = await runCypher(graph, {
        text: `MATCH (e:Event {cluster: 'dumped'}) WITH count(e) AS events
               MATCH (i:Incident {cluster: 'dumped'}) WITH events, count(i) AS incidents, max(i.revision) AS revision
               OPTIONAL MATCH (:Event {cluster: 'dumped'})-[c:CAUSED_BY]->(:Event)
               RETURN events, incidents, revision, count(c) AS edges`,
        rowLimit: 1,
        timeoutMs: 10_000,
      });
      return rows[0] ?? [];
    };
    const first = await tapio('import', directory, '--cluster', 'dumped', '--json');
    expect([first.code, first.err]).toEqual([EXIT.ok, '']);
    const written = JSON.parse(first.out) as { events: number; known: number; incidents: number };
    expect(written).toMatchObject({ cluster: 'dumped', known: 0, incidents: 1 });
    const once = await count();
    expect(once).toEqual([written.events, 1, expect.any(Number), expect.any(Number)]);
    expect(once[3]).toBeGreaterThan(0);
    const again = await tapio('import', directory, '--cluster', 'dumped', '--json');
    expect(JSON.parse(again.out)).toMatchObject({ events: 0, known: written.events, incidents: 0 });
    expect(await count()).toEqual(once);
    const why = await tapio('why', 'deploy/checkout', '-n', 'shop', '--cluster', 'dumped');
    expect(why.code).toBe(EXIT.ok);
    expect(why.out).toContain('limits.memory 256Mi -> 32Mi');
    const live = await tapio('import', directory, '--cluster', 'test');
    expect(live.code).toBe(EXIT.usage);
    expect(live.err).toContain('--cluster');
  });

  test('the command itself runs and hands its exit code on', () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(repositoryRoot, 'cli', 'bin', 'tapio.mjs'), 'why', 'checkout', '--json'],
      { env: { ...process.env, ...environment }, encoding: 'utf8' },
    );
    expect(status).toBe(EXIT.ok);
    expect(stdout).toContain('oom-container-limit');
  });
});
