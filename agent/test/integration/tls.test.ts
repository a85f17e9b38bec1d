import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NatsServer } from '@tapio/testkit';
import { TestAuthority, certificatesMissing, launchNats, toolsMissing, waitFor } from '@tapio/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentProcess } from './support/agent-process.ts';
import { startAgent } from './support/agent-process.ts';
import { writePods } from './support/pods-file.ts';

const missing = toolsMissing() ?? certificatesMissing();
if (missing !== undefined) process.stderr.write(`the agent is not tested with TLS: ${missing}\n`);

describe.skipIf(missing !== undefined)('an agent and a NATS server that speaks TLS only', () => {
  const owned = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'tapio-agent-tls-'));
  let ours: TestAuthority;
  let other: TestAuthority;
  let nats: NatsServer;

  beforeAll(async () => {
    ours = owned.use(TestAuthority.make());
    other = owned.use(TestAuthority.make('another authority'));
    nats = owned.use(await launchNats({ tls: ours.certify() }));
  });
  afterAll(async () => {
    await owned.disposeAsync();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Follows pods only, which needs no rights. */
  function start(...flags: readonly string[]): Promise<AgentProcess> {
    const pods = join(folder, 'pods.json');
    writePods(pods, []);
    return startAgent({
      natsUrl: nats.url,
      folder: mkdtempSync(join(folder, 'agent-')),
      flags: ['--collectors', 'pods', '--pods-source', pods, ...flags],
    });
  }

  test('it publishes when it trusts the server’s authority', async () => {
    await using agent = await start('--nats-ca-file', ours.file);
    await waitFor(async () => (await agent.readiness()).ok, {
      timeoutMs: 20_000,
      describe: 'the agent to be ready',
      state: () => agent.log(),
    });
    const { streams } = (await (await fetch(`${nats.monitorUrl}/jsz`)).json()) as { streams: number };
    expect(streams).toBeGreaterThan(0);
    expect(agent.log()).toContain('streams made');
  });

  test.each([
    ['of another authority', () => ['--nats-ca-file', other.file]],
    ['that is not given', () => []],
  ])('with an authority %s it is not ready, and says which option to look at', async (_name, flags) => {
    await using agent = await start(...flags());
    await waitFor(
      async () => {
        const { checks } = await agent.readiness();
        return /certificate.*--nats-ca-file/.test(checks['nats']?.reason ?? '');
      },
      { timeoutMs: 20_000, describe: 'the reason', state: () => agent.log() },
    );
    expect((await agent.readiness()).ok).toBe(false);
  });
});
