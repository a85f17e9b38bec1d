/** hashicorp/go-plugin's own protocol version. */
const CORE_PROTOCOL_VERSION = 1;
/** Grafana's backend plugin protocol, `pluginv2`. */
const APP_PROTOCOL_VERSION = 2;
/** Not a secret: it only tells a start by Grafana from one by hand (grafana-plugin-sdk-go, `handshake.go`). */
const MAGIC_COOKIE = { key: 'grafana_plugin_type', value: 'datasource' } as const;
const LEAST_NODE_MAJOR = 20;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Why this process cannot serve as a plugin, in words for whoever started it; undefined when it can.
 * go-plugin tells a plugin what it offers through these environment variables.
 */
export function startRefusal(environment: Environment, nodeVersion: string): string | undefined {
  const major = Number.parseInt(nodeVersion, 10);
  if (!(major >= LEAST_NODE_MAJOR)) {
    return `This Grafana plugin needs Node.js ${LEAST_NODE_MAJOR} or later, but runs on ${nodeVersion}. Set node_path in the [plugin.<id>] section of grafana.ini to a newer one.`;
  }
  if (environment[MAGIC_COOKIE.key] !== MAGIC_COOKIE.value) {
    return 'This is the backend of a Grafana plugin. Grafana starts it by itself once the plugin is installed in its plugins folder; started by hand it does nothing.';
  }
  if ((environment['PLUGIN_CLIENT_CERT'] ?? '') !== '') {
    return 'The host asks for mutual TLS (AutoMTLS), which this plugin does not speak; Grafana does not use it.';
  }
  const offered = (environment['PLUGIN_PROTOCOL_VERSIONS'] ?? String(APP_PROTOCOL_VERSION)).split(',');
  if (!offered.includes(String(APP_PROTOCOL_VERSION))) {
    return `The host offers the plugin protocol versions ${offered.join(', ')}, this plugin speaks ${APP_PROTOCOL_VERSION}: it needs Grafana 7 or later.`;
  }
  return undefined;
}

/** The one line a plugin writes to its standard output. */
export function handshakeLine(network: 'unix' | 'tcp', address: string): string {
  return `${CORE_PROTOCOL_VERSION}|${APP_PROTOCOL_VERSION}|${network}|${address}|grpc`;
}
