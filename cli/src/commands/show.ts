import type { ObservationEvent } from '@tapio/domain';
import { summarize, unlistedWords } from '@tapio/domain';
import { explainIncident, findingsOf } from '@tapio/intelligence';
import { incidentGraph } from '@tapio/store';
import type { CliConfig } from '../config.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { withGraph } from '../graph-access.ts';
import { table } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { paint } from '../terminal.ts';
import { explainOptions } from './why.ts';

export interface ShowOptions {
  readonly json?: boolean;
}

/** One incident by its id: the answer, and every event it stands on. */
export async function show(
  id: string,
  options: ShowOptions,
  { config, terminal }: { readonly config: CliConfig; readonly terminal: Terminal },
): Promise<number> {
  const wanted = id.toUpperCase();
  if (!/^INC-[A-Z0-9]{4,16}$/.test(wanted)) {
    throw new UsageError(
      `${id} is no incident: they are called INC- and letters and digits; see tapio incidents`,
    );
  }
  const found = await withGraph(config, (graph) => incidentGraph(graph, wanted));
  if (found === undefined) {
    terminal.err(`no incident ${wanted} in the graph (${config.origin}, ${config.graph.url})\n`);
    return EXIT.nothingFound;
  }
  const { incident, events, causes } = found;
  if (options.json === true) {
    terminal.out(
      `${JSON.stringify({ ...findingsOf([incident]), incident, events, causes }, undefined, 2)}\n`,
    );
    return EXIT.ok;
  }
  terminal.out(explainIncident(incident, explainOptions(config, terminal, incident)));
  const unlisted = unlistedWords(incident);
  const more = unlisted === undefined ? '' : `; ${unlisted}`;
  terminal.out(`\n${paint(terminal, 'bold', `Evidence, ${events.length} events${more}`)}\n`);
  terminal.out(
    table(
      ['TIME', 'SOURCE', 'TYPE', 'WHAT', 'ID'],
      events.map((event) => evidenceRow(event, terminal)),
    ),
  );
  return EXIT.ok;
}

function evidenceRow(event: ObservationEvent, { timeZone }: Terminal): string[] {
  const ms = Math.floor(event.timestamp / 1000);
  const time = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(
    ms,
  );
  return [
    `${time}.${String(ms % 1000).padStart(3, '0')}`,
    event.source,
    event.type,
    summarize(event),
    event.id,
  ];
}
