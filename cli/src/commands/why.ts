import type { Incident } from '@tapio/domain';
import { explainIncident, explainIncidentMarkdown, findingsOf } from '@tapio/intelligence';
import { findIncidentsOfPod } from '@tapio/store';
import type { CliConfig } from '../config.ts';
import { EXIT } from '../exit-codes.ts';
import { withGraph } from '../graph-access.ts';
import { parseTarget } from '../target.ts';
import type { Terminal } from '../terminal.ts';

export interface WhyOptions {
  readonly namespace?: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

/** The latest incident of a pod or workload, in words or for scripts. */
export async function why(
  target: string,
  options: WhyOptions,
  { config, terminal }: { readonly config: CliConfig; readonly terminal: Terminal },
): Promise<number> {
  const { kind, name } = parseTarget(target);
  const { namespace } = options;
  const incidents = await withGraph(config, (graph) =>
    findIncidentsOfPod(graph, {
      pod: kind === undefined || kind === 'Pod' || kind === 'Node' ? name : `${kind}/${name}`,
      ...(namespace === undefined ? {} : { namespace }),
      ...(config.cluster === undefined ? {} : { cluster: config.cluster }),
    }),
  );
  const ordered = openFirst(incidents);
  if (options.json === true) {
    terminal.out(`${JSON.stringify(findingsOf(ordered), undefined, 2)}\n`);
    return ordered.length === 0 ? EXIT.nothingFound : EXIT.ok;
  }
  const [latest, ...others] = ordered;
  if (latest === undefined) {
    terminal.err(`no incident of ${target}${namespace === undefined ? '' : ` in ${namespace}`} in the graph (${config.origin}, ${config.graph.url})
to see which there are: tapio incidents --all
`);
    return EXIT.nothingFound;
  }
  if (options.markdown === true)
    terminal.out(explainIncidentMarkdown(latest, { timeZone: terminal.timeZone }));
  else terminal.out(explainIncident(latest, explainOptions(config, terminal, latest)));
  if (others.length > 0) {
    terminal.out(`\nAlso: ${others.map((incident) => `${incident.id} (${incident.state})`).join(', ')}\n`);
  }
  return EXIT.ok;
}

export function explainOptions(
  config: CliConfig,
  terminal: Terminal,
  incident: Incident,
): Parameters<typeof explainIncident>[1] {
  const { color, width, timeZone } = terminal;
  return {
    timeZone,
    color,
    ...(width === undefined ? {} : { width }),
    ...(config.grafanaUrl === undefined
      ? {}
      : { link: `${config.grafanaUrl.replace(/\/$/, '')}/a/tapio-app/incidents/${incident.id}` }),
  };
}

/** What is still going on comes first, then the newest. */
function openFirst(incidents: readonly Incident[]): Incident[] {
  return incidents.toSorted(
    (a, b) => Number(b.state === 'open') - Number(a.state === 'open') || b.lastSeenUs - a.lastSeenUs,
  );
}
