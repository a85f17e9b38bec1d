import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@tapio/runtime';
import { afterAll, describe, expect, test } from 'vitest';
import { PodIndex } from '../../enrich/pod-index.ts';
import type { PodObservation, PodsCollectorOptions } from './collector.ts';
import { PodsCollector } from './collector.ts';
import type { PodListRead, PodListSource } from './source.ts';
import { podListSource } from './source.ts';

const folder = mkdtempSync(join(tmpdir(), 'tapio-pods-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const forever = new AbortController().signal;
const UID = '0d3c7a6e-2f3b-4a55-9d43-6b8f0f3a1c22';

function list(...names: readonly string[]): string {
  return JSON.stringify({
    kind: 'PodList',
    items: names.map((name) => ({
      metadata: {
        name,
        namespace: 'shop',
        uid: name === 'checkout' ? UID : `uid-${name}`,
        resourceVersion: '1',
      },
      spec: { containers: [{ name: 'report', image: 'x' }] },
      status: {
        containerStatuses: [
          {
            name: 'report',
            restartCount: 0,
            containerID: `containerd://${'c'.repeat(64)}`,
            state: { running: {} },
          },
        ],
      },
    })),
  });
}

describe('a file', () => {
  test('is read when it changed, and only then', async () => {
    const path = join(folder, 'pods.json');
    const source = podListSource({ from: path });
    expect(await source.read(forever)).toMatchObject({ kind: 'unreachable' });
    writeFileSync(path, 'one');
    expect(await source.read(forever)).toEqual({ kind: 'list', text: 'one' });
    expect(await source.read(forever)).toEqual({ kind: 'unchanged' });
    writeFileSync(path, 'three');
    expect(await source.read(forever)).toEqual({ kind: 'list', text: 'three' });
  });
  test('that is too large is refused', async () => {
    const path = join(folder, 'large.json');
    writeFileSync(path, 'x'.repeat(100));
    expect(await podListSource({ from: path, maxBytes: 50 }).read(forever)).toMatchObject({
      kind: 'unreachable',
    });
  });
});

describe('a URL', () => {
  async function served(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<{ url: string } & AsyncDisposable> {
    const server: Server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/pods`,
      [Symbol.asyncDispose]: async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  test('is asked with the token that the file holds now, and with the tag of the last answer', async () => {
    const seen: (string | undefined)[] = [];
    await using server = await served((request, response) => {
      seen.push(request.headers.authorization, request.headers['if-none-match']);
      if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
      else response.writeHead(200, { etag: '"1"' }).end('a list');
    });
    const tokenFile = join(folder, 'token');
    const source = podListSource({ from: server.url, tokenFile });
    writeFileSync(tokenFile, 'first\n');
    expect(await source.read(forever)).toEqual({ kind: 'list', text: 'a list' });
    writeFileSync(tokenFile, 'second');
    expect(await source.read(forever)).toEqual({ kind: 'unchanged' });
    expect(seen).toEqual(['Bearer first', undefined, 'Bearer second', '"1"']);
  });
  test.each([
    [401, /--pods-token-file/],
    [403, /nodes\/proxy/],
    [500, /answered 500/],
  ])('that answers %i says what to do', async (status, reason) => {
    await using server = await served((_, response) => response.writeHead(status).end());
    const read = await podListSource({ from: server.url }).read(forever);
    expect(read.kind === 'unreachable' && read.reason).toMatch(reason);
  });
  test('that sends too much, or nothing in time, is unreachable', async () => {
    await using large = await served((_, response) => response.end('x'.repeat(1000)));
    expect(await podListSource({ from: large.url, maxBytes: 100 }).read(forever)).toMatchObject({
      kind: 'unreachable',
    });
    await using silent = await served(() => undefined);
    expect(await podListSource({ from: silent.url, timeoutMs: 50 }).read(forever)).toMatchObject({
      kind: 'unreachable',
    });
  });
});

describe('the collector', () => {
  class Script implements PodListSource {
    reads = 0;
    next: PodListRead = { kind: 'list', text: list() };
    read(): Promise<PodListRead> {
      this.reads += 1;
      return Promise.resolve(this.next);
    }
  }

  async function collect(
    source: PodListSource,
    over: Partial<PodsCollectorOptions> = {},
  ): Promise<{ collector: PodsCollector; index: PodIndex; seen: PodObservation[]; snapshotPath: string }> {
    const index = new PodIndex();
    const seen: PodObservation[] = [];
    const snapshotPath = over.snapshotPath ?? join(folder, `${Math.random()}.json`);
    const collector = await PodsCollector.open({
      cluster: 'c',
      node: 'n',
      source,
      index,
      intervalMs: 5,
      seenThroughUs: undefined,
      snapshotPath,
      deliver: (observation) => {
        seen.push(observation);
        return Promise.resolve();
      },
      log: createLogger('test', 'silent'),
      ...over,
    });
    return { collector, index, seen, snapshotPath };
  }
  const runFor = async (collector: PodsCollector, ms: number): Promise<void> => {
    await collector.run(AbortSignal.timeout(ms));
  };
  const types = (seen: readonly PodObservation[]): string[] =>
    seen.flatMap((o) => o.events.map((e) => e.type));

  test('names pods, tells them once, and a later agent goes on from the snapshot', async () => {
    const source = new Script();
    source.next = { kind: 'list', text: list('checkout') };
    const first = await collect(source);
    await runFor(first.collector, 60);
    expect(first.index.find(UID, undefined)?.podName).toBe('checkout');
    expect(types(first.seen).filter((t) => t === 'pod_created')).toHaveLength(1);
    expect(readFileSync(first.snapshotPath, 'utf8')).toContain(UID);
    const second = await collect(source, { snapshotPath: first.snapshotPath });
    await runFor(second.collector, 60);
    expect(types(second.seen)).toEqual([]);
  });
  test('a snapshot is not ahead of its events: what could not be stored is told again', async () => {
    const source = new Script();
    source.next = { kind: 'list', text: list('checkout') };
    const failing = await collect(source, { deliver: () => Promise.reject(new Error('no room')) });
    await runFor(failing.collector, 40);
    const second = await collect(source, { snapshotPath: failing.snapshotPath });
    await runFor(second.collector, 40);
    expect(types(second.seen)).toContain('pod_created');
  });
  test('an outage is a gap from the last list to the next', async () => {
    const source = new Script();
    let nowUs = 1_700_000_000_000_000;
    const { collector, seen } = await collect(source, { nowUs: () => (nowUs += 1_000_000) });
    await runFor(collector, 30);
    const reachedUs = nowUs;
    source.next = { kind: 'unreachable', reason: 'refused' };
    await runFor(collector, 30);
    expect(collector.health).toEqual({ ok: false, reason: 'refused' });
    source.next = { kind: 'unchanged' };
    await runFor(collector, 30);
    const gaps = seen.flatMap((o) => (o.gap === undefined ? [] : [o.gap]));
    expect(gaps).toMatchObject([{ reason: 'kubelet_unreachable', sources: ['kubelet'], startUs: reachedUs }]);
    expect(gaps[0]!.endUs).toBeGreaterThan(reachedUs);
    expect(collector.health).toEqual({ ok: true });
  });
  describe('after a pause without an agent', () => {
    const NOW_US = 1_700_000_000_000_000;
    const earlier = async (): Promise<string> => {
      const source = new Script();
      source.next = { kind: 'list', text: list('checkout') };
      const { collector, snapshotPath } = await collect(source);
      await runFor(collector, 40);
      return snapshotPath;
    };
    const gapsAfter = async (pauseUs: number, names: readonly string[]): Promise<readonly unknown[]> => {
      const source = new Script();
      source.next = { kind: 'list', text: list(...names) };
      const { collector, seen } = await collect(source, {
        snapshotPath: await earlier(),
        seenThroughUs: NOW_US - pauseUs,
        nowUs: () => NOW_US,
      });
      await runFor(collector, 30);
      source.next = { kind: 'list', text: list('later', ...names) };
      await runFor(collector, 30);
      return seen.flatMap((o) => (o.gap === undefined ? [] : [o.gap]));
    };
    test('pods that changed in it make it a gap, once', async () => {
      expect(await gapsAfter(60_000_000, ['checkout', 'cart'])).toMatchObject([
        { reason: 'kubelet_unreachable', sources: ['kubelet'], startUs: NOW_US - 60_000_000, endUs: NOW_US },
      ]);
    });
    test('pods that did not change make it none, and so does a pause no longer than the kubelet’s delay', async () => {
      expect(await gapsAfter(60_000_000, ['checkout'])).toEqual([]);
      expect(await gapsAfter(4_000_000, ['checkout', 'cart'])).toEqual([]);
    });
    test('a list that can’t be read at first makes it one from the earlier agent’s end', async () => {
      const source = new Script();
      source.next = { kind: 'unreachable', reason: 'refused' };
      const { collector, seen } = await collect(source, {
        seenThroughUs: NOW_US - 9_000_000,
        nowUs: () => NOW_US,
      });
      await runFor(collector, 20);
      source.next = { kind: 'unchanged' };
      await runFor(collector, 20);
      expect(seen.flatMap((o) => o.gap ?? [])).toMatchObject([
        { reason: 'kubelet_unreachable', startUs: NOW_US - 9_000_000, endUs: NOW_US },
      ]);
    });
  });
  test('a list that is none is counted and no reason to forget the pods', async () => {
    const source = new Script();
    source.next = { kind: 'list', text: list('checkout') };
    const { collector, index } = await collect(source);
    await runFor(collector, 30);
    for (const text of ['{', '[]', '{"kind":"Secret"}']) {
      source.next = { kind: 'list', text };
      await runFor(collector, 15);
    }
    expect(collector.health.ok).toBe(false);
    expect(collector.stage.state().dropped.malformed).toBeGreaterThan(2);
    expect(collector.stage.state().imbalance).toBe(0);
    expect(index.find(UID, undefined)).toBeDefined();
  });
  test('completeness lags behind, because the kubelet does', async () => {
    const { collector, seen } = await collect(new Script(), { nowUs: () => 1_700_000_000_000_000 });
    await runFor(collector, 20);
    expect(seen[0]?.completeThroughUs).toBe(1_700_000_000_000_000 - 3_000_000);
  });
  test('a pod that is not known is looked for once, and not again at once', async () => {
    const source = new Script();
    const { collector, index } = await collect(source);
    source.next = { kind: 'list', text: list('checkout') };
    await collector.refresh([UID], 300, forever);
    expect(index.find(UID, undefined)).toBeDefined();
    await collector.refresh([UID], 300, forever);
    expect(source.reads).toBe(1);
    await collector.refresh(['another'], 300, forever);
    expect(source.reads).toBe(2);
  });
  test('a kubelet that does not answer holds records up no longer than told', async () => {
    const { collector } = await collect({ read: () => new Promise(() => undefined) });
    const before = Date.now();
    await collector.refresh([UID], 30, forever);
    expect(Date.now() - before).toBeLessThan(1_000);
  });
});
