import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ObservationEvent } from '@tapio/domain';
import { memoryController, removeCgroupTree } from '../../src/index.ts';
import type { PodIdentity } from '../../src/node/pod-object.ts';
import type { Deeds } from './crash-oracle.ts';
import { CrashStack, NODE } from './crash-stack.ts';
import { CrashingPods } from './crashing-pods.ts';
import { drained } from './drain.ts';
import { askingOf, openDriver } from './graph-events.ts';
import type { PlannedKill, Victim } from './kill-plan.ts';
import { planKills } from './kill-plan.ts';
import { RefusalLoad } from './refusal-load.ts';
import { makeLockedFolder } from './refusals.ts';
import type { RingCount } from './ring-counts.ts';
import { readRingCounts } from './ring-counts.ts';
import { SharedPodsFile } from './shared-pods-file.ts';
import { TriggerLoad } from './trigger-load.ts';

export interface Kill {
  readonly victim: Victim;
  /** Since the first process died by a trigger program. */
  readonly atMs: number;
  /** Unix microseconds. */
  readonly atUs: number;
}

/** What happened, told by those who did it, and what the streams keep of it. The stack still runs. */
export interface CrashStory {
  readonly stack: CrashStack;
  readonly folder: string;
  readonly cgroupRoot: string;
  readonly kills: readonly Kill[];
  readonly deeds: Deeds;
  readonly oomPod: PodIdentity;
  readonly captureEpoch: string;
  /** What the kernel had numbered when all was done. */
  readonly counts: readonly RingCount[];
  readonly bulk: readonly ObservationEvent[];
}

/**
 * Lets processes and containers die while a seeded plan kills agent, loader, NATS and Neo4j, and waits until all is
 * drained.
 *
 * @param owned takes what has to be disposed in the end, also when this throws
 */
export async function tellCrashStory(
  seed: number,
  killsEach: number,
  owned: AsyncDisposableStack,
): Promise<CrashStory> {
  const steps: string[] = [];
  const progress = (step: string): void => void steps.push(`${new Date().toISOString()} ${step}`);
  try {
    return await happen({ seed, killsEach, owned, progress });
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown reason';
    throw new Error(`${reason}\nUp to there, with seed ${seed}:\n${steps.join('\n')}`, { cause: error });
  }
}

interface Telling {
  readonly seed: number;
  readonly killsEach: number;
  readonly owned: AsyncDisposableStack;
  readonly progress: (step: string) => void;
}

async function happen({ seed, killsEach, owned, progress }: Telling): Promise<CrashStory> {
  const folder = mkdtempSync(join(tmpdir(), 'tapio-kills-'));
  owned.defer(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const pods = new SharedPodsFile(join(folder, 'pods.json'));
  const stack = owned.use(await CrashStack.start(folder, pods.path));
  const cgroupRoot = `tapio-kills-${process.pid}`;
  progress('all four are ready');
  owned.defer(() => removeCgroupTree(join(memoryController().mount, cgroupRoot)));
  const locked = makeLockedFolder(folder);
  const place = { pods, node: NODE, folder, cgroupRoot, locked };
  const crashing = owned.use(await CrashingPods.start(place));
  const triggers = owned.use(await TriggerLoad.start({ ...place, nonce: `k${seed}` }));
  const refused = owned.use(await RefusalLoad.start({ ...place, nonce: `k${seed}` }));
  const kills = await killAll(stack, planKills(seed, killsEach), progress);
  await stack.ready();
  progress('all four are ready again');
  await Promise.all([triggers.stop(), refused.stop()]);
  await crashing[Symbol.asyncDispose]();
  const last = await triggers.last();
  const doneUs = Date.now() * 1000;
  const counts = readRingCounts(stack.pinDirectory);
  progress('all is done, draining');
  await using driver = openDriver(stack.neo4j);
  const batches = await drained({ stack, ask: askingOf(driver), doneUs, last });
  progress('drained');
  return {
    stack,
    folder,
    cgroupRoot,
    kills,
    deeds: {
      node: NODE,
      deaths: triggers.deaths,
      triggerContainers: triggers.containerIds,
      runs: crashing.runs,
      agentKillsUs: kills.filter(({ victim }) => victim === 'agent').map(({ atUs }) => atUs),
      refusals: { ofRuns: crashing.refusals, ofHealthy: refused.refusals },
    },
    oomPod: crashing.oomPod,
    captureEpoch: captureEpochOf(stack),
    counts,
    bulk: batches.flatMap((batch) => batch.events),
  };
}

async function killAll(
  stack: CrashStack,
  plan: readonly PlannedKill[],
  progress: Telling['progress'],
): Promise<readonly Kill[]> {
  const kills: Kill[] = [];
  const startedMs = performance.now();
  for (const { victim, fromCalm, pauseMs } of plan) {
    if (fromCalm) await stack.ready();
    await delay(pauseMs);
    await stack.kill(victim);
    progress(`killed ${victim}${fromCalm ? ' in calm' : ''}`);
    kills.push({ victim, atMs: Math.round(performance.now() - startedMs), atUs: Date.now() * 1000 });
  }
  return kills;
}

/** Of this run: the state directory was made for it. */
function captureEpochOf({ stateDir }: CrashStack): string {
  const state = JSON.parse(readFileSync(join(stateDir, 'capture.json'), 'utf8')) as { captureEpoch: string };
  return state.captureEpoch;
}
