import { badRequest, type PluginContext } from './sdk/index.ts';

/**
 * How the connection to Neo4j is protected:
 * - `url`: as the scheme says (`bolt://` plain, `bolt+s://` checked, `bolt+ssc://` encrypted but not checked)
 * - `system`: encrypted, the certificate checked against the authorities of the machine
 * - `ca`: encrypted, the certificate checked against the given authority alone
 * - `skipVerify`: encrypted, the certificate not checked: whoever sits in between can read and change everything
 */
export const TLS_MODES = ['url', 'system', 'ca', 'skipVerify'] as const;
export type TlsMode = (typeof TLS_MODES)[number];

/** What an administrator sets on the datasource, checked. */
export interface DatasourceConfig {
  readonly uid: string;
  /** Host and port with the scheme that `tlsMode` asks for. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly tlsMode: TlsMode;
  /** PEM; set with `tlsMode` `ca` only. */
  readonly caCertificate?: string;
  /** Namespaces that Viewers see; empty: all. */
  readonly viewerNamespaces: readonly string[];
  /** Alert rules may use Cypher too: see `access.ts`. */
  readonly cypherInAlerts: boolean;
  /** Rows that a query answers at most. */
  readonly rowLimit: number;
  /** How long a query may run in Neo4j. */
  readonly timeoutMs: number;
}

const ROW_LIMIT = { default: 1_000, max: 50_000 } as const;
const TIMEOUT_SECONDS = { default: 10, max: 300 } as const;

const URL_FORM = /^(bolt|neo4j)(\+s|\+ssc)?:\/\/([^\s/@?#]+)\/?$/;

function refuse(setting: string, problem: string): never {
  throw badRequest(`${setting}: ${problem} An administrator can change it in the datasource's settings.`);
}

function textSetting(value: unknown, setting: string, fallback = ''): string {
  if (value === undefined || value === null || value === '') return fallback;
  if (typeof value !== 'string') refuse(setting, 'it must be a text.');
  return value.trim();
}

function integerSetting(value: unknown, setting: string, bounds: { default: number; max: number }): number {
  if (value === undefined || value === null || value === '') return bounds.default;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > bounds.max) {
    refuse(setting, `${JSON.stringify(value)} is not a whole number from 1 to ${bounds.max}.`);
  }
  return number;
}

/** A list, or the comma-separated text that provisioning from the environment gives. */
function namesSetting(value: unknown, setting: string): readonly string[] {
  if (value === undefined || value === null) return [];
  const names: readonly unknown[] =
    typeof value === 'string'
      ? value.split(',')
      : Array.isArray(value)
        ? value
        : refuse(setting, 'it must be a list of names.');
  return names
    .map((name) => (typeof name === 'string' ? name.trim() : refuse(setting, 'a name must be a text.')))
    .filter((name) => name !== '');
}

function tlsModeSetting(value: unknown): TlsMode {
  if (value === undefined || value === null || value === '') return 'url';
  return (
    TLS_MODES.find((mode) => mode === value) ??
    refuse('TLS', `${JSON.stringify(value)} is none of ${TLS_MODES.join(', ')}.`)
  );
}

function urlSetting(value: string, mode: TlsMode): string {
  if (value === '') refuse('URL', 'it is empty: give the Bolt address of Neo4j, such as bolt://neo4j:7687.');
  const match = URL_FORM.exec(value);
  if (match === null) {
    refuse(
      'URL',
      `${JSON.stringify(value.replace(/\/\/[^@]*@/, '//'))} is no Bolt address: it has the form bolt://host:7687 or neo4j://host:7687, without a user.`,
    );
  }
  const [, protocol = '', suffix = '', authority = ''] = match;
  const encryption = { url: suffix, system: '+s', ca: '', skipVerify: '+ssc' } satisfies Record<
    TlsMode,
    string
  >;
  return `${protocol}${encryption[mode]}://${authority}`;
}

/**
 * Reads the datasource's settings.
 * @throws BackendError 400 naming the setting, with what it should be
 */
export function datasourceConfig({ datasource }: PluginContext): DatasourceConfig {
  if (datasource === undefined) throw badRequest('This plugin answers for a datasource only.');
  const { jsonData, secrets } = datasource;
  const tlsMode = tlsModeSetting(jsonData['tlsMode']);
  const caCertificate = secrets.get('tlsCACert')?.trim() ?? '';
  if (tlsMode === 'ca' && !caCertificate.includes('-----BEGIN CERTIFICATE-----')) {
    refuse('CA certificate', 'TLS is to be checked against it, but it holds no PEM certificate.');
  }
  return {
    uid: datasource.uid,
    url: urlSetting(textSetting(datasource.url, 'URL'), tlsMode),
    user: textSetting(datasource.user, 'User', 'neo4j'),
    password: secrets.get('password') ?? '',
    database: textSetting(
      jsonData['database'],
      'Database',
      datasource.database === '' ? 'neo4j' : datasource.database,
    ),
    tlsMode,
    ...(tlsMode === 'ca' ? { caCertificate } : {}),
    viewerNamespaces: namesSetting(jsonData['viewerNamespaces'], 'Namespaces for Viewers'),
    cypherInAlerts: jsonData['cypherInAlerts'] === true,
    rowLimit: integerSetting(jsonData['rowLimit'], 'Row limit', ROW_LIMIT),
    timeoutMs: integerSetting(jsonData['timeoutSeconds'], 'Query timeout', TIMEOUT_SECONDS) * 1000,
  };
}
