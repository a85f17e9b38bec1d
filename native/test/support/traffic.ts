import {
  BpfObject,
  forEachRecord,
  type BpfLink,
  type BpfMap,
  type RingBatch,
  type RingReader,
} from '../../index.js';
import { built, getppidSyscall } from './kernel.ts';

/** What the traffic program counted since it was loaded. */
export interface TrafficCounts {
  readonly produced: number;
  readonly reserved: number;
  readonly dropped: number;
}

export interface TrafficOptions {
  readonly tgid: number;
  readonly ringBytes?: number;
  /** Programs to load beside the one that counts calls. */
  readonly programs?: readonly string[];
}

/** Bytes that one of its records takes in the ring, header included. */
export const recordRoomBytes = 136;
/** Every so many-th reservation is given up. */
export const discardEvery = 1000;

/** The test object whose program writes a record for each getppid call of one process. */
export class Traffic implements Disposable {
  readonly object: BpfObject;
  readonly links: readonly BpfLink[];

  constructor({ tgid, ringBytes = 64 * 1024, programs = ['on_syscall'] }: TrafficOptions) {
    this.object = BpfObject.open(built('native/build/test/traffic.bpf.o'));
    this.object.setConstant('target_tgid', tgid);
    this.object.setConstant('target_syscall', getppidSyscall);
    this.object.setMaxEntries('events', ringBytes);
    for (const { name } of this.object.programs()) this.object.setAutoload(name, programs.includes(name));
    this.object.load();
    this.links = programs.map((name) => this.object.program(name).attach());
  }

  ring(name: 'events' | 'urgent_events' = 'events'): BpfMap {
    return this.object.map(name);
  }

  counts(): TrafficCounts {
    using map = this.object.map('counts');
    const { values } = map.readAll();
    const view = new DataView(values.buffer, values.byteOffset);
    const at = (index: number): number => Number(view.getBigUint64(index * 8, true));
    return { produced: at(0), reserved: at(1), dropped: at(2) };
  }

  [Symbol.dispose](): void {
    for (const link of this.links) link.close();
    this.object.close();
  }
}

/** Calls `visit` with the number that the program gave each record of a batch. */
export function forEachNumber(reader: RingReader, batch: RingBatch, visit: (number: number) => void): void {
  const words = new Uint32Array(reader.memory);
  forEachRecord(words, batch, (offsetBytes) => {
    visit(words[offsetBytes / 4]! + words[offsetBytes / 4 + 1]! * 2 ** 32);
  });
}
