import type { CompleteThrough, ObservationEvent } from '@tapio/domain';
import { waitMs } from '@tapio/runtime';
import type { PodObservation } from '../collectors/pods/collector.ts';
import type { Gap, GapOrigin } from '../gaps/gap-events.ts';
import { gapEvent } from '../gaps/gap-events.ts';
import type { FlightRecorder } from '../recorder/flight-recorder.ts';
import { Notifier } from '../spool/notifier.ts';
import type { Spool } from '../spool/spool.ts';
import { Assembler } from './assembler.ts';
import type { AgentCheckpoint, RingsProgress } from './checkpoint.ts';
import type { KernelFeed } from './kernel-feed.ts';
import { BulkOverflow } from './overflow.ts';

export interface PipelineOptions {
  readonly origin: GapOrigin;
  readonly spool: Spool;
  readonly recorder: FlightRecorder;
  /** Where an earlier agent of this incarnation stopped. */
  readonly from: AgentCheckpoint;
  /** Looks for pods that records name and nobody knows; true when some were found. */
  readonly findPods: (podUids: readonly string[], signal: AbortSignal) => Promise<boolean>;
  /** How long events wait for others to share a batch. */
  readonly lingerMs?: number;
  readonly nowUs?: () => number;
}

interface Delivery {
  readonly observation: PodObservation;
  readonly stored: PromiseWithResolvers<undefined>;
}

const LINGER_MS = 20;
/** Bulk events alone wait longer: each frame costs a sync of the disk and a message. */
const BULK_LINGER_MS = 250;
const LOOK_MS = 1_000;
const HEARTBEAT_MS = 2_000;
/** Events that are sealed without waiting for the linger time. */
const FLUSH_EVENTS = 1_000;
/** Unacknowledged frames above which an idle agent sends no further heartbeat. */
const HEARTBEAT_BACKLOG = 16;
const DELIVERIES = 64;
/** Waiting slots from which records are taken at once. */
const CROWDED_SLOTS = 4;

/**
 * The one loop between collectors and spool. It takes records slot by slot and pod observations, and stores
 * them with the checkpoint that accounts for them in one frame; only then ring space is released and a pod
 * observation counts as delivered. While the spool has no room it takes nothing: records wait in the ring.
 */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #nowUs: () => number;
  readonly #assembler: Assembler;
  readonly #overflow: BulkOverflow;
  readonly #wake = new Notifier();
  readonly #deliveries: Delivery[] = [];
  readonly #gaps: Gap[] = [];
  #kernel: KernelFeed | undefined;
  #gapNumber: number;
  #completeThrough: CompleteThrough;
  /** As the last frame said it: what its successor may claim before its own events. */
  #sealedThrough: CompleteThrough;
  #kubeletUs = 0;
  #woken = false;
  #lookAtMs = 0;
  #pendingSinceMs = 0;
  #heartbeatAtMs = 0;
  #storing: Promise<void> = Promise.resolve();
  #failure: Error | undefined;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#nowUs = options.nowUs ?? ((): number => Date.now() * 1000);
    this.#gapNumber = options.from.gapNumber;
    this.#completeThrough = options.from.completeThrough;
    this.#sealedThrough = options.from.completeThrough;
    this.#overflow = new BulkOverflow(() => options.spool.fill);
    this.#assembler = new Assembler({
      recorder: options.recorder,
      shedBulk: () => this.#overflow.shedding(),
      onShed: (event) => {
        this.#overflow.shed(event);
      },
      onIncompleteRecording: (containerId, endUs) => {
        this.#gaps.push(incompleteRecording(containerId, endUs));
      },
    });
  }

  get stage(): Assembler['stage'] {
    return this.#assembler.stage;
  }

  get promoted(): number {
    return this.#assembler.promoted;
  }

  get completeThrough(): CompleteThrough {
    return this.#completeThrough;
  }

  /** Records are taken from it as soon as `run` runs. */
  attach(kernel: KernelFeed): void {
    this.#kernel = kernel;
  }

  /** Something is there to be taken. */
  wake(): void {
    this.#woken = true;
    this.#wake.notify();
  }

  /** Puts an event of the agent itself into the stream. */
  add(event: ObservationEvent): void {
    this.#assembler.add(event);
    this.wake();
  }

  addGap(gap: Gap): void {
    this.#gaps.push(gap);
    this.wake();
  }

  /**
   * Resolves when the observation is stored for good; at once for one that has nothing to store. Refuses more
   * than a few at a time.
   */
  deliver(observation: PodObservation): Promise<void> {
    if (this.#deliveries.length >= DELIVERIES)
      return Promise.reject(new Error('too many pod observations wait'));
    if (observation.events.length === 0 && observation.gap === undefined) {
      this.#kubeletUs = Math.max(this.#kubeletUs, observation.completeThroughUs);
      return Promise.resolve();
    }
    const stored = Promise.withResolvers<undefined>();
    this.#deliveries.push({ observation, stored });
    this.wake();
    return stored.promise;
  }

  /** Runs until `signal` is aborted, then stores what was taken. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#failure === undefined) {
      await this.#waitForWork(signal);
      this.#woken = false;
      await this.#takeAll(signal);
      if (this.#isDue()) await this.#flush(signal);
    }
    if (this.#failure !== undefined) throw this.#failure;
    this.#look();
    await this.#flush(AbortSignal.timeout(2_000));
    await this.#storing;
    for (const { stored } of this.#deliveries.splice(0)) stored.reject(new Error('the agent stops'));
  }

  async #waitForWork(signal: AbortSignal): Promise<void> {
    if (!this.#hasWork()) {
      const bulkAtMs = this.#assembler.count > 0 ? this.#pendingSinceMs + BULK_LINGER_MS : Infinity;
      const idleMs = Math.min(this.#lookAtMs, this.#heartbeatAtMs, bulkAtMs) - Date.now();
      await this.#wake.wait(signal, Math.max(1, idleMs));
    }
    // Others that come at the same time share the frame; under load there is no need to wait for them.
    if (this.#hasWork() && (this.#kernel?.waiting ?? 0) < CROWDED_SLOTS) {
      await waitMs(this.#options.lingerMs ?? LINGER_MS, signal);
    }
  }

  #hasWork(): boolean {
    return this.#woken || (this.#kernel?.waiting ?? 0) > 0;
  }

  async #takeAll(signal: AbortSignal): Promise<void> {
    const { findPods } = this.#options;
    if (this.#assembler.count === 0) this.#pendingSinceMs = Date.now();
    while (this.#kernel !== undefined && this.#kernel.waiting > 0 && this.#assembler.count < FLUSH_EVENTS) {
      const events = await this.#kernel.take((podUids) => findPods(podUids, signal));
      for (const event of events) this.#assembler.add(event);
    }
    if (Date.now() >= this.#lookAtMs) this.#look();
  }

  #look(): void {
    this.#lookAtMs = Date.now() + LOOK_MS;
    const nowUs = this.#nowUs();
    this.#options.recorder.expire(nowUs);
    this.#gaps.push(...(this.#kernel?.look() ?? []));
    const overflow = this.#overflow.look(nowUs);
    if (overflow !== undefined) this.#gaps.push(overflow);
    const kernelUs = this.#kernel?.completeThroughUs;
    this.#completeThrough = {
      ...this.#completeThrough,
      ...(kernelUs === undefined ? {} : { kernel: kernelUs }),
      tapio: nowUs,
    };
  }

  #isDue(): boolean {
    const now = Date.now();
    return (
      this.#assembler.urgent ||
      this.#assembler.count >= FLUSH_EVENTS ||
      (this.#assembler.count > 0 && now >= this.#pendingSinceMs + BULK_LINGER_MS) ||
      this.#gaps.length > 0 ||
      this.#deliveries.some(
        ({ observation }) => observation.events.length > 0 || observation.gap !== undefined,
      ) ||
      (now >= this.#heartbeatAtMs && this.#options.spool.state.unacknowledged < HEARTBEAT_BACKLOG)
    );
  }

  /** Seals what was taken into one frame with its checkpoint. */
  async #flush(signal: AbortSignal): Promise<void> {
    const { origin, spool } = this.#options;
    if (!(await spool.ready(signal))) return;
    const delivered = this.#deliveries.splice(0);
    for (const { observation } of delivered) this.#takeObservation(observation);
    const kubelet = Math.max(this.#completeThrough.kubelet ?? 0, this.#kubeletUs);
    if (kubelet > 0) this.#completeThrough = { ...this.#completeThrough, kubelet };
    for (const gap of this.#gaps.splice(0)) {
      this.#gapNumber += 1;
      this.#assembler.add(gapEvent(origin, this.#gapNumber, gap));
    }
    const now = Date.now();
    const batches = this.#assembler.seal(
      this.#completeThrough,
      this.#sealedThrough,
      now >= this.#heartbeatAtMs,
    );
    if (batches.some(({ lane }) => lane === 'signal')) this.#heartbeatAtMs = now + HEARTBEAT_MS;
    this.#sealedThrough = this.#completeThrough;
    const progress = this.#kernel?.progress ?? this.#options.from.rings;
    const stored = spool.append(batches, { ...this.#checkpoint(progress) });
    this.#storing = stored
      .then(() => {
        this.#kernel?.release(progress);
        for (const delivery of delivered) delivery.stored.resolve(undefined);
      })
      .catch((error: unknown) => {
        this.#failure = error instanceof Error ? error : new Error('the spool failed', { cause: error });
        for (const delivery of delivered) delivery.stored.reject(this.#failure);
        this.wake();
      });
  }

  #takeObservation(observation: PodObservation): void {
    for (const event of observation.events) this.#assembler.add(event);
    if (observation.gap !== undefined) this.#gaps.push(observation.gap);
    this.#kubeletUs = Math.max(this.#kubeletUs, observation.completeThroughUs);
  }

  #checkpoint(rings: RingsProgress): AgentCheckpoint {
    return {
      captureEpoch: this.#options.from.captureEpoch,
      rings,
      gapNumber: this.#gapNumber,
      completeThrough: this.#completeThrough,
    };
  }
}

function incompleteRecording(containerId: string, endUs: number): Gap {
  return {
    reason: 'flight_recorder_lost',
    sources: ['kernel'],
    lanes: ['bulk'],
    startUs: endUs - 30_000_000,
    endUs,
    containers: [containerId],
    detail: 'the recording of the container had been given up for memory',
  };
}
