import { StoreError, type StoreErrorCode } from '@tapio/store';
import { badRequest, downstreamError, forbidden, type BackendError } from '../sdk/index.ts';

const STATUS_GATEWAY_TIMEOUT = 504;
const STATUS_UNAVAILABLE = 503;
/** As the SDK answers calls that were given up. */
const STATUS_CANCELLED = 499;

/** What the person behind the call can do about a connection that was not made. */
function unavailableHint(text: string): string {
  if (/certificate|self.signed|TLS|SSL|ERR_TLS|altnames|wrong version number/i.test(text)) {
    return 'The TLS settings do not fit the server: if its certificate comes from your own authority, give that under "CA certificate"; if the server has no TLS, set "TLS" to "as the URL says" with bolt://.';
  }
  if (/ENOTFOUND|EAI_AGAIN|getaddrinfo/i.test(text))
    return 'The host name of the URL is not known here: check its spelling, and that Grafana runs where the name resolves.';
  if (/ECONNREFUSED/i.test(text))
    return 'Nothing listens there: check the port (Bolt is 7687 by default, 7474 is HTTP), and that Neo4j runs.';
  if (/routing|discovery/i.test(text))
    return 'The server gave no routing table: for a single server use bolt:// rather than neo4j://.';
  return 'Check the URL of the datasource, that Neo4j runs, and that no firewall is between it and Grafana.';
}

function messages(error: unknown): string {
  const texts: string[] = [];
  for (let current = error; current instanceof Error && texts.length < 5; current = current.cause) {
    const code: unknown = Reflect.get(current, 'code');
    texts.push(typeof code === 'string' ? `${current.message} ${code}` : current.message);
  }
  return texts.join(' ');
}

type Explain = (error: StoreError, text: string) => BackendError;

function explainRefusal(error: StoreError, text: string): BackendError {
  const isRight = text.includes('Neo.ClientError.Security.Forbidden');
  return downstreamError(
    isRight
      ? `Neo4j does not let this user do that: grant it the role reader, or use another user. (${error.message})`
      : `Neo4j refused user and password: enter them again in the datasource's settings. After several wrong passwords Neo4j refuses right ones too, for a few seconds. (${error.message})`,
    { cause: error },
  );
}

const explainSchema: Explain = (error) =>
  downstreamError(`This database is not one that this version of Tapio can read: ${error.message}.`, {
    cause: error,
  });

/** What the driver advises is of ten years ago, and long; the hint says it for the case at hand. */
function withoutAdvice(message: string): string {
  return message.replace(/ ?Please ensure that your database[^]*?Neo4j 4\.0\./, '');
}

/** Queries are planned first, which puts this before their text: places in the text are told without it. */
const PLANNED = 'EXPLAIN ';

function withoutPlanning(message: string): string {
  return message
    .replace(`"${PLANNED}`, '"')
    .replace(/\(line (\d+), column (\d+) \(offset: (\d+)\)\)/, (_, line: string, column: string) => {
      const place = line === '1' ? Number(column) - PLANNED.length : Number(column);
      return `(line ${line}, column ${Math.max(1, place)})`;
    });
}

const EXPLAIN: Readonly<Partial<Record<StoreErrorCode, Explain>>> = {
  unavailable: (error, text) =>
    downstreamError(`Neo4j cannot be reached. ${unavailableHint(text)} (${withoutAdvice(error.message)})`, {
      cause: error,
      status: STATUS_UNAVAILABLE,
    }),
  unauthorized: explainRefusal,
  older_schema: explainSchema,
  newer_schema: explainSchema,
  not_read_only: (error) => forbidden(`Only queries that read may run here: ${error.message}.`),
  bad_query: (error) => badRequest(withoutPlanning(error.message), { cause: error }),
  timeout: (error) =>
    downstreamError(
      'The query ran longer than the datasource allows, and Neo4j ended it: narrow the time range, match by an indexed property (Event.id, pod_uid + ts, type + pod_name, type + ts), or have the timeout raised.',
      { cause: error, status: STATUS_GATEWAY_TIMEOUT },
    ),
  aborted: (error) => downstreamError('The query was cancelled.', { cause: error, status: STATUS_CANCELLED }),
  transient: (error) =>
    downstreamError(`Neo4j is busy for a moment: try again. (${error.message})`, {
      cause: error,
      status: STATUS_UNAVAILABLE,
    }),
};

function fromStore(error: StoreError): BackendError {
  const text = messages(error);
  // A database that does not exist comes under several of the store's codes.
  if (/DatabaseNotFound|database does not exist|graph reference not found/i.test(text)) {
    return downstreamError(
      `Neo4j has no such database: check "Database" in the datasource's settings (the default is neo4j; the Community edition has only that). (${error.message})`,
      { cause: error },
    );
  }
  return EXPLAIN[error.code]?.(error, text) ?? downstreamError(error.message, { cause: error });
}

/** Turns what the store throws into what a person in Grafana reads. Other errors are bugs and stay as they are. */
export function toGraphError(error: unknown): unknown {
  return error instanceof StoreError ? fromStore(error) : error;
}
