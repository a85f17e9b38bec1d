import { randomBytes } from 'node:crypto';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BpfLink, BpfMap, RingBatch, RingReader } from '@tapio/native';
import { replaceFile } from '../../spool/durable-file.ts';
import { RING, RING_COUNTERS } from './layout.ts';
import type { NativeModule } from './native.ts';
import { chooseObject, openPrograms } from './programs.ts';

export interface CaptureOptions {
  readonly native: NativeModule;
  /** Directory of the compiled objects. */
  readonly bpfDir: string;
  /** A directory in a mounted bpffs; undefined: nothing is pinned, and what happens without an agent is lost. */
  readonly pinDirectory: string | undefined;
  /** Where the capture's epoch is remembered. */
  readonly stateDirectory: string;
  readonly bootId: string;
  readonly criticalRingBytes: number;
}

/** Drop counters of one ring; times are CLOCK_BOOTTIME in microseconds. */
export interface RingDrops {
  readonly accepted: number;
  readonly dropped: number;
  readonly gaps: number;
  readonly perCpu: readonly {
    readonly dropped: number;
    readonly gapStartUs: number;
    readonly gapEndUs: number;
  }[];
}

interface CaptureRecord {
  readonly captureEpoch: string;
  readonly bootId: string;
  readonly object: string;
  readonly programs: readonly string[];
}

const STATE_FILE = 'capture.json';
const PINNED_MAPS = ['crit', 'ring_counters', 'ring_sequence'] as const;
/** Names of the rings by their number in records. */
export const RING_NAMES: readonly string[] = ['crit', 'bulk'];

/**
 * The rings of the kernel programs, shared by all collectors that read records. With a bpffs directory the
 * programs and rings outlive the agent: the next one goes on in the same capture epoch at the first record
 * that was not released. An epoch ends with the boot, and when other programs are to be loaded.
 */
export class Capture implements AsyncDisposable {
  readonly captureEpoch: string;
  /** It went on without an agent and was taken over. */
  readonly resumed: boolean;
  /** A capture of this boot had been pinned and could not be taken over: why. */
  readonly replaced: string | undefined;
  readonly #native: NativeModule;
  readonly #ring: BpfMap;
  readonly #counters: BpfMap;
  readonly #links: readonly BpfLink[];
  #reader: RingReader | undefined;

  private constructor(native: NativeModule, opened: OpenedCapture) {
    this.#native = native;
    this.captureEpoch = opened.captureEpoch;
    this.resumed = opened.resumed;
    this.replaced = opened.replaced;
    this.#ring = opened.ring;
    this.#counters = opened.counters;
    this.#links = opened.links;
  }

  /** @throws when the kernel refuses: see `unavailableReason` */
  static async open(options: CaptureOptions): Promise<Capture> {
    const { native, pinDirectory } = options;
    const object = chooseObject(options.bpfDir);
    const digest = createHash('sha256').update(readFileSync(object.path)).digest('hex').slice(0, 16);
    const known = readRecord(options.stateDirectory);
    let replaced: string | undefined;
    if (pinDirectory !== undefined && existsSync(pinDirectory) && readdirSync(pinDirectory).length > 0) {
      replaced = whyNotResumable(known, { bootId: options.bootId, object: digest }, pinDirectory);
      if (replaced === undefined && known !== undefined)
        return new Capture(native, resume(native, known, pinDirectory));
      // Unpinning detaches what nobody else holds.
      rmSync(pinDirectory, { recursive: true, force: true });
    }
    const epoch = randomBytes(6).readUIntBE(0, 6);
    const captureEpoch = epoch.toString(36);
    const { maps, links, programs } = openPrograms(native, {
      objectPath: object.path,
      epoch,
      criticalRingBytes: options.criticalRingBytes,
      mapNames: PINNED_MAPS,
    });
    if (pinDirectory !== undefined) {
      mkdirSync(pinDirectory, { recursive: true });
      for (const [name, map] of maps) map.pin(join(pinDirectory, mapPin(name)));
      for (const [index, link] of links.entries())
        link.pin(join(pinDirectory, linkPin(programs[index] ?? '')));
    }
    const record: CaptureRecord = { captureEpoch, bootId: options.bootId, object: digest, programs };
    await replaceFile(join(options.stateDirectory, STATE_FILE), JSON.stringify(record), true);
    return new Capture(native, {
      captureEpoch,
      resumed: false,
      replaced,
      ring: mapOf(maps, 'crit'),
      counters: mapOf(maps, 'ring_counters'),
      links,
    });
  }

  /** Starts to read. One reader at a time. */
  read(onBatch: (batch: RingBatch) => void): RingReader {
    this.#reader = this.#native.RingReader.open({
      rings: [{ map: this.#ring, critical: true }],
      onBatch,
      slotCount: 16,
    });
    return this.#reader;
  }

  drops(): RingDrops {
    const key = new Uint8Array(4);
    new DataView(key.buffer).setUint32(0, RING.crit, true);
    const value = this.#counters.lookup(key) ?? new Uint8Array();
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    const perCpu = [];
    let accepted = 0;
    let dropped = 0;
    let gaps = 0;
    for (let at = 0; at + RING_COUNTERS.sizeBytes <= value.byteLength; at += RING_COUNTERS.sizeBytes) {
      const read = (offset: number): bigint => view.getBigUint64(at + offset, true);
      accepted += Number(read(RING_COUNTERS.accepted));
      dropped += Number(read(RING_COUNTERS.dropped));
      gaps += Number(read(RING_COUNTERS.gaps));
      perCpu.push({
        dropped: Number(read(RING_COUNTERS.dropped)),
        gapStartUs: Number(read(RING_COUNTERS.gapStartNs) / 1000n),
        gapEndUs: Number(read(RING_COUNTERS.gapEndNs) / 1000n),
      });
    }
    return { accepted, dropped, gaps, perCpu };
  }

  /** Pinned programs go on. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader?.[Symbol.asyncDispose]();
    for (const link of this.#links) link.close();
    this.#ring.close();
    this.#counters.close();
  }
}

interface OpenedCapture {
  readonly captureEpoch: string;
  readonly resumed: boolean;
  readonly replaced: string | undefined;
  readonly ring: BpfMap;
  readonly counters: BpfMap;
  readonly links: readonly BpfLink[];
}

/** bpffs takes no dots in names. */
function mapPin(name: string): string {
  return `map_${name}`;
}

function linkPin(program: string): string {
  return `link_${program}`;
}

function whyNotResumable(
  known: CaptureRecord | undefined,
  now: { readonly bootId: string; readonly object: string },
  pinDirectory: string,
): string | undefined {
  if (known === undefined) return 'the state directory does not know the pinned capture';
  if (known.bootId !== now.bootId) return 'the pinned capture is of another boot';
  if (known.object !== now.object) return 'the programs were replaced by another version';
  const pinned = new Set(readdirSync(pinDirectory));
  const wanted = [...PINNED_MAPS.map(mapPin), ...known.programs.map(linkPin)];
  const missing = wanted.filter((name) => !pinned.has(name));
  return missing.length === 0 ? undefined : `pins are missing: ${missing.join(', ')}`;
}

function resume(native: NativeModule, known: CaptureRecord, pinDirectory: string): OpenedCapture {
  const map = (name: string): BpfMap => native.BpfMap.openPinned(join(pinDirectory, mapPin(name)));
  return {
    captureEpoch: known.captureEpoch,
    resumed: true,
    replaced: undefined,
    ring: map('crit'),
    counters: map('ring_counters'),
    links: known.programs.map((program) => native.BpfLink.openPinned(join(pinDirectory, linkPin(program)))),
  };
}

function readRecord(stateDirectory: string): CaptureRecord | undefined {
  try {
    const parsed = JSON.parse(
      readFileSync(join(stateDirectory, STATE_FILE), 'utf8'),
    ) as Partial<CaptureRecord>;
    const { captureEpoch, bootId, object, programs } = parsed;
    if (captureEpoch === undefined || bootId === undefined || object === undefined || programs === undefined)
      return undefined;
    return { captureEpoch, bootId, object, programs };
  } catch {
    return undefined;
  }
}

function mapOf(maps: ReadonlyMap<string, BpfMap>, name: string): BpfMap {
  const map = maps.get(name);
  if (map === undefined) throw new Error(`the programs have no map ${name}`);
  return map;
}
