import type { ObservationEvent } from '@tapio/domain';

export interface FlightRecorderLimits {
  /** How far back a promotion reaches. */
  readonly windowUs: number;
  readonly eventsPerContainer: number;
  readonly sizeBytes: number;
}

export const FLIGHT_RECORDER_LIMITS: FlightRecorderLimits = {
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

/** Containers whose eviction is remembered. */
const EVICTED_REMEMBERED = 1024;

/**
 * The last bulk events of each container, kept for the case that it ends abnormally. A promotion takes them
 * out, so that an event is promoted at most once. A promoted event travels a second time, in the signal lane
 * and with its id unchanged; the graph is fed by that lane alone and so holds it once.
 *
 * Bounded in all: past the size limit the container that was quiet longest is forgotten, and counted.
 */
export class FlightRecorder {
  readonly #limits: FlightRecorderLimits;
  /** In the order of their newest event: the first was quiet longest. */
  readonly #recordings = new Map<string, Recording>();
  readonly #evictedContainers = new Set<string>();
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

  /** Keeps a bulk event; one without a container is none of the recorder's. */
  record(event: ObservationEvent): void {
    const { containerId } = event;
    if (containerId === undefined) return;
    const recording = this.#recordings.get(containerId) ?? { events: [], sizeBytes: 0 };
    this.#recordings.delete(containerId);
    this.#recordings.set(containerId, recording);
    recording.events.push(event);
    this.#grow(recording, sizeOf(event));
    if (recording.events.length > this.#limits.eventsPerContainer) this.#trim(recording, event.timestamp);
    while (this.#sizeBytes > this.#limits.sizeBytes) this.#evictQuietest();
  }

  /** Takes out what a container did in the window before `endUs`, oldest first. */
  promote(containerId: string, endUs: number): Promotion {
    const incomplete = this.#evictedContainers.delete(containerId);
    const recording = this.#recordings.get(containerId);
    if (recording === undefined) return { events: [], incomplete };
    this.#recordings.delete(containerId);
    this.#sizeBytes -= recording.sizeBytes;
    const fromUs = endUs - this.#limits.windowUs;
    return { events: recording.events.filter((event) => event.timestamp >= fromUs), incomplete };
  }

  /** Forgets containers that were quiet for longer than the window. */
  expire(nowUs: number): void {
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

  #grow(recording: Recording, bytes: number): void {
    recording.sizeBytes += bytes;
    this.#sizeBytes += bytes;
  }

  #evictQuietest(): void {
    for (const [containerId, recording] of this.#recordings) {
      this.#recordings.delete(containerId);
      this.#sizeBytes -= recording.sizeBytes;
      this.#evicted += recording.events.length;
      if (this.#evictedContainers.size >= EVICTED_REMEMBERED) {
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
  return 640 + (event.data['args']?.length ?? 0) + (event.data['exe']?.length ?? 0);
}
