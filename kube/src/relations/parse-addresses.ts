import { portNumber } from './services.ts';

/** A host, and the port where there is one, that a setting or text names. */
export interface NamedAddress {
  readonly host: string;
  readonly port: number | undefined;
  /** Of a URL: `http`, `redis`, `jdbc:mysql`. */
  readonly scheme: string | undefined;
  /**
   * `url`, `named`: the form or the setting's name says that it is an address. `looks`: only its look does,
   * `name:number` in any text.
   */
  readonly form: 'url' | 'named' | 'looks';
}

/** Longest text that is searched: settings are short, files are cut. */
const TEXT_LIMIT = 65_536;
const ADDRESSES_LIMIT = 64;

/** Schemes whose authority is no host. */
const NO_HOST: ReadonlySet<string> = new Set([
  'file',
  'unix',
  'data',
  'classpath',
  'gs',
  's3',
  's3a',
  'oci',
  'docker',
  'urn',
  'mailto',
  'tel',
  'about',
  'spiffe',
  'mongodb+srv',
  'vault',
  'arn',
  'git+ssh',
  'containerd',
  'cri-o',
  'xds',
  'bundle',
  'jar',
  'system',
]);

/** Ports that a scheme stands for where a URL names none (IANA; each system's documentation). */
const SCHEME_PORTS: Readonly<Record<string, number>> = {
  http: 80,
  ws: 80,
  https: 443,
  wss: 443,
  redis: 6379,
  rediss: 6379,
  amqp: 5672,
  amqps: 5671,
  mongodb: 27_017,
  mysql: 3306,
  mariadb: 3306,
  postgres: 5432,
  postgresql: 5432,
  nats: 4222,
  memcached: 11_211,
};

const HOST = '(?:[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9])?|\\[[0-9a-f:.]+\\])';
const URL_PATTERN =
  /(?<![a-z0-9])((?:jdbc:|r2dbc:)?[a-z][a-z0-9+.-]{1,20}):\/\/\/?([^\s/?#"'`<>|\\;)}\]]+)/gi;
const GO_DSN = new RegExp(`@tcp\\((${HOST}):(\\d{1,5})\\)`, 'gi');
const KEYWORD_DSN = new RegExp(
  `(?:^|[\\s;"'])(?:host|hostaddr|server|data source|addr)\\s*=\\s*(?:tcp:)?(${HOST})(?:[,:](\\d{1,5}))?(?=[\\s;"']|$)`,
  'gi',
);
const KEYWORD_PORT = /(?:^|[\s;])port\s*=\s*(\d{1,5})(?=[\s;]|$)/i;
const NETCAT = new RegExp(`\\bnc(?:\\s+-[a-z]+(?:\\s+\\d+)?)*\\s+(${HOST})\\s+(\\d{1,5})\\b`, 'gi');
const LOOKUP = new RegExp(
  `\\b(?:nslookup|getent\\s+hosts|ping(?:\\s+-[a-z]+\\s*\\d*)*)\\s+(${HOST})(?=[\\s;&|)]|$)`,
  'gi',
);
const HOST_PORT = new RegExp(`^(${HOST}):(\\d{1,5})(?:/[^\\s]*)?$`, 'i');
const BARE = new RegExp(`^${HOST}$`, 'i');

/**
 * Settings that name a peer: `REDIS_ADDR`, `--db-host`, `spring.datasource.url`. Not those that say where the
 * program itself listens or what it is called.
 */
const ADDRESS_SETTING =
  /(?:^|[._-])(?:hosts?|hostname|addr|addrs|address|addresses|urls?|uris?|endpoints?|servers?|brokers?|bootstrap|upstreams?|backends?|target|origin|dsn|peers?|nodes|svc|service|connect|connection)$/i;
const OWN_SETTING =
  /(?:^|[._-])(?:listen(?:er|ers)?|bind|advertised?|public|external|allowed|trusted|cookie|virtual|cors|self|pod|node|issuer|audience|proxy|domain|callback|redirect|image|version)(?:$|[._-])|(?:^|[._-])(?:name|path|file|username|password|zone|region)$|^(?:otel|dd|jaeger|zipkin|sentry|new_relic)[._-]/i;
const OWN_NAMES: ReadonlySet<string> = new Set([
  'host',
  'hostname',
  'server_host',
  'server_address',
  'server_addr',
  'service',
  'node',
  'address',
  'addr',
  'http_host',
  'http_addr',
  'app_host',
  'app_url',
  'base_url',
  'root_url',
  'site_url',
  'grpc_addr',
  'metrics_addr',
]);

/** Whether a setting of this name holds the address of somebody else. */
function isAddressSetting(name: string): boolean {
  const words = name.replace(/^-+/, '');
  return ADDRESS_SETTING.test(words) && !isOwnSetting(words);
}

function isOwnSetting(name: string): boolean {
  return OWN_SETTING.test(name) || OWN_NAMES.has(name.toLowerCase().replaceAll(/[.-]/g, '_'));
}

/** Addresses in the value of a setting. A bare host counts only where the setting's name says that it is one. */
export function addressesInSetting(name: string, value: string): readonly NamedAddress[] {
  const setting = name.replace(/^-+/, '');
  if (isOwnSetting(setting)) return [];
  const text = value.trim().slice(0, TEXT_LIMIT);
  const inText = addressesInText(text);
  if (inText.length > 0) return inText;
  const named = isAddressSetting(setting);
  const parts = text.split(',').map((part) => part.trim());
  const found = parts.flatMap((part): NamedAddress[] => {
    const pair = HOST_PORT.exec(part);
    const form = named ? 'named' : 'looks';
    if (pair !== null) return address(pair[1], pair[2], { form });
    return named && BARE.test(part) ? address(part, undefined, { form }) : [];
  });
  return found.length === parts.length ? found.slice(0, ADDRESSES_LIMIT) : [];
}

/** Addresses that any text holds in a form that is nothing else: URLs, connection strings, `nc -z host port`. */
export function addressesInText(text: string): readonly NamedAddress[] {
  const searched = text.slice(0, TEXT_LIMIT);
  const found: NamedAddress[] = [];
  for (const [, scheme = '', authority = ''] of searched.matchAll(URL_PATTERN)) {
    found.push(...urlAddresses(scheme.toLowerCase(), authority));
    if (found.length >= ADDRESSES_LIMIT) break;
  }
  for (const pattern of [GO_DSN, NETCAT, LOOKUP]) {
    for (const [, host, port] of searched.matchAll(pattern)) {
      found.push(...address(host, port, { form: 'url' }));
    }
  }
  if (found.length === 0) {
    for (const [, host, port] of searched.matchAll(KEYWORD_DSN)) {
      found.push(...address(host, port ?? KEYWORD_PORT.exec(searched)?.[1], { form: 'named' }));
    }
  }
  return found.slice(0, ADDRESSES_LIMIT);
}

/** Words of a command line or script that are `host:port`. */
export function hostPortWords(text: string): readonly NamedAddress[] {
  return text
    .slice(0, TEXT_LIMIT)
    .split(/[\s"'`;|&,()=]+/)
    .flatMap((word) => {
      const pair = HOST_PORT.exec(word);
      return pair === null ? [] : address(pair[1], pair[2], { form: 'looks' });
    })
    .slice(0, ADDRESSES_LIMIT);
}

function urlAddresses(scheme: string, authority: string): readonly NamedAddress[] {
  const system = scheme.replace(/^(?:jdbc|r2dbc):/, '');
  if (NO_HOST.has(system)) return [];
  const hosts = authority.slice(authority.lastIndexOf('@') + 1).split(',');
  return hosts.flatMap((part) => {
    const pair = HOST_PORT.exec(part);
    if (pair !== null) return address(pair[1], pair[2], { form: 'url', scheme });
    return BARE.test(part) ? address(part, SCHEME_PORTS[system], { form: 'url', scheme }) : [];
  });
}

function address(
  host: string | undefined,
  port: string | number | undefined,
  how: { readonly form: NamedAddress['form']; readonly scheme?: string },
): NamedAddress[] {
  const number = portNumber(port);
  if (host === undefined || (port !== undefined && number === undefined)) return [];
  // A host has a letter or is an IP address: 12:30 is a time, 0.0.0.0 means every address of one's own.
  if (!/[a-z]/i.test(host) && !/^\d{1,3}(\.\d{1,3}){3}$/.test(host) && !host.startsWith('[')) return [];
  if (host === '0.0.0.0' || host === '[::]') return [];
  return [{ host: host.toLowerCase(), port: number, scheme: how.scheme, form: how.form }];
}
