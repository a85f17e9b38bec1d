import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { beforeEach, describe, expect, it } from 'vitest';
import { launchNats, toolsMissing } from '../../src/index.ts';

const missing = toolsMissing();

describe('nats launcher', () => {
  beforeEach((context) => {
    context.skip(missing !== undefined, missing);
  });

  it('serves a file-backed stream on loopback that outlives SIGKILL and keeps its port', async () => {
    await using server = await launchNats();
    const first = server.pid;
    {
      await using connection = await connect({ servers: server.url });
      const manager = await jetstreamManager(connection);
      await manager.streams.add({ name: 'KEPT', subjects: ['kept.>'] });
      for (let i = 0; i < 10; i += 1) await jetstream(connection).publish('kept.x', String(i));
    }
    const end = await server.kill('SIGKILL');
    expect(end.signal).toBe('SIGKILL');
    expect(server.running).toBe(false);

    await server.restart();
    expect(server.pid).not.toBe(first);
    await using connection = await connect({ servers: server.url });
    const manager = await jetstreamManager(connection);
    const { state } = await manager.streams.info('KEPT');
    expect(state.messages).toBe(10);
  });

  it('keeps a given data folder and opens it again in another server', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'tapio-nats-kept-'));
    try {
      {
        await using server = await launchNats({ dataDir });
        await using connection = await connect({ servers: server.url });
        await (await jetstreamManager(connection)).streams.add({ name: 'AGAIN', subjects: ['again'] });
      }
      await using server = await launchNats({
        dataDir,
        config: { jetstream: { max_file_store: 64 * 1024 * 1024 } },
      });
      await using connection = await connect({ servers: server.url });
      const manager = await jetstreamManager(connection);
      expect((await manager.streams.info('AGAIN')).config.subjects).toEqual(['again']);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  it('answers on its monitoring endpoint', async () => {
    await using server = await launchNats();
    const variables = (await (await fetch(`${server.monitorUrl}/varz`)).json()) as {
      version: string;
      host: string;
    };
    expect(variables).toMatchObject({ version: server.version, host: '127.0.0.1' });
  });

  it('fails with the end of the log when the configuration is refused', async () => {
    await expect(launchNats({ config: { no_such_setting: 1 } })).rejects.toThrow(/no_such_setting/);
  });
});
