import type { ObservationEvent } from '@tapio/domain';
import { kernelEventId } from '@tapio/domain';
import type { BootClock } from '../../clock/boot-clock.ts';
import type { CgroupContext, CgroupContexts } from './cgroup-contexts.ts';
import { RECORD_FLAG, RECORD_HEADER } from './layout.ts';
import { MicrosecondText, microsecondsOf, u64 } from './number-text.ts';
import type { MemoryViews } from './text-cache.ts';
import { TextCache } from './text-cache.ts';

/** Where records come from and what they are read with; one for all collectors of one capture. */
export interface CaptureIdentity {
  readonly cluster: string;
  readonly node: string;
  readonly captureEpoch: string;
  readonly bootId: string;
  /** Names of the rings by their number in a record. */
  readonly rings: readonly string[];
  readonly pageSizeBytes: number;
}

/** A record in a memory of records: `at` is the byte offset of its header. */
export interface RecordPlace {
  readonly views: MemoryViews;
  readonly at: number;
  /** Of the record in its ring, in bytes: its number where the kernel can't count. */
  readonly position: number;
}

/** Reads one kind of record; undefined for one that makes no event. */
export type RecordDecoder = (place: RecordPlace) => ObservationEvent | undefined;

type Data = Record<string, string>;

/** What decoders share: the parts of an event that every record has, made without waste. */
export class RecordContext {
  readonly identity: CaptureIdentity;
  readonly clock: BootClock;
  readonly cgroups: CgroupContexts;
  readonly comms = new TextCache(4096, 16);
  readonly monoText = new MicrosecondText();
  readonly startedText = new MicrosecondText();
  readonly #idPrefixes: readonly string[];

  constructor(identity: CaptureIdentity, clock: BootClock, cgroups: CgroupContexts) {
    this.identity = identity;
    this.clock = clock;
    this.cgroups = cgroups;
    const { cluster, node, captureEpoch, rings } = identity;
    this.#idPrefixes = rings.map((ring) =>
      kernelEventId({ cluster, node, captureEpoch, ring, sequence: 0 }).slice(0, -1),
    );
  }

  bootUs(place: RecordPlace): number {
    return microsecondsOf(place.views.words, (place.at + RECORD_HEADER.bootNs) >>> 2);
  }

  /** An event of a record. The shape depends on what is known of the pod, so that events of a kind look alike. */
  event(
    type: string,
    place: RecordPlace,
    cgroup: CgroupContext,
    more: { pid: number; bootUs: number; data: Data },
  ): ObservationEvent {
    const { words } = place.views;
    const base = place.at >>> 2;
    const flags = words[base + (RECORD_HEADER.flags >>> 2)] ?? 0;
    const ring = words[base + (RECORD_HEADER.ring >>> 2)] ?? 0;
    const sequence =
      (flags & RECORD_FLAG.unnumbered) === 0 ? u64(words, base + (RECORD_HEADER.seq >>> 2)) : place.position;
    const id = (this.#idPrefixes[ring] ?? this.#idPrefixes[0] ?? '') + String(sequence);
    const timestamp = this.clock.wallUs(more.bootUs);
    const { cluster, node } = this.identity;
    const { pid, data } = more;
    const { containerId, podUid, pod } = cgroup;
    if (containerId === undefined && podUid === undefined) {
      return { id, timestamp, source: 'kernel', type, cluster, node, pid, data };
    }
    if (containerId !== undefined && pod?.workload !== undefined) {
      const { podName, namespace, workload } = pod;
      return {
        id,
        timestamp,
        source: 'kernel',
        type,
        cluster,
        node,
        pid,
        containerId,
        podUid: pod.podUid,
        podName,
        namespace,
        workload,
        data,
      };
    }
    return {
      id,
      timestamp,
      source: 'kernel',
      type,
      cluster,
      node,
      pid,
      ...(containerId === undefined ? {} : { containerId }),
      ...(podUid === undefined ? {} : { podUid }),
      ...(pod === undefined ? {} : { podName: pod.podName, namespace: pod.namespace }),
      ...(pod?.workload === undefined ? {} : { workload: pod.workload }),
      data,
    };
  }
}
