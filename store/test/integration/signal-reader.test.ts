import type { NatsServer } from '@tapio/testkit';
import { launchNats, toolsMissing } from '@tapio/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stream } from '../../src/index.ts';
import { SignalReader, openStream } from '../../src/index.ts';
import { death, newCluster, publish } from './servers.ts';

const missing = toolsMissing();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

describe.skipIf(missing !== undefined)('reading signals', () => {
  let server: NatsServer;
  let stream: Stream;

  beforeAll(async () => {
    server = await launchNats();
    stream = await openStream({ url: server.url });
    await stream.ensureStreams();
  });
  afterAll(async () => {
    await stream[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  test('what is beyond the last message asked for stays for the next call', async () => {
    const cluster = newCluster();
    const sequences: number[] = [];
    for (let batch = 1; batch <= 10; batch += 1)
      sequences.push(await publish(stream, { cluster, batch, events: [death(cluster, batch)] }));
    const [first = 0, , , fourth = 0] = sequences;
    const { identity } = await stream.signalState();
    await using reader = new SignalReader(stream, { cluster, fromSequence: first, identity });
    const limits = { records: 100, waitMs: 2_000 };
    const before: number[] = [];
    while (!reader.passed(fourth)) {
      const messages = await reader.read({ ...limits, upTo: fourth });
      before.push(...messages.map((message) => message.sequence));
    }
    expect(before).toEqual(sequences.slice(0, 4));
    expect(await reader.read({ ...limits, upTo: fourth })).toEqual([]);
    const after: number[] = [];
    while (after.length < 6) after.push(...(await reader.read(limits)).map((message) => message.sequence));
    expect(after).toEqual(sequences.slice(4));
  });
});
