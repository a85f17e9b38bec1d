import type { ObservationEvent } from '@tapio/domain';
import { kernelEventId, laneOf } from '@tapio/domain';
import type { CaptureGap, ExitRecord, ExpectedRecord, FoundRecord, OracleVerdict } from '@tapio/testkit';
import { compareWithGraph } from '@tapio/testkit';
import type { TerminatedRun } from '../../src/node/pod-object.ts';
import type { Refusal } from './refusal-load.ts';
import type { RingCount } from './ring-counts.ts';

/** What the test did, by those who did it. */
export interface Deeds {
  readonly node: string;
  /** Processes that trigger programs started and saw end by a signal. */
  readonly deaths: readonly ExitRecord[];
  /** Containers in which nothing else ends by a signal. */
  readonly triggerContainers: ReadonlySet<string>;
  /** Runs of containers that have ended. */
  readonly runs: readonly TerminatedRun[];
  /** When agents were killed, Unix microseconds. */
  readonly agentKillsUs: readonly number[];
  /** Files that processes of containers were refused. */
  readonly refusals: {
    /** By a run that ended with a code: the flight recorder makes them signals. */
    readonly ofRuns: readonly Refusal[];
    /** By a container that goes on: they stay in the bulk lane. */
    readonly ofHealthy: readonly Refusal[];
  };
}

/** Where captured records end up: signals in the graph, bulk in its stream, what was promoted in both. */
export interface Evidence {
  readonly graph: readonly ObservationEvent[];
  readonly bulk: readonly ObservationEvent[];
}

/**
 * Deaths and starts of the trigger programs' processes, first processes of containers, and OOM kills. A process is
 * known by its nonce through its exec record, and its end is joined to that by pid and start.
 */
export function judgeKernelRecords(deeds: Deeds, evidence: Evidence): OracleVerdict {
  const { node, deaths, runs } = deeds;
  const began = evidence.bulk.flatMap((event) => nonceRow(event, deeds.triggerContainers));
  const nonces = new Map(began.map(({ process, key }) => [process, key]));
  const runIds = new Set(runs.map((run) => run.containerId));
  const found = evidence.graph.flatMap((event): FoundRecord[] => {
    const { id, type: kind, containerId = '', data } = event;
    if (runIds.has(containerId)) {
      if (kind === 'oom_kill') return [{ id, kind, key: containerId }];
      const isInit = kind === 'process_exit' && data['container_init'] === 'true';
      return isInit ? [{ id, kind: 'end of a container', key: containerId }] : [];
    }
    if (kind !== 'process_exit' || !deeds.triggerContainers.has(containerId)) return [];
    return [
      {
        id,
        kind,
        key: `${nonces.get(processOf(event)) ?? processOf(event)} signal ${data['signal'] ?? '?'}`,
      },
    ];
  });
  const expected: ExpectedRecord[] = [
    ...deaths.flatMap(({ key, signal, startedUs, endedUs }) => [
      { key, kind: 'process_exec', atUs: startedUs, node },
      { key: `${key} signal ${signal}`, kind: 'process_exit', atUs: endedUs, node },
    ]),
    ...runs.map(({ containerId: key, finishedMs }) => {
      return { key, kind: 'end of a container', atUs: finishedMs * 1000, node };
    }),
    ...runs
      .filter(({ reason }) => reason === 'OOMKilled')
      .map(({ containerId: key, finishedMs }) => ({ key, kind: 'oom_kill', atUs: finishedMs * 1000, node })),
  ];
  return compareWithGraph({ expected, found: [...began, ...found], gaps: gapsOf(evidence, 'kernel') });
}

/** `container_died`: once for every run that has ended, with the code that it ended with. */
export function judgeRuns({ node, runs }: Deeds, evidence: Evidence): OracleVerdict {
  const kind = 'container_died';
  const key = (containerId: string, exitCode: string | number): string => `${containerId} exit ${exitCode}`;
  return compareWithGraph({
    expected: runs.map(({ containerId, exitCode, finishedMs }) => {
      return { key: key(containerId, exitCode), kind, atUs: finishedMs * 1000, node };
    }),
    found: evidence.graph
      .filter((event) => event.type === kind)
      .map(({ id, containerId = '', data }) => ({
        id,
        kind,
        key: key(containerId, data['exit_code'] ?? '?'),
      })),
    gaps: gapsOf(evidence, 'kubelet'),
  });
}

/** A run that is refused its files gives up within it; an agent that starts again has read what it missed. */
const RECORDER_LOSS_US = 6_000_000;

/** When a refusal was made of which a killed agent may have known before its container's end did. */
export function recorderLosses({ agentKillsUs }: Deeds): readonly { startUs: number; endUs: number }[] {
  return agentKillsUs.map((killUs) => ({ startUs: killUs - RECORDER_LOSS_US, endUs: killUs }));
}

/** Verdicts on `file_open_failed`: of the bulk stream, and of what was promoted into the graph. */
export interface RefusalVerdict {
  readonly bulk: OracleVerdict;
  /** What a killed agent had in its flight recorder is excused by the gap that its successor tells. */
  readonly promoted: OracleVerdict;
}

/** Every refusal is in the bulk stream once, and in the graph once more when its container ended badly. */
export function judgeRefusals(deeds: Deeds, evidence: Evidence): RefusalVerdict {
  const kind = 'file_open_failed';
  const { node } = deeds;
  const { ofRuns, ofHealthy } = deeds.refusals;
  const containers = new Set([...ofRuns, ...ofHealthy].map(({ containerId }) => containerId));
  const key = (containerId: string, path: string): string => `${containerId} ${path}`;
  const found = (events: readonly ObservationEvent[]): (FoundRecord & { readonly atUs: number })[] =>
    events
      .filter((event) => event.type === kind && containers.has(event.containerId ?? ''))
      .map(({ id, containerId = '', timestamp, data }) => {
        return { id, kind, key: key(containerId, data['path'] ?? '?'), atUs: timestamp };
      });
  const inBulk = found(evidence.bulk);
  // The kernel's own time says best before which start of an agent it was.
  const times = new Map(inBulk.map((row) => [row.key, row.atUs]));
  const expected = (made: readonly Refusal[]): ExpectedRecord[] =>
    made.map(({ containerId, path, atUs }) => {
      const name = key(containerId, path);
      return { key: name, kind, atUs: times.get(name) ?? atUs, node };
    });
  return {
    bulk: compareWithGraph({
      expected: expected([...ofRuns, ...ofHealthy]),
      found: inBulk,
      gaps: gapsOf(evidence, 'kernel'),
    }),
    promoted: compareWithGraph({
      expected: expected(ofRuns),
      found: found(evidence.graph),
      // A gap reaches as far back as a recorder: it excuses only what a kill can have taken from one.
      gaps: gapsOf(evidence, 'kernel', { recorder: true }).flatMap((gap) =>
        recorderLosses(deeds).flatMap(({ startUs, endUs }): CaptureGap[] => {
          const both = { startUs: Math.max(gap.startUs, startUs), endUs: Math.min(gap.endUs, endUs) };
          return both.startUs <= both.endUs ? [{ ...gap, ...both }] : [];
        }),
      ),
    }),
  };
}

/** What became of the records that the kernel numbered; all lists empty and `untold` 0 as it should be. */
export interface NumberVerdict {
  /** Ids of numbers that the kernel gave and that are nowhere: with a number a record was captured, no gap excuses it. */
  readonly missing: readonly string[];
  /** Ids that are in the graph, or in the bulk stream, more than once. */
  readonly doubled: readonly string[];
  /** Signals in the bulk stream, and bulk events in the graph that the bulk stream does not hold. */
  readonly misplaced: readonly string[];
  /** Kernel events with an id of another capture. */
  readonly strangers: readonly string[];
  /** Processes that ended more than once, under different ids. */
  readonly endedTwice: readonly string[];
  /** Drops that the kernel counted and no gap tells of. */
  readonly untold: number;
}

/**
 * Accounts for the kernel's own numbers, of both rings. The agent reads exec, exit, OOM and refusal records alone and
 * switches the others off, so that every number from 0 is one of these.
 */
export function judgeNumbers(
  counts: readonly RingCount[],
  capture: { readonly cluster: string; readonly node: string; readonly captureEpoch: string },
  evidence: Evidence,
): NumberVerdict {
  const prefixes = counts.map(({ ring }) => kernelEventId({ ...capture, ring, sequence: 0 }).slice(0, -1));
  const graph = evidence.graph.filter((event) => event.source === 'kernel');
  const bulk = evidence.bulk.filter((event) => event.source === 'kernel');
  const inGraph = new Set(graph.map((event) => event.id));
  const inBulk = new Set(bulk.map((event) => event.id));
  const given = counts.flatMap(({ numbered }, index) =>
    Array.from({ length: numbered }, (_, number) => `${prefixes[index] ?? ''}${number}`),
  );
  const told = evidence.graph
    .filter((event) => event.data['reason'] === 'ring_overflow')
    .reduce((sum, event) => sum + Number(event.data['lost'] ?? 0), 0);
  return {
    missing: given.filter((id) => !inGraph.has(id) && !inBulk.has(id)),
    doubled: [...repeated(graph), ...repeated(bulk)],
    misplaced: [
      ...bulk.filter((event) => laneOf(event) === 'signal'),
      ...graph.filter((event) => laneOf(event) === 'bulk' && !inBulk.has(event.id)),
    ].map((event) => event.id),
    strangers: [...inGraph, ...inBulk].filter((id) => !prefixes.some((prefix) => id.startsWith(prefix))),
    endedTwice: endedTwice([...graph, ...bulk]),
    untold: counts.reduce((sum, { dropped }) => sum + dropped, -told),
  };
}

/** The same process of the same boot, as long as the kernel's clock goes on. */
function processOf({ pid, data }: ObservationEvent): string {
  return `pid ${pid ?? '?'} started ${data['started_mono_us'] ?? '?'}`;
}

/** An exec of the trigger program: its nonce is its first argument. */
function nonceRow(
  event: ObservationEvent,
  containers: ReadonlySet<string>,
): (FoundRecord & { readonly process: string })[] {
  if (event.type !== 'process_exec' || !containers.has(event.containerId ?? '')) return [];
  const key = /^tapio-exit (\S+) /.exec(event.data['args'] ?? '')?.[1];
  return key === undefined ? [] : [{ id: event.id, kind: event.type, key, process: processOf(event) }];
}

/**
 * Gaps in what a source saw. What the flight recorder lost excuses only that it was not promoted: those events are in
 * the bulk stream all the same.
 */
export function gapsOf(
  evidence: Evidence,
  source: 'kernel' | 'kubelet',
  options: { readonly recorder: boolean } = { recorder: false },
): CaptureGap[] {
  return evidence.graph
    .filter((event) => event.type === 'capture_gap')
    .filter((event) => options.recorder || event.data['reason'] !== 'flight_recorder_lost')
    .filter((event) => event.data['sources']?.split(',').includes(source))
    .map(({ node, data }) => ({
      node,
      startUs: Number(data['start_us']),
      endUs: Number(data['end_us']),
      ...(data['lost'] === undefined ? {} : { lost: Number(data['lost']) }),
    }));
}

function repeated(events: readonly ObservationEvent[]): string[] {
  return [...Map.groupBy(events, ({ id }) => id)].flatMap(([id, group]) => (group.length > 1 ? [id] : []));
}

function endedTwice(events: readonly ObservationEvent[]): string[] {
  const exits = events.filter((event) => event.type === 'process_exit');
  return [...Map.groupBy(exits, processOf)].flatMap(([process, group]) =>
    new Set(group.map(({ id }) => id)).size > 1 ? [process] : [],
  );
}
