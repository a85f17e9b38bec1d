import { randomBytes } from 'node:crypto';
import { CONTENT_TYPE, HEADER } from '@tapio/domain';
import { DEAD_LETTER_HEADER } from '@tapio/store';
import { toolsMissing, waitFor } from '@tapio/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { death } from './crash-loop.ts';
import type { LoaderProcess, Servers } from './harness.ts';
import { countEvents, launchServers, publish, startLoader } from './harness.ts';

const missing = toolsMissing();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

interface Letter {
  readonly subject: string;
  readonly header: (name: string) => string | undefined;
  readonly payload: Uint8Array;
}

describe.skipIf(missing !== undefined)('dead letters', () => {
  let servers: Servers;
  let loader: LoaderProcess;
  const cluster = `c.${randomBytes(4).toString('hex')}`;
  const nowUs = Date.now() * 1000;

  beforeAll(async () => {
    servers = await launchServers();
    loader = await startLoader(servers, cluster);
    await waitFor(async () => (await loader.ready()).ok, {
      timeoutMs: 60_000,
      describe: 'the loader to be ready',
    });
  });
  afterAll(async () => {
    await loader.child.stop();
    await servers[Symbol.asyncDispose]();
  });

  async function letters(): Promise<Letter[]> {
    const manager = await servers.jetstream.jetstreamManager();
    const { state } = await manager.streams.info('DEADLETTERS');
    const found: Letter[] = [];
    for (let seq = 1; seq <= state.last_seq; seq += 1) {
      const message = await manager.streams.getMessage('DEADLETTERS', { seq });
      if (message === null) continue;
      found.push({
        subject: message.subject,
        header: (name) => message.header.get(name) || undefined,
        payload: message.data,
      });
    }
    return found;
  }

  async function expectLetters(count: number): Promise<Letter[]> {
    return waitFor(
      async () => {
        const found = await letters();
        return found.length >= count ? found : undefined;
      },
      { timeoutMs: 30_000, describe: `${count} dead letters`, state: () => loader.child.logTail(5) },
    );
  }

  test('a malformed record in the middle of a batch takes no other with it, and is kept with its place', async () => {
    const events = [
      death(cluster, 1, nowUs),
      { ...death(cluster, 2, nowUs), timestamp: 17 },
      death(cluster, 3, nowUs),
    ];
    await publish(servers, { cluster, batch: 1, events });
    const [letter] = await expectLetters(1);
    expect(letter?.subject).toBe(`tapio.dlq.${cluster.replace('.', '=2E')}.node-1`);
    expect(letter?.header(DEAD_LETTER_HEADER.reason)).toBe('range');
    expect(letter?.header(DEAD_LETTER_HEADER.place)).toBe('events[1].timestamp');
    const content = JSON.parse(new TextDecoder().decode(letter?.payload)) as {
      index: number;
      record: string;
    };
    expect(content).toMatchObject({ index: 1, batch: 1, producer: { incarnation: 'inc-1' } });
    expect(JSON.parse(content.record)).toMatchObject({ timestamp: 17 });
    await waitFor(async () => (await countEvents(servers.graph, cluster)) === 2, {
      timeoutMs: 20_000,
      describe: 'the others',
    });
  });

  test('batches that can’t be taken are kept whole, and those behind them go on', async () => {
    const before = (await letters()).length;
    const one = [death(cluster, 10, nowUs)];
    await publish(servers, { cluster, batch: 2, events: one, headers: { [HEADER.schema]: '2.0' } });
    const garbage = new TextEncoder().encode('{ no json');
    await publish(servers, {
      cluster,
      batch: 3,
      events: one,
      payload: garbage,
      headers: { [HEADER.contentType]: CONTENT_TYPE.json },
    });
    await publish(servers, {
      cluster,
      batch: 4,
      events: one,
      headers: { [HEADER.contentType]: 'text/plain' },
    });
    await publish(servers, { cluster, batch: 5, events: [death(cluster, 11, nowUs)] });
    const found = (await expectLetters(before + 3)).slice(before);
    expect(found.map((letter) => letter.header(DEAD_LETTER_HEADER.reason))).toEqual([
      'newer_schema',
      'malformed',
      'content_type',
    ]);
    expect(found[0]?.header(HEADER.schema)).toBe('2.0');
    expect(found[0]?.header(DEAD_LETTER_HEADER.message)).toContain('upgrade the loader');
    expect(found[1]?.payload).toEqual(garbage);
    expect(found[1]?.header(DEAD_LETTER_HEADER.subject)).toContain('observations.kubelet.signal.');
    await waitFor(async () => (await countEvents(servers.graph, cluster)) === 3, {
      timeoutMs: 20_000,
      describe: 'the next batch',
    });
    // Rows are visible with the commit; the loader counts them when it has heard of it.
    await waitFor(
      async () => (await loader.metric('tapio_stage_records_total{stage="load",outcome="sent"}')) === 3,
      { timeoutMs: 20_000, describe: 'the loader to count the next batch' },
    );
    expect(await loader.metric('tapio_stage_records_total{stage="load",outcome="dropped_dead_letter"}')).toBe(
      4,
    );
  });

  test('the right events sent again in place of a dead batch are taken under another incarnation', async () => {
    await publish(servers, {
      cluster,
      batch: 1,
      events: [death(cluster, 10, nowUs)],
      incarnation: 'inc-1-again',
    });
    await waitFor(async () => (await countEvents(servers.graph, cluster)) === 4, {
      timeoutMs: 20_000,
      describe: 'the event',
    });
  });
});
