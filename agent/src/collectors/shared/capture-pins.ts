import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BpfLink, BpfMap } from '@tapio/native';
import { replaceFile } from '../../spool/durable-file.ts';
import type { NativeModule } from './native.ts';
import type { OpenedPrograms, ProgramObject } from './programs.ts';
import { objectPath } from './programs.ts';

/** An object of a capture, as it is remembered. */
export interface KnownObject {
  readonly name: string;
  /** What was attached. */
  readonly programs: readonly string[];
  /** Why the kernel did not take it; then it has no programs. */
  readonly refused?: string;
}

/** What the state directory knows of the capture that was opened last. */
export interface KnownCapture {
  readonly captureEpoch: string;
  readonly bootId: string;
  /** See `captureDigest`. */
  readonly digest: string;
  readonly objects: readonly KnownObject[];
}

const STATE_FILE = 'capture.json';

/** The same only for the same programs with the same settings: others begin another capture. */
export function captureDigest(bpfDir: string, objects: readonly ProgramObject[]): string {
  const hash = createHash('sha256');
  for (const { name, ringBytes, constants, switchedOn } of objects) {
    const path = objectPath(bpfDir, name);
    hash.update(existsSync(path) ? readFileSync(path) : 'missing');
    const knobs = Object.entries(constants).map(([knob, value]) => [knob, String(value)]);
    hash.update(JSON.stringify({ name, ringBytes, knobs, switchedOn }));
  }
  return hash.digest('hex').slice(0, 16);
}

export function readKnownCapture(stateDirectory: string): KnownCapture | undefined {
  try {
    const parsed = JSON.parse(
      readFileSync(join(stateDirectory, STATE_FILE), 'utf8'),
    ) as Partial<KnownCapture>;
    const { captureEpoch, bootId, digest, objects } = parsed;
    if (captureEpoch === undefined || bootId === undefined || digest === undefined || !Array.isArray(objects))
      return undefined;
    return { captureEpoch, bootId, digest, objects };
  } catch {
    return undefined;
  }
}

export async function rememberCapture(stateDirectory: string, known: KnownCapture): Promise<void> {
  await replaceFile(join(stateDirectory, STATE_FILE), JSON.stringify(known), true);
}

/** Why what is pinned can't be taken over; undefined when it can. */
export function whyNotResumable(
  known: KnownCapture | undefined,
  now: { readonly bootId: string; readonly digest: string },
  pinDirectory: string,
): string | undefined {
  if (known === undefined) return 'the state directory does not know the pinned capture';
  if (known.bootId !== now.bootId) return 'the pinned capture is of another boot';
  if (known.digest !== now.digest) return 'the programs or their settings are others now';
  const pinned = new Set(readdirSync(pinDirectory));
  const missing = known.objects.flatMap(pinsOf).filter((name) => !pinned.has(name));
  return missing.length === 0 ? undefined : `pins are missing: ${missing.join(', ')}`;
}

const MAPS = ['ring', 'counters', 'sequence'] as const;

/** bpffs takes no dots in names. */
function mapPin(object: string, map: (typeof MAPS)[number]): string {
  return `map_${object}_${map}`;
}

function linkPin(object: string, program: string): string {
  return `link_${object}_${program}`;
}

function pinsOf({ name, programs, refused }: KnownObject): readonly string[] {
  if (refused !== undefined) return [];
  return [...MAPS.map((map) => mapPin(name, map)), ...programs.map((program) => linkPin(name, program))];
}

/** Makes an object's maps and links outlive this process. */
export function pinPrograms(pinDirectory: string, name: string, opened: OpenedPrograms): void {
  mkdirSync(pinDirectory, { recursive: true });
  for (const map of MAPS) opened[map].pin(join(pinDirectory, mapPin(name, map)));
  for (const [index, link] of opened.links.entries())
    link.pin(join(pinDirectory, linkPin(name, opened.programs[index] ?? '')));
}

/** Opens what `pinPrograms` pinned. */
export function openPinned(native: NativeModule, pinDirectory: string, known: KnownObject): OpenedPrograms {
  const { name, programs } = known;
  const map = (which: (typeof MAPS)[number]): BpfMap =>
    native.BpfMap.openPinned(join(pinDirectory, mapPin(name, which)));
  const links: readonly BpfLink[] = programs.map((program) =>
    native.BpfLink.openPinned(join(pinDirectory, linkPin(name, program))),
  );
  return { ring: map('ring'), counters: map('counters'), sequence: map('sequence'), links, programs };
}
