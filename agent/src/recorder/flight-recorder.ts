import type { ObservationEvent } from '@tapio/domain';

export interface FlightRecorderLimits {
  /** How far back a promotion reaches. */
  readonly windowUs: number;
  readonly eventsPerContainer: number;
  readonly sizeBytes: number;
}

const FLIGHT_RECORDER_LIMITS: FlightRecorderLimits = {
  windowUs: 30_000_000,
  eventsPerContainer: 128,
  sizeBytes: 32 * 1024 * 1024,
};

interface Recording {
  events: ObservationEvent[];
  sizeBytes: number;
}

/** What a promotion yields. */
export interface Promotion {
  readonly events: readonly ObservationEvent[];
  /** The container's recording had been given up for memory: earlier events are missing. */
  readonly incomplete: boolean;
}

/** Containers whose eviction or end is remembered. */
const REMEMBERED = 1024;

/**
 * The last bulk events of each container, kept for the case that it ends abnormally. A promotion takes them
 * out, so that an event is promoted at most once. A promoted event travels a second time, in the signal lane
 * and with its id unchanged; the graph is fed by that lane alone and so holds it once.
 *
 * Bulk events have a ring of their own and may be read after the end that they came before; for the length of
 * the window such late ones are promoted as they come.
 *
 * Bounded in all: past the size limit the container that was quiet longest is forgotten, and counted.
 */
export class FlightRecorder {
  readonly #limits: FlightRecorderLimits;
  /** In the order of their newest event: the first was quiet longest. */
  readonly #recordings = new Map<string, Recording>();
  readonly #evictedContainers = new Set<string>();
  /** When a container ended abnormally, in the order in which they did. */
  readonly #ends = new Map<string, number>();
  #sizeBytes = 0;
  #evicted = 0;

  constructor(limits: Partial<FlightRecorderLimits> = {}) {
    this.#limits = { ...FLIGHT_RECORDER_LIMITS, ...limits };
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Events that were given up for memory. */
  get evicted(): number {
    return this.#evicted;
  }

  get containers(): number {
    return this.#recordings.size;
  }

  /**
   * Keeps a bulk event; one without a container is none of the recorder's. True for one that came late: it
   * happened in the window before an end that was promoted already, and is to be promoted by the caller.
   */
  record(event: ObservationEvent): boolean {
    const { containerId } = event;
    if (containerId === undefined) return false;
    const endUs = this.#ends.get(containerId);
    if (endUs !== undefined && event.timestamp <= endUs && event.timestamp >= endUs - this.#limits.windowUs)
      return true;
    const recording = this.#recordings.get(containerId) ?? { events: [], sizeBytes: 0 };
    this.#recordings.delete(containerId);
    this.#recordings.set(containerId, recording);
    recording.events.push(event);
    this.#grow(recording, sizeOf(event));
    if (recording.events.length > this.#limits.eventsPerContainer) this.#trim(recording, event.timestamp);
    while (this.#sizeBytes > this.#limits.sizeBytes) this.#evictQuietest();
    return false;
  }

  /** Takes out what a container did in the window before `endUs`, oldest first. */
  promote(containerId: string, endUs: number): Promotion {
    const incomplete = this.#evictedContainers.delete(containerId);
    this.#rememberEnd(containerId, endUs);
    const recording = this.#recordings.get(containerId);
    if (recording === undefined) return { events: [], incomplete };
    this.#recordings.delete(containerId);
    this.#sizeBytes -= recording.sizeBytes;
    const fromUs = endUs - this.#limits.windowUs;
    const events = recording.events.filter((event) => event.timestamp >= fromUs);
    return { events: events.toSorted((a, b) => a.timestamp - b.timestamp), incomplete };
  }

  /** Forgets containers that were quiet for longer than the window. */
  expire(nowUs: number): void {
    for (const [containerId, endUs] of this.#ends) {
      if (endUs >= nowUs - this.#limits.windowUs) break;
      this.#ends.delete(containerId);
    }
    for (const [containerId, recording] of this.#recordings) {
      const newest = recording.events.at(-1);
      if (newest !== undefined && newest.timestamp >= nowUs - this.#limits.windowUs) return;
      this.#recordings.delete(containerId);
      this.#sizeBytes -= recording.sizeBytes;
    }
  }

  /** Cuts a full recording to three quarters, newest kept, so that it is not moved for each event. */
  #trim(recording: Recording, nowUs: number): void {
    const kept = Math.ceil(this.#limits.eventsPerContainer * 0.75);
    const fromUs = nowUs - this.#limits.windowUs;
    const cut = Math.max(recording.events.length - kept, 1);
    let removed = 0;
    while (removed < cut || (recording.events[removed]?.timestamp ?? Infinity) < fromUs) {
      const event = recording.events[removed];
      if (event === undefined) break;
      this.#grow(recording, -sizeOf(event));
      removed += 1;
    }
    recording.events = recording.events.slice(removed);
  }

  #rememberEnd(containerId: string, endUs: number): void {
    const latestUs = Math.max(endUs, this.#ends.get(containerId) ?? 0);
    this.#ends.delete(containerId);
    this.#ends.set(containerId, latestUs);
    for (const oldest of this.#ends.keys()) {
      if (this.#ends.size <= REMEMBERED) break;
      this.#ends.delete(oldest);
    }
  }

  #grow(recording: Recording, bytes: number): void {
    recording.sizeBytes += bytes;
    this.#sizeBytes += bytes;
  }

  #evictQuietest(): void {
    for (const [containerId, recording] of this.#recordings) {
      this.#recordings.delete(containerId);
      this.#sizeBytes -= recording.sizeBytes;
      this.#evicted += recording.events.length;
      if (this.#evictedContainers.size >= REMEMBERED) {
        for (const oldest of this.#evictedContainers) {
          this.#evictedContainers.delete(oldest);
          break;
        }
      }
      this.#evictedContainers.add(containerId);
      return;
    }
  }
}

/** Roughly what an event takes in memory: most of its texts are shared with others. */
function sizeOf(event: ObservationEvent): number {
  const { args, exe, path } = event.data;
  return 640 + (args?.length ?? 0) + (exe?.length ?? 0) + (path?.length ?? 0);
}
