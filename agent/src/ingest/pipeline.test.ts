import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObservationEvent } from '@tapio/domain';
import { CONTENT_TYPE, decodeBatch } from '@tapio/domain';
import type { RingBatch } from '@tapio/native';
import { afterAll, describe, expect, test } from 'vitest';
import { BootClock } from '../clock/boot-clock.ts';
import type { Capture } from '../collectors/shared/capture.ts';
import { CgroupContexts } from '../collectors/shared/cgroup-contexts.ts';
import type { RingDrops, RingName } from '../collectors/shared/rings.ts';
import { RecordContext } from '../collectors/shared/record-context.ts';
import { SlotDecoder } from '../collectors/shared/slot-decoder.ts';
import { processCollector } from '../collectors/process/collector.ts';
import { PodIndex } from '../enrich/pod-index.ts';
import { FlightRecorder } from '../recorder/flight-recorder.ts';
import type { Frame } from '../spool/frame.ts';
import { Spool } from '../spool/spool.ts';
import { RecordBytes, ringImage } from '../testing/records.ts';
import { RINGS_AT_START, readCheckpoint } from './checkpoint.ts';
import { KernelFeed } from './kernel-feed.ts';
import { Pipeline } from './pipeline.ts';

const folder = mkdtempSync(join(tmpdir(), 'tapio-pipeline-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const UID = '0d3c7a6e-2f3b-4a55-9d43-6b8f0f3a1c22';
const ID = 'a'.repeat(64);
let serial = 0;

const NO_DROPS: RingDrops = { accepted: 0, dropped: 0, gaps: 0, perCpu: [] };

/** A capture of two rings whose records tests write: those of `crit`, as long as nothing else is said. */
class FakeRing {
  readonly rings: readonly RingName[] = ['crit', 'bulk'];
  readonly captureEpoch = 'e1';
  readonly resumed = false;
  readonly replaced = undefined;
  readonly releases: number[] = [];
  readonly freed: number[] = [];
  readonly bulkReleases: number[] = [];
  counters: RingDrops = NO_DROPS;
  bulkCounters: RingDrops = NO_DROPS;
  /** Bytes that programs have written and nobody was given, by ring. */
  unread: readonly number[] = [0, 0];
  memory = ringImage([exit(1), exit(2, UID)]);
  readonly #positions = [0, 0];
  #onBatch: ((batch: RingBatch) => void) | undefined;

  asCapture(): Capture {
    return this as unknown as Capture;
  }

  read(onBatch: (batch: RingBatch) => void): unknown {
    this.#onBatch = onBatch;
    return {
      memory: this.memory,
      freeSlot: (slot: number) => this.freed.push(slot),
      release: (ring: number, position: number) =>
        (ring === 0 ? this.releases : this.bulkReleases).push(position),
      counters: () => ({
        rings: this.#positions.map((at, ring) => ({
          readPosition: at,
          producerPosition: at + (this.unread[ring] ?? 0),
        })),
      }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  drops(ring: RingName): RingDrops {
    return ring === 'crit' ? this.counters : this.bulkCounters;
  }

  /** Hands over the image once more, as further records. */
  give(ring = 0): void {
    const startPosition = this.#positions[ring] ?? 0;
    const endPosition = startPosition + this.memory.byteLength;
    this.#positions[ring] = endPosition;
    this.#onBatch?.({
      slot: 3,
      ring,
      offsetBytes: 0,
      sizeBytes: this.memory.byteLength,
      records: 2,
      startPosition,
      endPosition,
    });
  }
}

function exit(seq: number, podUid?: string): RecordBytes {
  return new RecordBytes(2, 1024, { seq, bootNs: 1_000_000_000n })
    .task({ tgid: 100 + seq, comm: 'x' })
    .cgroup(
      podUid === undefined ? ['a.service'] : [ID, `pod${podUid}`, 'burstable'],
      podUid === undefined ? 1 : 4,
      BigInt(seq),
    )
    .u8(604, 0)
    .u8(605, podUid === undefined ? 0 : 9)
    .u8(606, 0)
    .u64(608, 1n);
}

interface Rig extends AsyncDisposable {
  readonly ring: FakeRing;
  readonly spool: Spool;
  readonly pipeline: Pipeline;
  readonly pods: PodIndex;
  readonly asked: string[];
  stop(): Promise<void>;
}

async function rig(over: { findPods?: (rig: PodIndex) => boolean; maxBytes?: number } = {}): Promise<Rig> {
  serial += 1;
  const { spool } = await Spool.open({
    directory: join(folder, String(serial)),
    maxBytes: over.maxBytes ?? 1024 * 1024,
    bootId: 'b',
    sync: false,
  });
  const ring = new FakeRing();
  const pods = new PodIndex();
  const cgroups = new CgroupContexts(pods);
  const clock = new BootClock({
    read: () => ({ bootNs: 5_000_000_000n, realNs: BigInt(Date.now()) * 1_000_000n, errorNs: 1 }),
  });
  const identity = {
    cluster: 'c',
    node: 'n',
    captureEpoch: 'e1',
    bootId: 'b',
    rings: ['crit'],
    pageSizeBytes: 4096,
  };
  const decoder = new SlotDecoder(new RecordContext(identity, clock, cgroups), [processCollector]);
  const asked: string[] = [];
  const from = {
    captureEpoch: 'e1',
    rings: RINGS_AT_START,
    gapNumber: 4,
    completeThrough: {},
  };
  const pipeline = new Pipeline({
    origin: { cluster: 'c', node: 'n', incarnation: spool.incarnation },
    spool,
    recorder: new FlightRecorder(),
    from,
    lingerMs: 1,
    findPods: (uids) => {
      asked.push(...uids);
      return Promise.resolve(over.findPods?.(pods) ?? false);
    },
  });
  const feed = new KernelFeed({
    capture: ring.asCapture(),
    clock,
    decoder,
    cgroups,
    from: RINGS_AT_START,
    completeThroughUs: undefined,
    wake: () => {
      pipeline.wake();
    },
  });
  pipeline.attach(feed);
  const abort = new AbortController();
  const running = pipeline.run(abort.signal);
  const stop = async (): Promise<void> => {
    abort.abort();
    await running;
    await feed[Symbol.asyncDispose]();
  };
  return {
    ring,
    spool,
    pipeline,
    pods,
    asked,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      await spool[Symbol.asyncDispose]();
    },
  };
}

async function framesOf(spool: Spool): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of spool.read(AbortSignal.timeout(150))) frames.push(frame);
  return frames;
}

function eventsOf(batch: Frame['batches'][number]): readonly ObservationEvent[] {
  const decoded = decodeBatch(batch.payload, CONTENT_TYPE.msgpack, {
    producer: { cluster: 'c', node: 'n', lane: batch.lane, incarnation: 'i' },
    batch: 1,
    count: batch.count,
    completeThrough: {},
  });
  if (!decoded.ok) throw new Error(decoded.fault.message);
  return decoded.value.events;
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
}

describe('from ring to spool', () => {
  test('ring space is released only up to what a stored frame accounts for, and all of it at the end', async () => {
    await using r = await rig();
    for (let i = 0; i < 20; i += 1) r.ring.give();
    await until(() => r.ring.releases.at(-1) === 20 * r.ring.memory.byteLength);
    await r.stop();
    const frames = await framesOf(r.spool);
    const positions = frames.map((f) => readCheckpoint(f.checkpoint)?.rings.crit.position ?? -1);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(r.ring.releases.every((position) => positions.includes(position))).toBe(true);
    const counts = frames.flatMap((f) => f.batches).reduce((sum, b) => sum + b.count, 0);
    expect(counts).toBe(40);
    expect(r.ring.freed).toHaveLength(20);
  });
  test('a pod that is found in time is in the events of the records that named it', async () => {
    const found = {
      podUid: UID,
      podName: 'checkout',
      namespace: 'shop',
      workload: 'Deployment/checkout',
      containers: new Map([[ID, {}]]),
    };
    await using r = await rig({
      findPods: (pods) => {
        pods.replace([found]);
        return true;
      },
    });
    r.ring.give();
    await until(() => r.ring.releases.length > 0);
    await r.stop();
    const text = (await framesOf(r.spool))
      .flatMap((f) => f.batches)
      .map((b) => new TextDecoder('latin1').decode(b.payload))
      .join();
    expect(r.asked).toEqual([UID]);
    expect(text).toContain('Deployment/checkout');
  });
  test('drops of the ring are a gap, told once, with the next number', async () => {
    await using r = await rig();
    r.ring.counters = {
      accepted: 5,
      dropped: 7,
      gaps: 1,
      perCpu: [{ dropped: 7, gapStartUs: 4_000_000, gapEndUs: 6_000_000 }],
    };
    await until(() => r.pipeline.completeThrough.kernel !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    await r.stop();
    const frames = await framesOf(r.spool);
    const last = readCheckpoint(frames.at(-1)?.checkpoint);
    expect([last?.gapNumber, last?.rings.crit.reportedDrops]).toEqual([5, { dropped: 7, gaps: 1 }]);
    expect(last?.rings.bulk.reportedDrops).toEqual({ dropped: 0, gaps: 0 });
  });
  test('drops of the bulk ring are a gap of the bulk lane alone', async () => {
    await using r = await rig();
    r.ring.bulkCounters = {
      accepted: 5,
      dropped: 3,
      gaps: 1,
      perCpu: [{ dropped: 3, gapStartUs: 4_000_000, gapEndUs: 6_000_000 }],
    };
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    await r.stop();
    const text = (await framesOf(r.spool))
      .flatMap((f) => f.batches)
      .map((b) => new TextDecoder('latin1').decode(b.payload))
      .join();
    expect(text).toContain('ring bulk');
    expect(text).not.toContain('signal,bulk');
  });
  test('a record that can’t be read does not stop its neighbours, and is a gap with its count', async () => {
    await using r = await rig();
    await until(() => r.pipeline.completeThrough.kernel !== undefined);
    const torn = exit(1);
    new DataView(torn.bytes.buffer).setUint16(2, 60_000, true);
    new Uint8Array(r.ring.memory).set(torn.bytes, 8);
    r.ring.give();
    await until(() => r.ring.releases.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await r.stop();
    const batches = (await framesOf(r.spool)).flatMap((f) => f.batches);
    const events = batches.flatMap((b) => eventsOf(b));
    expect(events.filter((e) => e.type === 'process_exit').map((e) => e.pid)).toEqual([102]);
    const [gap, ...others] = events.filter((e) => e.type === 'capture_gap');
    expect(others).toEqual([]);
    expect(gap?.data).toMatchObject({ reason: 'record_malformed', lost: '1', lanes: 'signal,bulk' });
    expect(Number(gap?.data['start_us'])).toBeLessThanOrEqual(Number(gap?.data['end_us']));
  });
  test('each ring has its own position: one is released while the other waits', async () => {
    await using r = await rig();
    for (let i = 0; i < 3; i += 1) r.ring.give(1);
    r.ring.give(0);
    await until(() => r.ring.bulkReleases.at(-1) === 3 * r.ring.memory.byteLength);
    await until(() => r.ring.releases.at(-1) === r.ring.memory.byteLength);
    await r.stop();
    const last = readCheckpoint((await framesOf(r.spool)).at(-1)?.checkpoint);
    expect([last?.rings.crit.position, last?.rings.bulk.position]).toEqual([
      r.ring.memory.byteLength,
      3 * r.ring.memory.byteLength,
    ]);
  });
  test('completeness waits for the ring that was not read up', async () => {
    await using r = await rig();
    r.ring.unread = [0, 8];
    await until(() => r.pipeline.completeThrough.tapio !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const stuckUs = r.pipeline.completeThrough.kernel ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(r.pipeline.completeThrough.kernel).toBe(stuckUs);
  });
  test('a pod observation counts as delivered when it is stored, and completeness only then', async () => {
    await using r = await rig();
    const event: ObservationEvent = {
      id: 'p',
      timestamp: 1_700_000_000_000_000,
      source: 'kubelet',
      type: 'pod_created',
      cluster: 'c',
      node: 'n',
      data: {},
    };
    await r.pipeline.deliver({ events: [event], completeThroughUs: 9 });
    await r.pipeline.deliver({ events: [], completeThroughUs: 10 });
    await r.stop();
    const batches = (await framesOf(r.spool)).flatMap((f) => f.batches);
    const index = batches.findIndex((b) => b.source === 'kubelet');
    expect(batches[index]?.completeThrough.kubelet).toBe(9);
    expect(batches.slice(0, index).every((b) => b.completeThrough.kubelet === undefined)).toBe(true);
  });
  test('an idle agent sends a heartbeat with its completeness', async () => {
    await using r = await rig();
    await until(() => r.spool.state.unacknowledged > 0);
    await r.stop();
    const [beat] = (await framesOf(r.spool)).flatMap((f) => f.batches);
    expect(beat).toMatchObject({ lane: 'signal', source: 'tapio', count: 0 });
    expect(beat?.completeThrough.kernel).toBeGreaterThan(1_600_000_000_000_000);
  });
  test('while the spool is full, records wait in the ring', async () => {
    await using r = await rig({ maxBytes: 3_000 });
    r.ring.give();
    await until(() => r.ring.releases.length === 1);
    for (let i = 0; i < 30; i += 1) {
      r.ring.give();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until(() => r.spool.fill >= 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(r.ring.releases.at(-1)).toBeLessThan(31 * r.ring.memory.byteLength);
    const abort = new AbortController();
    const acknowledging = (async (): Promise<void> => {
      for await (const frame of r.spool.read(abort.signal)) r.spool.acknowledge(frame.sequence);
    })();
    await until(() => r.ring.releases.at(-1) === 31 * r.ring.memory.byteLength);
    abort.abort();
    await acknowledging;
  });
});
