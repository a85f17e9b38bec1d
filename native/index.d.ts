/**
 * Loads, attaches, pins and reads BPF programs. It knows no signal: what a record means is its caller's.
 *
 * Everything throws a {@link BpfError} when the kernel or libbpf refuses, a TypeError or RangeError when an
 * argument is wrong, and an Error that says how to build it when the addon is missing. The addon is loaded on
 * first use. Objects that hold something of the kernel are disposable; closing twice is allowed, and what is
 * never closed is given back when it is collected or its worker ends.
 */

/** What the kernel, libbpf or the verifier refused. */
export class BpfError extends Error {
  constructor(message: string, details: { errno: number; operation: string; log: string });
  override readonly name: 'BpfError';
  /** Positive errno; 4000 and more are libbpf's own. */
  readonly errno: number;
  /** Name of the errno, such as `EPERM`; `ELIBBPF` for libbpf's own. */
  readonly code: string;
  /** What was attempted, such as `load BPF object process`. */
  readonly operation: string;
  /** What libbpf and the verifier said, at most some 56 KiB, the end kept; empty when they said nothing. */
  readonly log: string;
}

/** A name of {@link ProbeReport.programs}. */
export type ProgramKind =
  | 'tp_btf'
  | 'fentry'
  | 'iter'
  | 'lsm'
  | 'raw_tracepoint'
  | 'tracepoint'
  | 'kprobe'
  | 'perf_event'
  | 'socket_filter'
  | 'cgroup_skb'
  | 'cgroup_sock_addr'
  | 'sock_ops'
  | 'sched_cls'
  | 'xdp';

/** A capability that observing needs on some kernel. */
export type CapabilityName =
  | 'CAP_BPF'
  | 'CAP_PERFMON'
  | 'CAP_NET_ADMIN'
  | 'CAP_NET_RAW'
  | 'CAP_SYS_PTRACE'
  | 'CAP_DAC_READ_SEARCH'
  | 'CAP_SYSLOG'
  | 'CAP_SYS_RESOURCE'
  | 'CAP_SYS_ADMIN';

export interface ProbeReport {
  readonly kernelRelease: string;
  /** /sys/kernel/btf/vmlinux is readable: CO-RE programs can be loaded. */
  readonly btf: boolean;
  /** A bpffs is mounted at /sys/fs/bpf. */
  readonly bpffs: boolean;
  /** Kernel lockdown; `unknown` where securityfs is not mounted. `confidentiality` refuses kernel reads. */
  readonly lockdown: 'none' | 'integrity' | 'confidentiality' | 'unknown';
  /** `unified` is cgroup v2 alone, `hybrid` v1 with v2 beside it, `legacy` v1 alone. */
  readonly cgroupMode: 'unified' | 'hybrid' | 'legacy' | 'none';
  readonly possibleCpus: number;
  readonly pageSizeBytes: number;
  /** Whether this process holds each capability (effective set). */
  readonly capabilities: Readonly<Record<CapabilityName, boolean>>;
  /**
   * Whether a minimal program of each kind loads here, now. `tp_btf` and `fentry` are also attached for a
   * moment; others may load and still be refused when attached.
   */
  readonly programs: Readonly<Record<ProgramKind, boolean>>;
}

/** Finds out what this kernel and this process allow. Takes some 100 ms; throws for no lack. */
export function probe(): ProbeReport;

/** The wall clock was `realNs` when CLOCK_BOOTTIME was `bootNs`, give or take `errorNs`. */
export interface ClockPair {
  /** Nanoseconds since boot, suspended time included: the clock of `bpf_ktime_get_boot_ns`. */
  readonly bootNs: bigint;
  /** Nanoseconds since the Unix epoch. */
  readonly realNs: bigint;
  readonly errorNs: number;
}

/** Reads both clocks together, the tightest of several tries. */
export function readClocks(): ClockPair;

/** Whether `path` lies in a bpffs, where maps and links can be pinned. */
export function isBpffs(path: string): boolean;
/** Mounts a bpffs on an existing directory. Needs CAP_SYS_ADMIN. */
export function mountBpffs(path: string): void;
/** Unmounts it. What is pinned there and held by nobody else is gone. */
export function unmountBpffs(path: string): void;

/** Types of a kernel: which arguments a tracepoint passes, which fields a struct has. */
export class KernelBtf implements Disposable, AsyncDisposable {
  private constructor();
  /** BTF of the running kernel, or of the file at `path` (raw BTF or ELF). Holds some 10 MB until closed. */
  static open(path?: string): KernelBtf;
  /**
   * Argument types of a function or of a typedef that leads to one, such as `btf_trace_mark_victim` giving
   * `['void *', 'struct task_struct *', 'uid_t']`; undefined where the kernel has no such thing.
   */
  functionArguments(name: string): readonly string[] | undefined;
  /** Direct members of a struct or union; undefined where it does not exist. */
  members(
    name: string,
  ): readonly { readonly name: string; readonly type: string; readonly offsetBits: number }[] | undefined;
  /** Value of an enum's constant; undefined where either does not exist. */
  enumValue(name: string, value: string): number | undefined;
  /** Size of a struct or union; undefined where it does not exist. */
  sizeBytes(name: string): number | undefined;
  close(): void;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ProgramInfo {
  readonly name: string;
  /** ELF section, such as `tp_btf/mark_victim`. */
  readonly section: string;
  /** Whether {@link BpfObject.load} loads it. */
  readonly autoload: boolean;
  readonly loaded: boolean;
  readonly instructions: number;
}

export interface ObjectMapInfo {
  readonly name: string;
  /** `BPF_MAP_TYPE_*` */
  readonly type: number;
  /** For a ring: its size in bytes. */
  readonly maxEntries: number;
  readonly keySizeBytes: number;
  readonly valueSizeBytes: number;
  /** Made by the compiler for constants and globals. */
  readonly internal: boolean;
}

/** A compiled BPF object. Open it, adjust it, load it, then take its programs and maps. */
export class BpfObject implements Disposable, AsyncDisposable {
  private constructor();
  /**
   * Reads an object from a file or from memory; nothing reaches the kernel yet. `name` prefixes the names of
   * its internal maps; `btfPath` is kernel BTF to relocate against instead of the running kernel's.
   */
  static open(source: string | Uint8Array, options?: { name?: string; btfPath?: string }): BpfObject;
  programs(): ProgramInfo[];
  maps(): ObjectMapInfo[];
  /** Chooses whether load() loads a program. Sections that begin with `?` start switched off. */
  setAutoload(program: string, autoload: boolean): void;
  /** Entries of a map; for a ring its size in bytes, a power of two and a multiple of the page size. */
  setMaxEntries(map: string, maxEntries: number): void;
  /** load() then uses the map pinned at `path` if it is alike, or pins the new one there. */
  setPinPath(map: string, path: string): void;
  /**
   * Sets a `const volatile` variable by its name in the object's BTF. Integers must fit the variable;
   * aggregates are given as exactly their bytes.
   */
  setConstant(variable: string, value: number | bigint | boolean | Uint8Array): void;
  /** Creates the maps and loads the programs; the error's `log` holds the verifier's words. */
  load(): void;
  /** A map of a loaded object. It stays valid when the object is closed. */
  map(name: string): BpfMap;
  /** A program; it is usable once the object is loaded and until it is closed. */
  program(name: string): BpfProgram;
  /** Unloads what is neither attached, pinned nor held as a BpfMap or BpfLink. */
  close(): void;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export type AttachOptions =
  /** By its section: tp_btf, raw_tp, tracepoint, iter, fentry, kprobe, uprobe, ... */
  | { readonly kind: 'auto' }
  /** cgroup_skb, cgroup/connect4, sockops, ...: `path` is a directory of cgroup v2. */
  | { readonly kind: 'cgroup'; readonly path: string }
  /** A packet socket on one interface, or on all of them. Not pinnable. */
  | { readonly kind: 'socket_filter'; readonly interface?: string }
  /** tcx where the kernel has it (6.6), else clsact, which is not pinnable. */
  | { readonly kind: 'tc'; readonly interface: string; readonly direction: 'ingress' | 'egress' }
  | { readonly kind: 'xdp'; readonly interface: string; readonly mode?: 'driver' | 'generic' }
  /** Samples every CPU. Not pinnable. */
  | { readonly kind: 'perf_event'; readonly frequencyHz: number }
  /** `path` is a binary or library; the place is `symbol` plus `offset`. Without `pid`, all processes. */
  | {
      readonly kind: 'uprobe';
      readonly path: string;
      readonly symbol?: string;
      readonly offset?: number;
      readonly pid?: number;
      readonly onReturn?: boolean;
    };

export interface TestRunOptions {
  /** Packet or other input. */
  readonly data?: Uint8Array;
  readonly context?: Uint8Array;
  /** How often to run it. */
  readonly repeat?: number;
  /** Room for the changed packet; 0, the default, drops it. */
  readonly outputSizeBytes?: number;
}

/** A program of a {@link BpfObject}. */
export class BpfProgram {
  private constructor();
  readonly name: string;
  /** Attaches it; without options, by its section. Keep the link: a collected one is closed, and detaches. */
  attach(options?: AttachOptions): BpfLink;
  /** Makes the program outlive this process as `path` in a bpffs. Pinning its link does so too. */
  pin(path: string): void;
  /** Runs it with BPF_PROG_TEST_RUN; program types differ in what they accept. */
  testRun(options?: TestRunOptions): {
    readonly returnValue: number;
    /** Mean time of one run. */
    readonly durationNs: number;
    readonly data: Uint8Array;
  };
  /** Runs and run time so far; both stay 0 unless the sysctl `kernel.bpf_stats_enabled` is 1. */
  statistics(): { readonly id: number; readonly runCount: number; readonly runTimeNs: number };
}

/** Keeps a program attached until it is closed, or as long as it is pinned. */
export class BpfLink implements Disposable, AsyncDisposable {
  private constructor();
  static openPinned(path: string): BpfLink;
  /** Throws `EOPNOTSUPP` for attachments that are no link of the kernel. */
  readonly info: { readonly id: number; readonly type: number; readonly programId: number };
  /** Makes it outlive this process as `path` in a bpffs. Remove the file to end that. */
  pin(path: string): void;
  /** Runs an attached iterator program once; output beyond `maxSizeBytes` (64 MiB) is cut and marked. */
  readIterator(options?: { maxSizeBytes?: number }): {
    readonly data: Uint8Array;
    readonly truncated: boolean;
  };
  close(): void;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface MapInfo {
  /** As the kernel keeps it: at most 15 characters. */
  readonly name: string;
  readonly id: number;
  /** `BPF_MAP_TYPE_*` */
  readonly type: number;
  readonly flags: number;
  readonly maxEntries: number;
  readonly keySizeBytes: number;
  /**
   * Of one value as it is read and written. For per-CPU maps that is every possible CPU's, one after the
   * other, each padded to 8 bytes.
   */
  readonly valueSizeBytes: number;
}

/** A map of the kernel. Keys and values are bytes in the machine's order. */
export class BpfMap implements Disposable, AsyncDisposable {
  private constructor();
  static openPinned(path: string): BpfMap;
  readonly info: MapInfo;
  /** The value of `key`, or undefined. */
  lookup(key: Uint8Array): Uint8Array | undefined;
  /** `create` refuses an existing key (`EEXIST`), `replace` a missing one (`ENOENT`). */
  update(key: Uint8Array, value: Uint8Array, mode?: 'any' | 'create' | 'replace'): void;
  /** Whether it existed. */
  delete(key: Uint8Array): boolean;
  /**
   * Up to `maxEntries` entries (all of them by default), keys and values one after the other, read in batches
   * where the kernel can. While others write, entries may be missed or met twice.
   */
  readAll(options?: { maxEntries?: number }): {
    readonly count: number;
    readonly keys: Uint8Array;
    readonly values: Uint8Array;
  };
  /** Writes as many entries as `keys` holds, in one batch where the kernel can. */
  writeAll(entries: { keys: Uint8Array; values: Uint8Array }): void;
  /** Deletes many keys; returns how many existed. */
  deleteAll(keys: Uint8Array): number;
  /** Makes it outlive this process as `path` in a bpffs. */
  pin(path: string): void;
  close(): void;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A filled slot. Its bytes are an exact image of the ring from `startPosition` to `endPosition`. */
export interface RingBatch {
  readonly slot: number;
  /** Index into {@link RingReaderOptions.rings}. */
  readonly ring: number;
  /** Where the slot begins in {@link RingReader.memory}. */
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  /** How many records it holds, discarded ones not counted. */
  readonly records: number;
  /**
   * Bytes since the ring was made; never wraps or repeats. A record's own position is
   * `startPosition + (its header's offset - offsetBytes)`, and is the same whenever it is read again.
   */
  readonly startPosition: number;
  /** What {@link RingReader.release} takes once the batch is safe. */
  readonly endPosition: number;
}

export interface RingReaderOptions {
  /** Rings to read. `critical` ones are read first, and may use the last free slot. */
  readonly rings: readonly { readonly map: BpfMap; readonly critical: boolean }[];
  /**
   * Called once per filled slot, on this thread's event loop. Decode or copy, then free the slot. What it
   * throws is an uncaught exception.
   */
  readonly onBatch: (batch: RingBatch) => void;
  /** Of one slot, a multiple of 8; 256 KiB by default. Larger records are skipped and counted. */
  readonly slotSizeBytes?: number;
  /** 8 by default, at least 2. Together with slotSizeBytes it bounds what is in flight. */
  readonly slotCount?: number;
  /** Longest time that a record waits in a ring while a slot is free; 20 by default. */
  readonly tickMs?: number;
  /** Wake-ups closer together than this are served together; 2 by default. */
  readonly coalesceMs?: number;
}

export interface RingReaderCounters {
  readonly batches: number;
  readonly records: number;
  readonly sizeBytes: number;
  /** How often a program woke the reader. */
  readonly wakeups: number;
  /** Batches taken back because the event loop's queue was full; they are offered again. */
  readonly queueFull: number;
  /** How often no slot was free; the records stayed in the ring. */
  readonly slotsExhausted: number;
  readonly rings: readonly {
    readonly capacityBytes: number;
    /** Up to here the kernel may overwrite. */
    readonly releasedPosition: number;
    /** Up to here it was handed over. */
    readonly readPosition: number;
    /** Up to here programs have written. */
    readonly producerPosition: number;
    /** Records larger than a slot, skipped. */
    readonly oversized: number;
  }[];
}

/**
 * Reads rings on a thread of its own into a pool of shared slots.
 *
 * - Nothing is freed in a ring before {@link release} is told so. A reader that opens the ring later, in this
 *   process or after a crash in another, begins at the first record that was not released.
 * - Nothing queues without bound: with no free slot the records stay in the ring, and when that is full the
 *   program counts what it could not write.
 * - One reader per ring at a time.
 *
 * An open reader keeps the event loop alive.
 */
export class RingReader implements Disposable, AsyncDisposable {
  private constructor();
  static open(options: RingReaderOptions): RingReader;
  /** All slots. May be given to workers, which then decode in place. */
  readonly memory: SharedArrayBuffer;
  /** One word per slot: 0 is free. `Atomics.store(states, slot, 0)` frees a slot from any thread. */
  readonly states: Int32Array<SharedArrayBuffer>;
  readonly slotSizeBytes: number;
  /** Gives a slot back after its batch was decoded. The batch's memory may change from then on. */
  freeSlot(slot: number): void;
  /**
   * Lets the kernel reuse a ring's space up to `endPosition`: call it when everything before is stored.
   * Throws a RangeError for a position that was not handed out or lies behind an earlier release.
   */
  release(ring: number, endPosition: number): void;
  /** Reads now rather than at the next tick. */
  wake(): void;
  counters(): RingReaderCounters;
  /**
   * Ends the thread and unmaps the rings. No batch is delivered afterwards; what was not released is read
   * again by the next reader. Then release() and wake() have no effect, and counters() stay as they were.
   */
  close(): void;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Calls `visit` with offset and length, in bytes of the memory under `words`, of each record of a batch.
 * `words` is a `Uint32Array` over the whole of {@link RingReader.memory}, made once.
 */
export function forEachRecord(
  words: Uint32Array,
  batch: { readonly offsetBytes: number; readonly sizeBytes: number },
  visit: (offsetBytes: number, lengthBytes: number) => void,
): void;
