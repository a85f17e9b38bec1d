import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import type { RingBatch, RingReader } from '@tapio/native';
import type { KnownCapture, KnownObject } from './capture-pins.ts';
import {
  captureDigest,
  openPinned,
  pinPrograms,
  readKnownCapture,
  rememberCapture,
  whyNotResumable,
} from './capture-pins.ts';
import type { NativeModule } from './native.ts';
import { unavailableReason } from './native.ts';
import type { OpenedPrograms, ProgramObject } from './programs.ts';
import { openPrograms } from './programs.ts';
import type { RingDrops, RingName } from './rings.ts';
import { RING_NAMES, readRingDrops, ringKey } from './rings.ts';

export interface CaptureOptions {
  readonly native: NativeModule;
  /** Directory of the compiled objects. */
  readonly bpfDir: string;
  /** What to load; one object for each ring. */
  readonly objects: readonly ProgramObject[];
  /** A directory in a mounted bpffs; undefined: nothing is pinned, and what happens without an agent is lost. */
  readonly pinDirectory: string | undefined;
  /** Where the capture's epoch is remembered. */
  readonly stateDirectory: string;
  readonly bootId: string;
}

/** An object that the kernel did not take, and why. */
export interface RefusedObject {
  readonly name: string;
  readonly reason: string;
}

interface OpenedCapture {
  readonly captureEpoch: string;
  readonly resumed: boolean;
  readonly replaced: string | undefined;
  readonly refused: readonly RefusedObject[];
  readonly rings: ReadonlyMap<RingName, OpenedPrograms>;
}

/**
 * The rings of the kernel programs, shared by all collectors that read records. With a bpffs directory the
 * programs and rings outlive the agent: the next one goes on in the same capture epoch at the first record
 * that was not released. An epoch ends with the boot, and when other programs or settings are to be loaded.
 */
export class Capture implements AsyncDisposable {
  readonly captureEpoch: string;
  /** It went on without an agent and was taken over. */
  readonly resumed: boolean;
  /** A capture of this boot had been pinned and could not be taken over: why. */
  readonly replaced: string | undefined;
  /** Objects that do not run; the others do. */
  readonly refused: readonly RefusedObject[];
  /** Rings that there are, in the order in which they are read: a batch's `ring` is an index into it. */
  readonly rings: readonly RingName[];
  readonly #native: NativeModule;
  readonly #opened: ReadonlyMap<RingName, OpenedPrograms>;
  #reader: RingReader | undefined;

  private constructor(native: NativeModule, opened: OpenedCapture) {
    this.#native = native;
    this.captureEpoch = opened.captureEpoch;
    this.resumed = opened.resumed;
    this.replaced = opened.replaced;
    this.refused = opened.refused;
    this.#opened = opened.rings;
    this.rings = RING_NAMES.filter((ring) => opened.rings.has(ring));
  }

  /** @throws when the kernel refuses all of it: see `unavailableReason` */
  static async open(options: CaptureOptions): Promise<Capture> {
    const { native, pinDirectory, bootId, objects } = options;
    const digest = captureDigest(options.bpfDir, objects);
    const known = readKnownCapture(options.stateDirectory);
    let replaced: string | undefined;
    if (pinDirectory !== undefined && existsSync(pinDirectory) && readdirSync(pinDirectory).length > 0) {
      replaced = whyNotResumable(known, { bootId, digest }, pinDirectory);
      if (replaced === undefined && known !== undefined)
        return new Capture(native, resume(options, known, pinDirectory));
      // Unpinning detaches what nobody else holds.
      rmSync(pinDirectory, { recursive: true, force: true });
    }
    const epoch = randomBytes(6).readUIntBE(0, 6);
    const { rings, refused, opened } = openAll(options, epoch);
    const captureEpoch = epoch.toString(36);
    await rememberCapture(options.stateDirectory, { captureEpoch, bootId, digest, objects: opened });
    return new Capture(native, { captureEpoch, resumed: false, replaced, refused, rings });
  }

  /** Starts to read. One reader at a time. */
  read(onBatch: (batch: RingBatch) => void): RingReader {
    const rings = [...this.#opened]
      .toSorted(([a], [b]) => this.rings.indexOf(a) - this.rings.indexOf(b))
      .map(([name, { ring }]) => ({ map: ring, critical: name === 'crit' }));
    this.#reader = this.#native.RingReader.open({ rings, onBatch, slotCount: 16 });
    return this.#reader;
  }

  /** Counters of a ring; all 0 for one that there is not. */
  drops(ring: RingName): RingDrops {
    return readRingDrops(this.#opened.get(ring)?.counters.lookup(ringKey(ring)) ?? new Uint8Array());
  }

  /** Pinned programs go on. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader?.[Symbol.asyncDispose]();
    for (const opened of this.#opened.values()) close(opened);
  }
}

/** Loads what the kernel takes; throws the first refusal when it takes nothing. */
function openAll(
  options: CaptureOptions,
  epoch: number,
): {
  readonly rings: ReadonlyMap<RingName, OpenedPrograms>;
  readonly refused: readonly RefusedObject[];
  readonly opened: readonly KnownObject[];
} {
  const { native, bpfDir, pinDirectory } = options;
  const rings = new Map<RingName, OpenedPrograms>();
  const opened: KnownObject[] = [];
  const refused: RefusedObject[] = [];
  const errors: unknown[] = [];
  for (const object of options.objects) {
    const { name } = object;
    try {
      const programs = openPrograms(native, { bpfDir, object, epoch });
      rings.set(object.ring, programs);
      opened.push({ name, programs: programs.programs });
    } catch (error) {
      errors.push(error);
      const reason = unavailableReason(error);
      refused.push({ name, reason });
      opened.push({ name, programs: [], refused: reason });
    }
  }
  if (rings.size === 0) throw errors[0];
  for (const { name, ring } of options.objects) {
    const programs = rings.get(ring);
    if (pinDirectory !== undefined && programs !== undefined) pinPrograms(pinDirectory, name, programs);
  }
  return { rings, refused, opened };
}

function resume(options: CaptureOptions, known: KnownCapture, pinDirectory: string): OpenedCapture {
  const rings = new Map<RingName, OpenedPrograms>();
  const refused: RefusedObject[] = [];
  for (const { name, ring } of options.objects) {
    const object = known.objects.find((candidate) => candidate.name === name);
    if (object?.refused !== undefined) refused.push({ name, reason: object.refused });
    else if (object !== undefined) rings.set(ring, openPinned(options.native, pinDirectory, object));
  }
  return { captureEpoch: known.captureEpoch, resumed: true, replaced: undefined, refused, rings };
}

function close({ ring, counters, sequence, links }: OpenedPrograms): void {
  for (const link of links) link.close();
  for (const map of [ring, counters, sequence]) map.close();
}
