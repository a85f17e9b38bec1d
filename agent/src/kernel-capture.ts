import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@tapio/runtime';
import { BootClock } from './clock/boot-clock.ts';
import { fileCollector } from './collectors/file/collector.ts';
import { errnoMask } from './collectors/file/errno.ts';
import { memoryCollector } from './collectors/memory/collector.ts';
import { processCollector } from './collectors/process/collector.ts';
import { Capture } from './collectors/shared/capture.ts';
import { CgroupContexts } from './collectors/shared/cgroup-contexts.ts';
import type { NativeModule } from './collectors/shared/native.ts';
import { loadNative, unavailableReason } from './collectors/shared/native.ts';
import type { ProgramObject } from './collectors/shared/programs.ts';
import { chooseVariants } from './collectors/shared/programs.ts';
import type { RecordCollector } from './collectors/shared/record-collector.ts';
import { RecordContext } from './collectors/shared/record-context.ts';
import { RING_NAMES } from './collectors/shared/rings.ts';
import { SlotDecoder } from './collectors/shared/slot-decoder.ts';
import type { AgentConfig } from './config.ts';
import type { PodIndex } from './enrich/pod-index.ts';

const RECORD_COLLECTORS: readonly RecordCollector[] = [processCollector, memoryCollector, fileCollector];

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

export interface KernelCaptureOutcome {
  /** Undefined when no collector of records is wanted or can run. */
  readonly kernel: KernelCapture | undefined;
  /** Collectors of records that were asked for and can't run, and why. */
  readonly unavailable: readonly { readonly collector: string; readonly reason: string }[];
}

/** Opens the capture for the record collectors that are wanted. What is missing is told, not thrown. */
export async function openKernelCapture(options: KernelCaptureOptions): Promise<KernelCaptureOutcome> {
  const { config, bootId, pods, log } = options;
  const wanted = RECORD_COLLECTORS.filter(({ name }) => config.collectors.some((c) => c === name));
  if (wanted.length === 0) return { kernel: undefined, unavailable: [] };
  const unavailable = (reason: string): KernelCaptureOutcome => ({
    kernel: undefined,
    unavailable: wanted.map(({ name }) => ({ collector: name, reason })),
  });
  try {
    const native = await loadNative();
    const system = native.probe();
    if (!system.btf) {
      return unavailable(
        'the kernel has no BTF (/sys/kernel/btf/vmlinux): a kernel with CONFIG_DEBUG_INFO_BTF is needed',
      );
    }
    const capture = await Capture.open({
      native,
      bpfDir: config.bpfDir,
      objects: programObjects(native, config, wanted),
      pinDirectory: pinDirectory(native, config, log),
      stateDirectory: config.stateDir,
      bootId,
    });
    const refused = new Map(capture.refused.map(({ name, reason }) => [name, reason]));
    const running = wanted.filter(({ object }) => !refused.has(object));
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
      return { cgroups, decoder: new SlotDecoder(new RecordContext(identity, clock, cgroups), running) };
    };
    const kernel: KernelCapture = {
      capture,
      clock,
      ...newDecoder(),
      collectors: running.map(({ name }) => name),
      newDecoder,
      [Symbol.asyncDispose]: () => capture[Symbol.asyncDispose](),
    };
    return {
      kernel,
      unavailable: wanted.flatMap(({ name, object }) => {
        const reason = refused.get(object);
        return reason === undefined ? [] : [{ collector: name, reason }];
      }),
    };
  } catch (error) {
    log.debug({ error }, 'the kernel capture could not be opened');
    return unavailable(unavailableReason(error));
  }
}

/** Objects that the collectors need, set as the configuration says. */
function programObjects(
  native: NativeModule,
  config: AgentConfig,
  wanted: readonly RecordCollector[],
): readonly ProgramObject[] {
  const all: readonly ProgramObject[] = [
    {
      name: 'process',
      ring: 'crit',
      ringBytes: config.critRingBytes,
      constants: {},
      switchedOn: chooseVariants(native),
    },
    {
      name: 'file',
      ring: 'bulk',
      ringBytes: config.bulkRingBytes,
      constants: {
        open_errno_mask: errnoMask(config.fileErrnos),
        open_enoent_after_exec_ns: BigInt(config.fileEnoentAfterExecMs) * 1_000_000n,
      },
      switchedOn: config.fileEnoentAfterExecMs > 0 ? ['remember_exec'] : [],
    },
  ];
  return all.filter(({ name }) => wanted.some(({ object }) => object === name));
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
