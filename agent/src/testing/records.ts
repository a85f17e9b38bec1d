/**
 * Binary records as the kernel programs write them, laid out by hand after `struct tapio_*` of
 * bpf/include/tapio_record.h, so that a layout that moves is noticed.
 */
export class RecordBytes {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  /** Header as in `struct tapio_record_header`; bytes that are not set are 0xAA, as in a ring that is reused. */
  constructor(
    type: number,
    sizeBytes: number,
    header: { seq?: number; flags?: number; bootNs: bigint; ring?: number },
  ) {
    this.bytes = new Uint8Array(sizeBytes).fill(0xaa);
    this.#view = new DataView(this.bytes.buffer);
    this.#view.setUint16(0, type, true);
    this.#view.setUint16(2, sizeBytes, true);
    this.u32(4, header.flags ?? 0)
      .u64(8, BigInt(header.seq ?? 0))
      .u64(16, 7n)
      .u64(24, header.bootNs)
      .u32(32, 1)
      .u32(36, header.ring ?? 0);
  }

  u8(at: number, value: number): this {
    this.#view.setUint8(at, value);
    return this;
  }

  u32(at: number, value: number): this {
    this.#view.setUint32(at, value >>> 0, true);
    return this;
  }

  u64(at: number, value: bigint): this {
    this.#view.setBigUint64(at, value, true);
    return this;
  }

  /** NUL-terminated; what is behind the NUL stays as it is. */
  text(at: number, value: string): this {
    const encoded = new TextEncoder().encode(value);
    this.bytes.set(encoded, at);
    this.bytes[at + encoded.byteLength] = 0;
    return this;
  }

  /** `struct tapio_task`, at 40 in every record. */
  task(task: {
    tgid: number;
    ppid?: number;
    nsTgid?: number;
    nsLevel?: number;
    uid?: number;
    startNs?: bigint;
    comm: string;
  }): this {
    return this.u32(40, task.tgid)
      .u32(44, task.tgid)
      .u32(48, task.ppid ?? 1)
      .u32(52, task.nsTgid ?? task.tgid)
      .u32(56, task.nsLevel ?? 0)
      .u32(60, task.uid ?? 0)
      .u64(64, task.startNs ?? 1_000n)
      .text(72, task.comm)
      .text(88, 'parent');
  }

  /** `struct tapio_cgroup`, at 104 in records of processes; names from the leaf up. */
  cgroup(names: readonly string[], level = names.length, id = 0x1_0000_0123n): this {
    return this.u64(104, id)
      .u32(112, 3)
      .u32(116, level)
      .text(120, names[0] ?? '')
      .text(280, names[1] ?? '')
      .text(440, names[2] ?? '');
  }
}

/** Lays records out as a ring holds them: 8 bytes of header before each, padded to 8 bytes. */
export function ringImage(
  records: readonly (RecordBytes | { readonly discarded: number })[],
): SharedArrayBuffer {
  const sizes = records.map((r) => 8 + ((('discarded' in r ? r.discarded : r.bytes.byteLength) + 7) & ~7));
  const memory = new SharedArrayBuffer(sizes.reduce((sum, size) => sum + size, 0));
  const view = new DataView(memory);
  let at = 0;
  for (const [index, record] of records.entries()) {
    if ('discarded' in record) view.setUint32(at, (record.discarded | 0x4000_0000) >>> 0, true);
    else {
      view.setUint32(at, record.bytes.byteLength, true);
      new Uint8Array(memory).set(record.bytes, at + 8);
    }
    at += sizes[index] ?? 0;
  }
  return memory;
}
