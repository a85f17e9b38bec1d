import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BpfLink, BpfMap, BpfObject } from '@tapio/native';
import type { NativeModule } from './native.ts';
import type { RingName } from './rings.ts';

/** A compiled object of kernel programs, as it is to be loaded. */
export interface ProgramObject {
  /** As in `<name>.bpf.o`. */
  readonly name: string;
  /** The ring that it writes; the map is called so too. */
  readonly ring: RingName;
  readonly ringBytes: number;
  /** Values of its `const volatile` knobs. */
  readonly constants: Readonly<Record<string, bigint>>;
  /** Programs to switch on of those that the object has switched off. */
  readonly switchedOn: readonly string[];
}

export interface OpenedPrograms {
  readonly ring: BpfMap;
  readonly counters: BpfMap;
  readonly sequence: BpfMap;
  readonly links: readonly BpfLink[];
  /** Names, in the order of the links. */
  readonly programs: readonly string[];
}

/** Where an object lies; `compat` is the same for kernels before 5.12, which can't number records. */
export function objectPath(bpfDir: string, name: string, variant: '' | '.compat' = ''): string {
  return join(bpfDir, `${name}${variant}.bpf.o`);
}

/**
 * Loads and attaches an object's programs.
 * @throws when it was not built, with how to, and when the kernel refuses: see `unavailableReason`
 */
export function openPrograms(
  native: NativeModule,
  options: { readonly bpfDir: string; readonly object: ProgramObject; readonly epoch: number },
): OpenedPrograms {
  const { bpfDir, object, epoch } = options;
  const path = objectPath(bpfDir, object.name);
  if (!existsSync(path))
    throw new Error(`${path} is missing: build it with \`make -C bpf\`, or set --bpf-dir`);
  try {
    return load(native, path, object, epoch);
  } catch (error) {
    const compat = objectPath(bpfDir, object.name, '.compat');
    if (isDenied(error) || !existsSync(compat)) throw error;
    try {
      return load(native, compat, object, epoch);
    } catch {
      throw error;
    }
  }
}

function load(native: NativeModule, path: string, wanted: ProgramObject, epoch: number): OpenedPrograms {
  using object: BpfObject = native.BpfObject.open(path);
  const programs = object
    .programs()
    .filter(({ name, autoload }) => autoload || wanted.switchedOn.includes(name))
    .map(({ name }) => name);
  for (const name of programs) object.setAutoload(name, true);
  object.setConstant('capture_epoch', BigInt(epoch));
  for (const [name, value] of Object.entries(wanted.constants)) object.setConstant(name, value);
  object.setMaxEntries(wanted.ring, wanted.ringBytes);
  object.load();
  const links: BpfLink[] = [];
  try {
    for (const name of programs) links.push(object.program(name).attach());
    const [ring, counters, sequence] = [
      object.map(wanted.ring),
      object.map('ring_counters'),
      object.map('ring_sequence'),
    ];
    return { ring, counters, sequence, links, programs };
  } catch (error) {
    for (const link of links) link.close();
    throw error;
  }
}

/** Of programs of which a kernel runs one of two, those that its BTF asks for by the hook's arguments. */
export function chooseVariants(native: NativeModule): readonly string[] {
  using btf = native.KernelBtf.open();
  const victim = btf.functionArguments('btf_trace_mark_victim') ?? [];
  const exit = btf.functionArguments('btf_trace_sched_process_exit') ?? [];
  return [
    victim.some((type) => type.includes('task_struct')) ? 'mark_victim_task' : 'mark_victim_pid',
    exit.length >= 3 ? 'sched_process_exit_group' : 'sched_process_exit_live',
  ];
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPERM' || error.code === 'EACCES');
}
