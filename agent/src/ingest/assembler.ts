import type { CompleteThrough, Lane, ObservationEvent, Source } from '@tapio/domain';
import { BATCH_LIMITS, LANES, encodeBatch, laneOf } from '@tapio/domain';
import { Conservation } from '@tapio/runtime';
import type { FlightRecorder } from '../recorder/flight-recorder.ts';
import type { NewBatch } from '../spool/frame.ts';

export interface AssemblerOptions {
  readonly recorder: FlightRecorder;
  /** Called when a recording that is promoted had lost events for lack of memory. */
  readonly onIncompleteRecording: (containerId: string, endUs: number) => void;
  /** Whether bulk events are given up for now. */
  readonly shedBulk: () => boolean;
  readonly onShed: (event: ObservationEvent) => void;
}

/** Events of a message: some 100 KB, well below what a server takes. */
const EVENTS_PER_BATCH = 500;

export type AssembleDrop = 'spool_overflow';

/**
 * Sorts events by lane and source into batches. Bulk events also go through the flight recorder, from which an
 * abnormal end of their container promotes them.
 */
export class Assembler {
  readonly #options: AssemblerOptions;
  readonly #open = new Map<
    string,
    { readonly lane: Lane; readonly source: Source; readonly events: ObservationEvent[] }
  >();
  readonly stage: Conservation<AssembleDrop>;
  #count = 0;
  #urgent = false;
  #promoted = 0;

  constructor(options: AssemblerOptions) {
    this.#options = options;
    this.stage = new Conservation<AssembleDrop>('assemble', ['spool_overflow'], () => this.#count);
  }

  /** Events that wait to be sealed. */
  get count(): number {
    return this.#count;
  }

  /** Whether a signal is among them. */
  get urgent(): boolean {
    return this.#urgent;
  }

  /** Bulk events that became signals. */
  get promoted(): number {
    return this.#promoted;
  }

  add(event: ObservationEvent): void {
    this.stage.receive();
    if (laneOf(event) === 'signal') {
      this.#put('signal', event);
      if (isAbnormalEnd(event)) this.#promote(event);
      return;
    }
    if (this.#options.recorder.record(event)) {
      this.stage.receive();
      this.#put('signal', event);
      this.#promoted += 1;
    }
    if (this.#options.shedBulk()) {
      this.stage.drop('spool_overflow');
      this.#options.onShed(event);
    } else this.#put('bulk', event);
  }

  /**
   * Takes out all that waits, as batches of one source and lane each. The last batch of a lane carries the
   * completeness; with `heartbeat`, the signal lane gets an empty batch when it has no other.
   */
  seal(completeThrough: CompleteThrough, before: CompleteThrough, heartbeat: boolean): readonly NewBatch[] {
    const batches: NewBatch[] = [];
    for (const { lane, source, events } of this.#open.values()) {
      for (let at = 0; at < events.length; at += EVENTS_PER_BATCH) {
        batches.push(...encode(lane, source, events.slice(at, at + EVENTS_PER_BATCH), before));
      }
    }
    this.#open.clear();
    this.stage.send(this.#count);
    this.#count = 0;
    this.#urgent = false;
    if (heartbeat && !batches.some(({ lane }) => lane === 'signal')) {
      batches.push({ lane: 'signal', source: 'tapio', count: 0, completeThrough, payload: encodeBatch([]) });
    }
    for (const lane of LANES) {
      const last = batches.findLastIndex((batch) => batch.lane === lane);
      const batch = batches[last];
      if (batch !== undefined) batches[last] = { ...batch, completeThrough };
    }
    return batches;
  }

  #put(lane: Lane, event: ObservationEvent): void {
    const key = `${lane}.${event.source}`;
    let open = this.#open.get(key);
    if (open === undefined) {
      open = { lane, source: event.source, events: [] };
      this.#open.set(key, open);
    }
    open.events.push(event);
    if (lane === 'signal') this.#urgent = true;
    this.#count += 1;
  }

  #promote(end: ObservationEvent): void {
    const { containerId } = end;
    if (containerId === undefined) return;
    // The kubelet tells whole seconds: what happened up to the next one may have been before the end.
    const endUs = end.timestamp + Number(end.data['resolution_us'] ?? 0);
    const { events, incomplete } = this.#options.recorder.promote(containerId, endUs);
    for (const event of events) {
      this.stage.receive();
      this.#put('signal', event);
    }
    this.#promoted += events.length;
    if (incomplete) this.#options.onIncompleteRecording(containerId, end.timestamp);
  }
}

/**
 * A container's first process ended by a signal or with a code, or the kubelet says that the container did. The
 * second covers containers whose first process is not pid 1 of a namespace (a shared or the node's own one).
 */
function isAbnormalEnd(event: ObservationEvent): boolean {
  const { data } = event;
  if (event.type === 'container_died') return data['exit_code'] !== '0';
  if (event.type !== 'process_exit') return false;
  const failed = data['exit_code'] !== '0' || data['signal'] !== '0';
  return failed && (data['container_init'] === 'true' || data['oom_killed'] === 'true');
}

/** Splits what is too large for a message. */
function encode(
  lane: Lane,
  source: Source,
  events: readonly ObservationEvent[],
  completeThrough: CompleteThrough,
): NewBatch[] {
  const payload = encodeBatch(events);
  if (payload.byteLength <= BATCH_LIMITS.sizeBytes || events.length === 1) {
    return [{ lane, source, count: events.length, completeThrough, payload }];
  }
  const half = Math.ceil(events.length / 2);
  return [
    ...encode(lane, source, events.slice(0, half), completeThrough),
    ...encode(lane, source, events.slice(half), completeThrough),
  ];
}
