import { STREAMS } from '@tapio/domain';
import { StoreError, openStream, runCypher } from '@tapio/store';
import type { CliConfig } from '../config.ts';
import { openConfigured } from '../graph-access.ts';
import type { Check } from './check.ts';
import { failed, passed, warned } from './check.ts';

const TIMEOUT_MS = 5_000;
/** Batches; an agent makes about one a second, so this is a minute of it. */
const LAG_WORTH_TELLING = 60;

/** NATS and Neo4j, and whether the one is read into the other. */
export async function serverChecks(config: CliConfig): Promise<readonly Check[]> {
  const [stream, graph] = await Promise.all([streamChecks(config), graphChecks(config)]);
  const checks = [...stream.checks, ...graph.checks];
  if (stream.lastSequence !== undefined && graph.sequence !== undefined) {
    checks.push(lagCheck(stream.lastSequence - graph.sequence));
  }
  return checks;
}

interface StreamOutcome {
  readonly checks: readonly Check[];
  readonly lastSequence?: number;
}

async function streamChecks({ natsUrl, natsCaFile, assumed }: CliConfig): Promise<StreamOutcome> {
  const advice = 'start it ("npm start" does), or say where it is: --nats-url or TAPIO_NATS_URL';
  try {
    await using stream = await openStream({
      url: natsUrl,
      name: 'tapio doctor',
      ...(natsCaFile === undefined ? {} : { caFile: natsCaFile }),
    });
    const reachable = passed('NATS', natsUrl);
    try {
      const { firstSequence, lastSequence, sizeBytes } = await stream.signalState();
      const found = `${STREAMS.SIGNALS.name}: ${lastSequence - firstSequence + 1} batches, ${sizeBytes} bytes`;
      return { checks: [reachable, passed('streams', found)], lastSequence };
    } catch (error) {
      const mend = 'start a loader or an agent: they make the streams';
      return { checks: [reachable, failed('streams', messageOf(error), mend)] };
    }
  } catch (error) {
    const found = `${natsUrl}: ${messageOf(error)}`;
    return {
      checks: [assumed.has('natsUrl') ? warned('NATS', found, advice) : failed('NATS', found, advice)],
    };
  }
}

interface GraphOutcome {
  readonly checks: readonly Check[];
  readonly sequence?: number;
}

async function graphChecks({ graph: config, cluster }: CliConfig): Promise<GraphOutcome> {
  const { url, user, password, database } = config;
  if (password === undefined) {
    const mend =
      'set TAPIO_NEO4J_PASSWORD or --neo4j-password-file, or run "npm start", which is found by itself';
    return { checks: [failed('Neo4j', `${url}: no password is configured`, mend)] };
  }
  await using graph = openConfigured(config, password);
  try {
    await graph.ping(AbortSignal.timeout(TIMEOUT_MS * 2));
  } catch (error) {
    const wrongPassword = error instanceof StoreError && error.code === 'unauthorized';
    const mend = wrongPassword
      ? 'check user and password: --neo4j-user, TAPIO_NEO4J_PASSWORD'
      : 'start it ("npm start" does), or say where it is: --neo4j-url or TAPIO_NEO4J_URL';
    return { checks: [failed('Neo4j', `${url}: ${messageOf(error)}`, mend)] };
  }
  const reachable = passed('Neo4j', `${url}, database ${database}, user ${user}`);
  try {
    await graph.verify();
  } catch (error) {
    return {
      checks: [reachable, failed('graph schema', messageOf(error), 'start a loader of this version once')],
    };
  }
  const { rows } = await runCypher(graph, {
    text: `MATCH (p:_Position) WHERE $cluster IS NULL OR p.cluster = $cluster
           RETURN max(toFloat(p.sequence)) AS sequence`,
    parameters: { cluster: cluster ?? null },
    rowLimit: 1,
    timeoutMs: TIMEOUT_MS,
  });
  const sequence = rows[0]?.[0];
  return {
    checks: [reachable, passed('graph schema', 'as this version needs it')],
    ...(typeof sequence === 'number' ? { sequence } : {}),
  };
}

function lagCheck(lag: number): Check {
  if (lag <= LAG_WORTH_TELLING) return passed('loader lag', `${Math.max(0, lag)} batches`);
  return warned(
    'loader lag',
    `${lag} batches are not in the graph yet`,
    'see whether a loader runs and what its log says; its /readyz names the reason',
  );
}

/** First line of what went wrong; fetch keeps the reason in its cause. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure';
  const { cause } = error;
  if (error.message === 'fetch failed' && cause instanceof Error) return messageOf(cause);
  return error.message.split('\n')[0] ?? '';
}
