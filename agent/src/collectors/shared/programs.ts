import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BpfLink, BpfMap, BpfObject } from '@tapio/native';
import type { NativeModule } from './native.ts';

const OBJECT = 'process.bpf.o';
/** The same programs for kernels before 5.12, which can't number records. */
const COMPAT_OBJECT = 'process.compat.bpf.o';

export interface ChosenObject {
  readonly path: string;
}

/** @throws when the objects were not built; the message says how to */
export function chooseObject(bpfDir: string): ChosenObject {
  const path = join(bpfDir, OBJECT);
  if (!existsSync(path))
    throw new Error(`${path} is missing: build it with \`make -C bpf\`, or set --bpf-dir`);
  return { path };
}

export interface OpenProgramsOptions {
  readonly objectPath: string;
  readonly epoch: number;
  readonly criticalRingBytes: number;
  readonly mapNames: readonly string[];
}

export interface OpenedPrograms {
  readonly maps: ReadonlyMap<string, BpfMap>;
  readonly links: readonly BpfLink[];
  /** Names, in the order of the links. */
  readonly programs: readonly string[];
}

/** Loads and attaches the programs that this kernel can run. */
export function openPrograms(native: NativeModule, options: OpenProgramsOptions): OpenedPrograms {
  const variants = chooseVariants(native);
  try {
    return load(native, options, variants);
  } catch (error) {
    const compat = options.objectPath.replace(OBJECT, COMPAT_OBJECT);
    if (isDenied(error) || !existsSync(compat)) throw error;
    try {
      return load(native, { ...options, objectPath: compat }, variants);
    } catch {
      throw error;
    }
  }
}

function load(
  native: NativeModule,
  options: OpenProgramsOptions,
  variants: ReadonlySet<string>,
): OpenedPrograms {
  using object: BpfObject = native.BpfObject.open(options.objectPath);
  const programs = object
    .programs()
    .map(({ name }) => name)
    .filter((name) => wanted(name, variants));
  for (const { name } of object.programs()) object.setAutoload(name, programs.includes(name));
  object.setConstant('capture_epoch', BigInt(options.epoch));
  object.setMaxEntries('crit', options.criticalRingBytes);
  object.load();
  const links: BpfLink[] = [];
  try {
    for (const name of programs) links.push(object.program(name).attach());
    const maps = new Map(options.mapNames.map((name) => [name, object.map(name)] as const));
    return { maps, links, programs };
  } catch (error) {
    for (const link of links) link.close();
    throw error;
  }
}

/** Programs of which a kernel runs one of two, by what its BTF says of the hook's arguments. */
const VARIANTS: ReadonlySet<string> = new Set([
  'mark_victim_task',
  'mark_victim_pid',
  'sched_process_exit_group',
  'sched_process_exit_live',
]);

function wanted(name: string, variants: ReadonlySet<string>): boolean {
  return !VARIANTS.has(name) || variants.has(name);
}

function chooseVariants(native: NativeModule): ReadonlySet<string> {
  using btf = native.KernelBtf.open();
  const victim = btf.functionArguments('btf_trace_mark_victim') ?? [];
  const exit = btf.functionArguments('btf_trace_sched_process_exit') ?? [];
  return new Set([
    victim.some((type) => type.includes('task_struct')) ? 'mark_victim_task' : 'mark_victim_pid',
    exit.length >= 3 ? 'sched_process_exit_group' : 'sched_process_exit_live',
  ]);
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPERM' || error.code === 'EACCES');
}
