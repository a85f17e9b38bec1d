import type { ObservationEvent } from '@tapio/domain';
import type { Driver, Record as Row, Transaction } from 'neo4j-driver';
import neo4j from 'neo4j-driver';

/** Asks the graph, in a transaction of its own or in one that is open. */
export type Ask = (text: string, parameters?: Readonly<Record<string, unknown>>) => Promise<readonly Row[]>;

export interface GraphAddress {
  readonly boltUrl: string;
  readonly user: string;
  readonly password: string;
}

/** Another client than the one under test. */
export function openDriver({ boltUrl, user, password }: GraphAddress): Driver {
  return neo4j.driver(boltUrl, neo4j.auth.basic(user, password), {
    disableLosslessIntegers: true,
    telemetryDisabled: true,
  });
}

export function askingOf(driver: Driver): Ask {
  return async (text, parameters = {}) => (await driver.executeQuery(text, { ...parameters })).records;
}

/** Lets `work` change the graph, look at it, and takes everything back. */
export async function inVain<T>(driver: Driver, work: (ask: Ask) => Promise<T>): Promise<T> {
  const session = driver.session();
  const transaction: Transaction = await session.beginTransaction();
  try {
    return await work(
      async (text, parameters = {}) => (await transaction.run(text, { ...parameters })).records,
    );
  } finally {
    await transaction.rollback();
    await session.close();
  }
}

/** Every event of the graph, one for each node. */
export async function readEvents(ask: Ask): Promise<readonly ObservationEvent[]> {
  const rows = await ask('MATCH (e:Event) RETURN properties(e) AS e');
  return rows.map((row) => {
    const node = row.get('e') as Record<string, unknown>;
    return {
      id: String(node['id']),
      timestamp: Number(node['ts']),
      source: node['source'],
      type: String(node['type']),
      cluster: String(node['cluster']),
      node: String(node['node']),
      pid: node['pid'],
      containerId: node['container_id'],
      podUid: node['pod_uid'],
      podName: node['pod_name'],
      data: JSON.parse(String(node['data'])) as Record<string, string>,
    } as ObservationEvent;
  });
}
