import { BpfObject, KernelBtf, RingReader, forEachRecord, type BpfLink } from '../../index.js';
import { built } from './kernel.ts';

type Fields = Record<string, number | bigint | string>;

/** A decoded record: its fields by their C names, embedded structs as `struct.field`. */
export interface ProcessRecord {
  readonly type: 'exec' | 'exit' | 'oom_kill';
  readonly fields: Fields;
  readonly bytes: Uint8Array;
}

interface Field {
  readonly name: string;
  readonly type: string;
  readonly offsetBytes: number;
}

const types = { 1: 'exec', 2: 'exit', 3: 'oom_kill' } as const;
const structs = {
  exec: 'tapio_exec',
  exit: 'tapio_exit',
  oom_kill: 'tapio_oom_kill',
} as const;

function fieldsOf(btf: KernelBtf, struct: string, prefix = '', baseBytes = 0): Field[] {
  const members = btf.members(struct);
  if (!members) throw new Error(`no struct ${struct} in the layout object`);
  return members.flatMap(({ name, type, offsetBits }) => {
    const offsetBytes = baseBytes + offsetBits / 8;
    const array = /^struct (\w+)\[(\d+)\]$/.exec(type);
    if (array) {
      const stride = btf.sizeBytes(array[1]!) ?? 0;
      return Array.from({ length: Number(array[2]) }, (_, index) =>
        fieldsOf(btf, array[1]!, `${prefix}${name}[${index}].`, offsetBytes + index * stride),
      ).flat();
    }
    if (type.startsWith('struct ')) return fieldsOf(btf, type.slice(7), `${prefix}${name}.`, offsetBytes);
    return [{ name: prefix + name, type, offsetBytes }];
  });
}

function decode(fields: readonly Field[], bytes: Buffer): Fields {
  const values: Fields = {};
  for (const { name, type, offsetBytes } of fields) {
    const text = /^char\[(\d+)\]$/.exec(type);
    if (text) {
      const all = bytes.subarray(offsetBytes, offsetBytes + Number(text[1]));
      const end = all.indexOf(0);
      values[name] = all.subarray(0, end < 0 ? all.length : end).toString();
    } else if (type === '__u64') values[name] = bytes.readBigUInt64LE(offsetBytes);
    else if (type === '__s32') values[name] = bytes.readInt32LE(offsetBytes);
    else if (type === '__u32') values[name] = bytes.readUInt32LE(offsetBytes);
    else if (type === '__u16') values[name] = bytes.readUInt16LE(offsetBytes);
    else if (type === '__u8') values[name] = bytes.readUInt8(offsetBytes);
    else throw new Error(`the test does not decode ${type}`);
  }
  return values;
}

/** The process object, loaded and attached, with its records as they come. */
export class ProcessCapture implements Disposable {
  readonly records: ProcessRecord[] = [];
  readonly object: BpfObject;
  readonly #links: BpfLink[];
  readonly #reader: RingReader;

  constructor({
    objectName = 'process',
    captureEpoch = 1n,
    ringBytes = 4 * 1024 * 1024,
    argsMaxBytes = 256,
  } = {}) {
    using layout = KernelBtf.open(built('bpf/build/layout.o'));
    using kernel = KernelBtf.open();
    const layouts = Object.fromEntries(
      Object.entries(structs).map(([type, struct]) => [type, fieldsOf(layout, struct)]),
    );
    this.object = BpfObject.open(built(`bpf/build/${objectName}.bpf.o`));
    this.object.setConstant('capture_epoch', captureEpoch);
    this.object.setConstant('args_max_bytes', argsMaxBytes);
    this.object.setMaxEntries('crit', ringBytes);
    const byTask = kernel.functionArguments('btf_trace_mark_victim')?.[1] !== 'int';
    this.object.setAutoload(byTask ? 'mark_victim_task' : 'mark_victim_pid', true);
    const hasGroupDead = kernel.functionArguments('btf_trace_sched_process_exit')?.length === 3;
    this.object.setAutoload(hasGroupDead ? 'sched_process_exit_group' : 'sched_process_exit_live', true);
    this.object.load();
    this.#links = this.object
      .programs()
      .filter(({ loaded }) => loaded)
      .map(({ name }) => this.object.program(name).attach());
    const map = this.object.map('crit');
    this.#reader = RingReader.open({
      rings: [{ map, critical: true }],
      onBatch: (batch) => {
        forEachRecord(words, batch, (offsetBytes, lengthBytes) => {
          const bytes = Buffer.from(Buffer.from(this.#reader.memory, offsetBytes, lengthBytes));
          const type = types[bytes.readUInt16LE(0) as keyof typeof types];
          this.records.push({ type, bytes, fields: decode(layouts[type]!, bytes) });
        });
        this.#reader.freeSlot(batch.slot);
        this.#reader.release(0, batch.endPosition);
      },
    });
    const words = new Uint32Array(this.#reader.memory);
    map.close();
  }

  /** Records of one type about one process. */
  of(type: ProcessRecord['type'], tgid: number): Fields[] {
    return this.records
      .filter((record) => record.type === type && record.fields['task.tgid'] === tgid)
      .map(({ fields }) => fields);
  }

  [Symbol.dispose](): void {
    this.#reader.close();
    for (const link of this.#links) link.close();
    this.object.close();
  }
}
