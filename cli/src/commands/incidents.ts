import type { Incident } from '@tapio/domain';
import { formatDuration } from '@tapio/domain';
import { listIncidents } from '@tapio/store';
import type { CliConfig } from '../config.ts';
import { EXIT } from '../exit-codes.ts';
import { withGraph } from '../graph-access.ts';
import { table } from '../table.ts';
import type { Terminal } from '../terminal.ts';

export interface IncidentsOptions {
  readonly namespace?: string;
  readonly all?: boolean;
  readonly json?: boolean;
  readonly limit: number;
}

const HEADER = ['ID', 'STATE', 'SEEN', 'COUNT', 'KIND', 'OBJECT', 'VERDICT', 'CAUSE', 'CHANGE'] as const;

/** A table of incidents, newest first. */
export async function incidents(
  options: IncidentsOptions,
  {
    config,
    terminal,
    nowMs,
  }: { readonly config: CliConfig; readonly terminal: Terminal; readonly nowMs: number },
): Promise<number> {
  const { namespace, all = false, limit } = options;
  const found = await withGraph(config, (graph) =>
    listIncidents(graph, {
      limit,
      ...(all ? {} : { states: ['open'] }),
      ...(namespace === undefined ? {} : { namespaces: [namespace] }),
      ...(config.cluster === undefined ? {} : { cluster: config.cluster }),
    }),
  );
  if (options.json === true) {
    terminal.out(`${JSON.stringify({ incidents: found }, undefined, 2)}\n`);
    return found.length === 0 ? EXIT.nothingFound : EXIT.ok;
  }
  if (found.length === 0) {
    const where = namespace === undefined ? '' : ` in ${namespace}`;
    terminal.err(
      all ? `no incident${where}\n` : `no open incident${where}; closed ones too: tapio incidents --all\n`,
    );
    return EXIT.nothingFound;
  }
  terminal.out(
    table(
      HEADER,
      found.map((incident) => row(incident, nowMs)),
    ),
  );
  if (found.length === limit) terminal.err(`the newest ${limit}; more with --limit\n`);
  return EXIT.ok;
}

function row(incident: Incident, nowMs: number): string[] {
  const { subject, verdict, change } = incident;
  const object = `${subject.kind}/${subject.name}`;
  return [
    incident.id,
    incident.state,
    `${formatDuration(Math.max(0, nowMs * 1000 - incident.lastSeenUs))} ago`,
    String(incident.count),
    incident.kind,
    subject.namespace === undefined ? object : `${subject.namespace} ${object}`,
    `${verdict.word} ${verdict.score.toFixed(2)}`,
    verdict.causeCode ?? '-',
    change?.words ?? '-',
  ];
}
