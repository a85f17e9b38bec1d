import type { NatsServer } from '@tapio/testkit';
import { launchNats, toolsMissing, waitFor } from '@tapio/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SignalMessage, Stream } from '../../src/index.ts';
import { SignalReader, openStream } from '../../src/index.ts';
import { death, newCluster, publish } from './servers.ts';

const missing = toolsMissing();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

describe.skipIf(missing !== undefined)('the signals of a stream', () => {
  let server: NatsServer;
  let stream: Stream;

  beforeAll(async () => {
    server = await launchNats();
    stream = await openStream({ url: server.url });
  });
  afterAll(async () => {
    await stream[Symbol.asyncDispose]();
    await stream[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await stream.ensureStreams();
  });

  async function open(cluster: string, fromSequence = 1): Promise<SignalReader> {
    const { identity } = await stream.signalState();
    return new SignalReader(stream, { cluster, fromSequence, identity });
  }

  async function fill(cluster: string, from: number, count: number): Promise<number[]> {
    const sequences: number[] = [];
    for (let batch = from; batch < from + count; batch += 1) {
      sequences.push(await publish(stream, { cluster, batch, events: [death(cluster, batch)] }));
    }
    return sequences;
  }

  async function readAll(reader: SignalReader, count: number): Promise<SignalMessage[]> {
    const messages: SignalMessage[] = [];
    while (messages.length < count) messages.push(...(await reader.read({ records: 10, waitMs: 20_000 })));
    return messages;
  }

  const sequencesOf = (messages: readonly SignalMessage[]): number[] =>
    messages.map(({ sequence }) => sequence);

  test('come in order from a sequence on, those of the cluster only, also over a restart of the server', async () => {
    const cluster = newCluster();
    const first = await fill(cluster, 1, 150);
    await fill(newCluster(), 1, 3);
    await using reader = await open(cluster, first[10]);
    expect(sequencesOf(await readAll(reader, 140))).toEqual(first.slice(10));
    expect(await reader.read({ records: 10, waitMs: 100 })).toEqual([]);
    await server.kill('SIGKILL');
    await server.restart();
    await waitFor(() => stream.signalState(), { timeoutMs: 30_000, describe: 'the stream to answer' });
    const more = await fill(cluster, 151, 5);
    const messages = await readAll(reader, 5);
    expect(sequencesOf(messages)).toEqual(more);
    expect(messages[0]?.outcome).toMatchObject({ ok: true, value: { events: [death(cluster, 151)] } });
    expect(messages[0]?.storedUs).toBeGreaterThan(1e15);
  });

  test('what is beyond a limit stays for the next call', async () => {
    const cluster = newCluster();
    const sequences = await fill(cluster, 1, 20);
    await using reader = await open(cluster);
    const upTo = sequences[6]!;
    const early: SignalMessage[] = [];
    while (!reader.passed(upTo)) early.push(...(await reader.read({ records: 3, waitMs: 1_000, upTo })));
    expect(sequencesOf(early)).toEqual(sequences.slice(0, 7));
    expect(sequencesOf(await readAll(reader, 13))).toEqual(sequences.slice(7));
  });

  test('a sequence that nobody holds any more is passed', async () => {
    await using reader = await open(newCluster());
    const upTo = (await stream.signalState()).lastSequence;
    const deadlineMs = performance.now() + 20_000;
    while (!reader.passed(upTo) && performance.now() < deadlineMs)
      await reader.read({ records: 1, waitMs: 100, upTo });
    expect(reader.passed(upTo)).toBe(true);
  });

  test(
    'a wait ends with its signal, and reading with a stream that was made anew',
    { timeout: 60_000 },
    async () => {
      const cluster = newCluster();
      await using reader = await open(cluster);
      const waiting = reader.read({ records: 1, waitMs: 60_000, signal: AbortSignal.timeout(200) });
      await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
      await stream.manager.streams.delete('SIGNALS');
      await stream.ensureStreams();
      await expect(readAll(reader, 1)).rejects.toMatchObject({ code: 'stream_recreated' });
    },
  );

  test('purging drops the cluster’s messages below a sequence and no others', async () => {
    const [mine, other] = [newCluster(), newCluster()];
    const sequences = await fill(mine, 1, 4);
    await fill(other, 1, 2);
    expect(await stream.purgeSignals(mine, sequences[2]!)).toBe(2);
    expect(await stream.purgeSignals(mine, 0)).toBe(0);
    await using reader = await open(mine);
    expect(sequencesOf(await readAll(reader, 2))).toEqual(sequences.slice(2));
    await using others = await open(other);
    expect(await readAll(others, 2)).toHaveLength(2);
  });

  test('a stream that would lose data is refused', async () => {
    await stream.manager.streams.delete('BULK');
    await stream.manager.streams.add({
      name: 'BULK',
      subjects: ['observations.*.bulk.>'],
      retention: 'workqueue',
    });
    await expect(stream.ensureStreams()).rejects.toMatchObject({
      code: 'stream_unfit',
      message: expect.stringContaining('workqueue') as string,
    });
    await stream.manager.streams.delete('BULK');
  });

  test('a server that is not there is told', async () => {
    await expect(openStream({ url: 'nats://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
    });
  });
});
