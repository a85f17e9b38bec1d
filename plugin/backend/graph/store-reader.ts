import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Incident } from '@tapio/domain';
import {
  findIncidentsOfPod,
  getIncident,
  incidentGraph,
  listIncidents,
  openGraph,
  runCypher,
  StoreError,
  type Graph,
} from '@tapio/store';
import type { PluginMetrics } from '../plugin-metrics.ts';
import type { DatasourceConfig } from '../settings.ts';
import { toGraphError } from './graph-error.ts';
import type { CypherCall, CypherResult, GraphReader, IncidentGraph, IncidentsCall } from './reader.ts';

/** Panels come in bursts, and each query of a dashboard takes a connection. */
const CONNECTIONS = 16;

const NO_GRAPH: IncidentGraph = { events: [], entities: [], causes: [], observedOn: [] };

/** A certificate as the file that the driver wants, readable by this process alone. */
class CertificateFile implements AsyncDisposable {
  readonly #folder: string;
  readonly path: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'ca.pem');
  }

  static async write(pem: string): Promise<CertificateFile> {
    const file = new CertificateFile(await mkdtemp(join(tmpdir(), 'tapio-plugin-')));
    await writeFile(file.path, `${pem}\n`, { mode: 0o600 });
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The store as this plugin's reader: one driver per datasource. */
class StoreReader implements GraphReader {
  readonly #graph: Graph;
  readonly #certificate: CertificateFile | undefined;
  readonly #metrics: PluginMetrics;

  constructor(graph: Graph, certificate: CertificateFile | undefined, metrics: PluginMetrics) {
    this.#graph = graph;
    this.#certificate = certificate;
    this.#metrics = metrics;
  }

  verify(signal: AbortSignal): Promise<void> {
    return this.#read('verify', async () => {
      await this.#graph.ping(signal);
      await this.#graph.verify(signal);
    });
  }

  listIncidents(call: IncidentsCall, signal: AbortSignal): Promise<readonly Incident[]> {
    return this.#read('list_incidents', () => listIncidents(this.#graph, { ...call, signal }));
  }

  getIncident(id: string, signal: AbortSignal): Promise<Incident | undefined> {
    return this.#read('get_incident', () => getIncident(this.#graph, id, signal));
  }

  incidentsOfPod(pod: string, signal: AbortSignal): Promise<readonly Incident[]> {
    return this.#read('incidents_of_pod', () => findIncidentsOfPod(this.#graph, { pod, signal }));
  }

  incidentGraph(id: string, signal: AbortSignal): Promise<IncidentGraph> {
    return this.#read(
      'incident_graph',
      async () => (await incidentGraph(this.#graph, id, signal)) ?? NO_GRAPH,
    );
  }

  runCypher(call: CypherCall, signal: AbortSignal): Promise<CypherResult> {
    return this.#read('cypher', () => runCypher(this.#graph, { ...call, signal }));
  }

  async #read<T>(name: string, read: () => Promise<T>): Promise<T> {
    try {
      return await this.#metrics.measured(name, read, (error) =>
        error instanceof StoreError ? error.code : 'bug',
      );
    } catch (error) {
      throw toGraphError(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#graph[Symbol.asyncDispose]();
    await this.#certificate?.[Symbol.asyncDispose]();
  }
}

/** Opens the graph of a datasource. It connects with the first read. */
export async function openStoreReader(
  config: DatasourceConfig,
  metrics: PluginMetrics,
): Promise<GraphReader> {
  const { url, user, password, database, caCertificate } = config;
  const certificate = caCertificate === undefined ? undefined : await CertificateFile.write(caCertificate);
  const graph = openGraph({
    url,
    user,
    password,
    database,
    connections: CONNECTIONS,
    ...(certificate === undefined ? {} : { encrypted: true, trustedCertificates: [certificate.path] }),
  });
  return new StoreReader(graph, certificate, metrics);
}
