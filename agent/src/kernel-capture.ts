import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@tapio/runtime';
import { BootClock } from './clock/boot-clock.ts';
import { memoryCollector } from './collectors/memory/collector.ts';
import { processCollector } from './collectors/process/collector.ts';
import { Capture, RING_NAMES } from './collectors/shared/capture.ts';
import { CgroupContexts } from './collectors/shared/cgroup-contexts.ts';
import type { NativeModule } from './collectors/shared/native.ts';
import { loadNative, unavailableReason } from './collectors/shared/native.ts';
import type { RecordCollector } from './collectors/shared/record-collector.ts';
import { RecordContext } from './collectors/shared/record-context.ts';
import { SlotDecoder } from './collectors/shared/slot-decoder.ts';
import type { AgentConfig } from './config.ts';
import type { PodIndex } from './enrich/pod-index.ts';

const RECORD_COLLECTORS: readonly RecordCollector[] = [processCollector, memoryCollector];

/** What turns records into events, with what it remembers of those before. */
export interface RecordReading {
  readonly decoder: SlotDecoder;
  readonly cgroups: CgroupContexts;
}

/** Everything that reads kernel records, open and ready to be read. */
export interface KernelCapture extends RecordReading, AsyncDisposable {
  readonly capture: Capture;
  readonly clock: BootClock;
  readonly collectors: readonly string[];
  /** Another decoder for records of this capture, which remembers nothing yet; it outlives the capture. */
  newDecoder(): RecordReading;
}

export interface KernelCaptureOptions {
  readonly config: AgentConfig;
  readonly bootId: string;
  readonly pods: PodIndex;
  readonly log: Logger;
}

export type KernelCaptureOutcome =
  | { readonly kind: 'open'; readonly kernel: KernelCapture }
  /** Collectors of records that were asked for and can't run, and why. */
  | { readonly kind: 'unavailable'; readonly collectors: readonly string[]; readonly reason: string }
  | { readonly kind: 'not_wanted' };

/** Opens the capture for the record collectors that are wanted. What is missing is told, not thrown. */
export async function openKernelCapture(options: KernelCaptureOptions): Promise<KernelCaptureOutcome> {
  const { config, bootId, pods, log } = options;
  const wanted = RECORD_COLLECTORS.filter(({ name }) => config.collectors.some((c) => c === name));
  if (wanted.length === 0) return { kind: 'not_wanted' };
  const collectors = wanted.map(({ name }) => name);
  try {
    const native = await loadNative();
    const system = native.probe();
    if (!system.btf) {
      const reason =
        'the kernel has no BTF (/sys/kernel/btf/vmlinux): a kernel with CONFIG_DEBUG_INFO_BTF is needed';
      return { kind: 'unavailable', collectors, reason };
    }
    const capture = await Capture.open({
      native,
      bpfDir: config.bpfDir,
      pinDirectory: pinDirectory(native, config, log),
      stateDirectory: config.stateDir,
      bootId,
      criticalRingBytes: config.critRingBytes,
    });
    const clock = new BootClock({ read: () => native.readClocks() });
    const identity = {
      cluster: config.cluster,
      node: config.node,
      captureEpoch: capture.captureEpoch,
      bootId,
      rings: RING_NAMES,
      pageSizeBytes: system.pageSizeBytes,
    };
    const newDecoder = (): RecordReading => {
      const cgroups = new CgroupContexts(pods);
      return { cgroups, decoder: new SlotDecoder(new RecordContext(identity, clock, cgroups), wanted) };
    };
    const kernel: KernelCapture = {
      capture,
      clock,
      ...newDecoder(),
      collectors,
      newDecoder,
      [Symbol.asyncDispose]: () => capture[Symbol.asyncDispose](),
    };
    return { kind: 'open', kernel };
  } catch (error) {
    log.debug({ error }, 'the kernel capture could not be opened');
    return { kind: 'unavailable', collectors, reason: unavailableReason(error) };
  }
}

/** Where pins go; undefined, with a warning, where none can be made. */
function pinDirectory(native: NativeModule, config: AgentConfig, log: Logger): string | undefined {
  const { bpffs, mountBpffs } = config;
  if (bpffs === '') return undefined;
  if (!safely(() => native.isBpffs(bpffs))) {
    if (!mountBpffs) {
      log.warn({ bpffs }, 'no bpffs is mounted there: nothing is pinned (mount one, or use --mount-bpffs)');
      return undefined;
    }
    mkdirSync(bpffs, { recursive: true });
    native.mountBpffs(bpffs);
  }
  return join(bpffs, 'tapio');
}

function safely(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}
