import { createHash, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { BatchHeader, Incident, ObservationEvent } from '@tapio/domain';
import { NO_NODE, checkEvent } from '@tapio/domain';
import type { Graph, Lease } from '@tapio/store';
import {
  SignalWriter,
  acquireLease,
  commitDecision,
  getIncident,
  openPosition,
  runCypher,
} from '@tapio/store';
import type { CliConfig } from '../config.ts';
import type { DiagnosedDump } from '../dump/diagnose-dump.ts';
import { diagnoseDump } from '../dump/diagnose-dump.ts';
import { counted, readWords } from '../dump/summary.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { withGraph } from '../graph-access.ts';
import type { Terminal } from '../terminal.ts';

export interface ImportOptions {
  readonly now?: string;
  readonly rulesDir?: string;
  readonly json?: boolean;
}

/** Events of one transaction. */
const BATCH_EVENTS = 2_000;
const LEASE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Imported dumps are looked at now, however old they are. */
const KEPT_MS = 90 * DAY_MS;

/** Identity of the stream that imports of a cluster count in: none that a loader reads. */
const STREAM = 'tapio-import';

/** Writes what a dump shows into the graph: events, entities, incidents. Once or again, the graph is the same. */
export async function importDump(
  directory: string,
  options: ImportOptions,
  { config, terminal }: { readonly config: CliConfig; readonly terminal: Terminal },
): Promise<number> {
  const diagnosed = await diagnoseDump(
    {
      from: directory,
      ...options,
      ...(config.cluster !== undefined && config.isClusterGiven ? { cluster: config.cluster } : {}),
    },
    terminal,
  );
  const { snapshot, diagnosis } = diagnosed;
  const written = await withGraph(config, (graph) => write(graph, diagnosed));
  if (options.json === true) {
    terminal.out(`${JSON.stringify({ cluster: snapshot.cluster, ...written }, undefined, 2)}\n`);
    return EXIT.ok;
  }
  terminal.out(
    `cluster ${snapshot.cluster}: ${counted(written.events, 'event')} and ${counted(written.incidents, 'incident')} written, ${counted(written.known, 'event')} already there (${readWords(diagnosed)})\n`,
  );
  const link = config.grafanaUrl?.replace(/\/$/, '');
  if (diagnosis.incidents.length > 0)
    terminal.out(
      link === undefined
        ? `to see them: tapio incidents --cluster ${snapshot.cluster}\n`
        : `to see them: ${link}/a/tapio-app/incidents\n`,
    );
  return EXIT.ok;
}

interface Written {
  readonly events: number;
  readonly known: number;
  readonly incidents: number;
}

async function write(graph: Graph, diagnosed: DiagnosedDump): Promise<Written> {
  const { cluster } = diagnosed.snapshot;
  await graph.migrate();
  await refuseLiveCluster(graph, cluster);
  const outcome = await acquireLease(graph, {
    cluster,
    owner: `tapio import ${randomUUID()}`,
    ttlMs: LEASE_MS,
  });
  if (!outcome.held) {
    throw new UsageError(
      `${outcome.holder.owner} is writing cluster ${cluster} just now: wait for it, or give the dump a name of its own with --cluster`,
    );
  }
  try {
    return await writeOwned(outcome.lease, diagnosed);
  } finally {
    await outcome.lease.release();
  }
}

/** The position of a cluster that a loader follows must not be moved. */
async function refuseLiveCluster(graph: Graph, cluster: string): Promise<void> {
  const found = await runCypher(graph, {
    text: 'MATCH (p:_Position {cluster: $cluster}) RETURN p.stream AS stream',
    parameters: { cluster },
    rowLimit: 1,
    timeoutMs: 10_000,
  });
  const stream = found.rows[0]?.[0];
  if (stream !== undefined && stream !== STREAM)
    throw new UsageError(`cluster ${cluster} is a live one: give the dump a name of its own with --cluster`);
}

async function writeOwned(lease: Lease, diagnosed: DiagnosedDump): Promise<Written> {
  const events = fitEvents(diagnosed.events);
  const position = await openPosition(lease, STREAM);
  const writer = await SignalWriter.open(lease, { eventRetentionMs: KEPT_MS });
  const incarnation = createHash('sha256')
    .update(events.map(({ id }) => id).join('\n'))
    .digest('hex')
    .slice(0, 32);
  let sequence = position.sequence;
  let written = 0;
  for (let from = 0; from < events.length; from += BATCH_EVENTS) {
    sequence += 1;
    const batch = events.slice(from, from + BATCH_EVENTS);
    const outcome = await writer.commitBatches({
      batches: [
        {
          header: headerOf(diagnosed, incarnation, { number: from / BATCH_EVENTS + 1, count: batch.length }),
          events: batch,
        },
      ],
      streamPosition: sequence,
      nowUs: Date.now() * 1000,
    });
    written += outcome.events.length;
  }
  const incidents = await newer(lease.graph, diagnosed.diagnosis.incidents);
  await commitDecision(lease, {
    decision: { edgesAdded: diagnosed.diagnosis.edges, edgesWithdrawn: [], incidents },
    stream: STREAM,
    correlatorPosition: sequence,
    replayFrom: sequence + 1,
    replayFromUs: 0,
    nowUs: Date.now() * 1000,
    incidentRetentionMs: KEPT_MS,
  });
  return { events: written, known: events.length - written, incidents: incidents.length };
}

/** Events that the graph takes, oldest first. */
function fitEvents(events: readonly ObservationEvent[]): ObservationEvent[] {
  return events
    .filter((event) => checkEvent(event).ok)
    .sort((a, b) => a.timestamp - b.timestamp || (a.id < b.id ? -1 : 1));
}

interface BatchPlace {
  readonly number: number;
  readonly count: number;
}

/** The same dump is the same producer: what is written again is seen by its marks. */
function headerOf(
  { snapshot, dump }: DiagnosedDump,
  incarnation: string,
  { number, count }: BatchPlace,
): BatchHeader {
  return {
    producer: { cluster: snapshot.cluster, node: NO_NODE, lane: 'signal', incarnation },
    batch: number,
    count,
    completeThrough: { kubeapi: dump.parts.takenUs, kubelet: dump.parts.takenUs, log: dump.parts.takenUs },
  };
}

/** Incidents that the graph does not hold as they are, with a revision after its own. */
async function newer(graph: Graph, incidents: readonly Incident[]): Promise<Incident[]> {
  const changed: Incident[] = [];
  for (const incident of incidents) {
    const known = await getIncident(graph, incident.id);
    if (known === undefined) changed.push(incident);
    else if (!isDeepStrictEqual({ ...known, revision: 0 }, { ...incident, revision: 0 }))
      changed.push({ ...incident, revision: Math.max(known.revision + 1, incident.revision) });
  }
  return changed;
}
