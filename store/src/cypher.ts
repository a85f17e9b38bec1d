import type { Plan, Result } from 'neo4j-driver';
import { StoreError, abortedError, toStoreError } from './errors.ts';
import type { Graph } from './graph.ts';
import type { GraphParameter, GraphValue } from './values.ts';
import { toGraphValue, toParameters } from './values.ts';

export interface CypherQuery {
  readonly text: string;
  readonly parameters?: Readonly<Record<string, GraphParameter>>;
  /** Rows at most; what is beyond is not fetched. */
  readonly rowLimit: number;
  /** The server ends the query after this long. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface CypherResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly GraphValue[])[];
  /** There were more rows than the limit. */
  readonly isCut: boolean;
}

/**
 * The original's question: which events does a container's death go back to? `$pod` is the pod's name; with the
 * name written into it, it runs as its README prints it.
 */
export const FLAGSHIP_QUERY = `MATCH path=(crash:Event {type:'container_died'})-[:CAUSED_BY*1..5]->(root:Event)
WHERE crash.pod_name=$pod
RETURN path`;

/** What a plan may not do though it changes nothing in the graph: read files and addresses, call the server's inside. */
const REFUSED_OPERATORS: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /^LoadCSV/, what: 'LOAD CSV reads files and addresses of the server' },
  { pattern: /^TerminateTransactions/, what: 'TERMINATE TRANSACTIONS ends the work of others' },
];

/** Procedures that only describe the graph or search its indexes. */
const ALLOWED_PROCEDURE =
  /^(db\.(labels|relationshipTypes|propertyKeys|schema\.\w+|index\.(fulltext|vector)\.query(Nodes|Relationships))|dbms\.components)\b/;

/**
 * Runs a query that only reads: the server's plan for it is checked first, then it runs in read access mode with a
 * time limit. Aborting the signal ends it on the server.
 *
 * @throws StoreError `not_read_only`, `bad_query`, `timeout`, `aborted`, ...
 */
export async function runCypher(graph: Graph, query: CypherQuery): Promise<CypherResult> {
  const { signal } = query;
  if (signal?.aborted === true) throw abortedError(signal.reason);
  const session = graph.connection.session('read');
  const onAbort = (): void => void session.close().catch(() => undefined);
  signal?.addEventListener('abort', onAbort, { once: true });
  const config = { timeout: query.timeoutMs, metadata: { app: 'tapio', query: 'user' } };
  try {
    const parameters = toParameters(query.parameters ?? {});
    const explained = await session.run(`EXPLAIN ${query.text}`, parameters, config);
    refuseUnlessReading(explained.summary.queryType, explained.summary.plan);
    return await collect(session.run(query.text, parameters, config), query.rowLimit);
  } catch (error) {
    throw toStoreError(error, signal);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await session.close().catch(() => undefined);
  }
}

async function collect(result: Result, rowLimit: number): Promise<CypherResult> {
  const columns = await result.keys();
  const rows: (readonly GraphValue[])[] = [];
  // Leaving the loop cancels what the server has not sent yet.
  for await (const record of result) {
    if (rows.length >= rowLimit) return { columns: columns.map(String), rows, isCut: true };
    rows.push(columns.map((column) => toGraphValue(record.get(column))));
  }
  return { columns: columns.map(String), rows, isCut: false };
}

function refuseUnlessReading(queryType: string, plan: Plan | false): void {
  if (queryType !== 'r') {
    throw new StoreError(
      'not_read_only',
      'the query would change the graph, and only reading ones may run here',
    );
  }
  if (plan !== false) refuseOperators(plan);
}

function refuseOperators(plan: Plan): void {
  const operator = plan.operatorType.split('@')[0] ?? '';
  for (const { pattern, what } of REFUSED_OPERATORS) {
    if (pattern.test(operator)) throw new StoreError('not_read_only', what);
  }
  if (operator.startsWith('ProcedureCall')) {
    const named: unknown = Reflect.get(plan.arguments, 'Details');
    const details = typeof named === 'string' ? named : '';
    if (!ALLOWED_PROCEDURE.test(details)) {
      throw new StoreError(
        'not_read_only',
        `procedure ${details.split('(')[0] ?? ''} may not be called here`,
      );
    }
  }
  for (const child of plan.children) refuseOperators(child);
}
