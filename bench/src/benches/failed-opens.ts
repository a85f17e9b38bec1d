import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RefusalCounts } from '@tapio/testkit';
import { Child, ContainerCgroup, launchNats, parseRefusals, triggerPath, waitFor } from '@tapio/testkit';
import type { Bench, BenchContext, Row } from '../bench.ts';
import { FIGURES } from '../figures.ts';
import type { AgentCounts, RingCounts, StageCounts } from '../kernel/capturing-agent.ts';
import { CapturingAgent } from '../kernel/capturing-agent.ts';
import { fileMissing, kernelMissing, serversMissing, workloadMissing } from '../requirements.ts';
import { rowOf } from '../statistics.ts';

/** A little more than is to be reached: pacing takes some off. */
const OPENS_PER_SECOND = 102_000;
const EXECS_PER_SECOND = 1_000;
const THREADS = 2;

/**
 * A whole agent under a flood: a process of a container is refused files, and others begin and end beside it. Every
 * refused open is a record of its own on its way through ring, decoder, recorder and spool to a NATS server.
 */
export const failedOpens: Bench = {
  name: 'failed-opens',
  summary:
    '100,000 failed opens and 1,000 execs a second through a whole agent, with exact counts of what was lost',
  units: ['events/s', 'events', '% of a core'],
  needs: ['root', 'servers'],
  missing: () =>
    kernelMissing() ??
    fileMissing('bpf/build/file.bpf.o') ??
    workloadMissing() ??
    fileMissing('testkit/trigger/build/refusals') ??
    serversMissing(),
  run,
};

/** One run of the load. */
interface Flood {
  readonly refusals: RefusalCounts;
  readonly seconds: number;
  /** Begin and end of each process. */
  readonly livesAndDeaths: number;
  readonly before: AgentCounts;
  /** When the load had ended. */
  readonly ended: AgentCounts;
  /** When all that was in the rings had been read. */
  readonly after: AgentCounts;
}

async function run({ quick, progress }: BenchContext): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tapio-bench-'));
  try {
    const locked = join(folder, 'locked');
    mkdirSync(locked, { mode: 0o700 });
    // The path to it has to be open, so that it is the folder that refuses.
    chmodSync(folder, 0o755);
    await using nats = await launchNats();
    await using agent = await CapturingAgent.start(folder, {
      natsUrl: nats.url,
      collectors: ['process', 'file'],
    });
    await using cgroup = await ContainerCgroup.make();
    const seconds = quick ? 1 : 10;
    const floods: Flood[] = [];
    for (let round = 1; round <= (quick ? 1 : 3); round += 1) {
      progress(
        `${OPENS_PER_SECOND} failed opens/s and ${EXECS_PER_SECOND} execs/s for ${seconds} s, run ${round}`,
      );
      floods.push(await flood({ agent, cgroup, folder, locked, seconds }));
    }
    return rowsOf(floods);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface FloodParts {
  readonly agent: CapturingAgent;
  readonly cgroup: ContainerCgroup;
  readonly folder: string;
  readonly locked: string;
  readonly seconds: number;
}

async function flood({ agent, cgroup, folder, locked, seconds }: FloodParts): Promise<Flood> {
  const logPath = join(folder, `refusals-${performance.now()}`);
  const before = await agent.counts();
  const startedMs = performance.now();
  const [refusing, exiting] = await Promise.all([
    cgroup.run(
      triggerPath('refusals'),
      [
        ...['--count', String(OPENS_PER_SECOND * seconds), '--rate', String(OPENS_PER_SECOND)],
        ...['--threads', String(THREADS), '--folder', locked],
      ],
      { logPath },
    ),
    Child.start({
      name: 'exits',
      command: triggerPath('exits'),
      args: ['--count', String(EXECS_PER_SECOND * seconds), '--rate', String(EXECS_PER_SECOND)],
      logPath: join(folder, 'exits'),
    }),
  ]);
  await Promise.all([refusing.ended, exiting.ended]);
  const took = (performance.now() - startedMs) / 1000;
  const ended = await agent.counts();
  const after = await waitFor(
    async () => {
      const counts = await agent.counts();
      const isReadUp = counts.decode.received >= counts.bulk.accepted + counts.crit.accepted;
      return isReadUp && counts.assemble.sent >= counts.assemble.received ? counts : undefined;
    },
    { timeoutMs: 20_000, everyMs: 100, describe: 'the agent to have read its rings to their end' },
  );
  return {
    refusals: parseRefusals(readFileSync(logPath, 'utf8')),
    seconds: took,
    livesAndDeaths: 2 * EXECS_PER_SECOND * seconds,
    before,
    ended,
    after,
  };
}

function rowsOf(floods: readonly Flood[]): readonly Row[] {
  return [
    rowOf(
      {
        name: 'failed opens to the agent’s spool',
        unit: 'events/s',
        note: 'EACCES, in a container; each call is a record of its own, none is counted together with others',
        figure: FIGURES.kernelEvents,
      },
      floods.map(({ refusals, ...flood }) => {
        const captured = refusals.refused - total(lostOpens({ refusals, ...flood }));
        return (1e6 * captured) / (refusals.endedUs - refusals.startedUs);
      }),
    ),
    lostRow('failed opens lost', floods.map(lostOpens)),
    rowOf(
      { name: 'execs and exits beside failed opens', unit: 'events/s', note: 'all processes of the machine' },
      floods.map(({ before, ended, seconds }) => (ended.crit.accepted - before.crit.accepted) / seconds),
    ),
    lostRow('execs and exits lost beside failed opens', floods.map(lostLivesAndDeaths)),
    rowOf(
      {
        name: 'CPU of the agent meanwhile',
        unit: '% of a core',
        note: 'all its threads, up to the acknowledged batch; its kernel programs run in the processes that they watch',
      },
      floods.map(({ before, ended, seconds }) => (100 * (ended.cpuSeconds - before.cpuSeconds)) / seconds),
    ),
  ];
}

type Losses = ReadonlyMap<string, number>;

/** Refused opens that are in no batch, by reason. */
function lostOpens({ refusals, before, after }: Flood): Losses {
  const seen = countedBy(before.bulk, after.bulk);
  return new Map([
    ['not seen by the kernel program', Math.max(0, refusals.refused - seen)],
    ['ring full', after.bulk.dropped - before.bulk.dropped],
    ...LOSSES_IN_AGENT.map(
      ([stage, reason]) => [reason, newDrops(reason, before[stage], after[stage])] as const,
    ),
  ]);
}

/** Ends and begins of processes that no program saw, or that their ring had no room for. */
function lostLivesAndDeaths({ livesAndDeaths, before, after }: Flood): Losses {
  return new Map([
    ['not seen by the kernel programs', Math.max(0, livesAndDeaths - countedBy(before.crit, after.crit))],
    ['ring full', after.crit.dropped - before.crit.dropped],
  ]);
}

/** Reasons why a record that was read is in no batch. The agent does not count them by ring: they are of both. */
const LOSSES_IN_AGENT = [
  ['decode', 'malformed'],
  ['assemble', 'spool_overflow'],
] as const satisfies readonly (readonly ['decode' | 'assemble', string])[];

function newDrops(reason: string, before: StageCounts, after: StageCounts): number {
  return (after.dropped.get(reason) ?? 0) - (before.dropped.get(reason) ?? 0);
}

function countedBy(before: RingCounts, after: RingCounts): number {
  return after.accepted - before.accepted + after.dropped - before.dropped;
}

function total(losses: Losses): number {
  return [...losses.values()].reduce((sum, value) => sum + value, 0);
}

/** The sum over all runs, and how much of it each reason is. */
function lostRow(name: string, runs: readonly Losses[]): Row {
  const totals = runs.map(total);
  const reasons = [...new Set(runs.flatMap((losses) => [...losses.keys()]))];
  const byReason = reasons.map((reason) => {
    const lost = runs.reduce((sum, losses) => sum + (losses.get(reason) ?? 0), 0);
    return `${reason.replaceAll('_', ' ')} ${lost}`;
  });
  return {
    ...rowOf({ name, unit: 'events', figure: FIGURES.lostEvents }, totals),
    value: totals.reduce((sum, lost) => sum + lost, 0),
    note: `sum of all runs: ${byReason.join(', ')}`,
  };
}
