import type { EventJoin, ObservationEvent } from '@tapio/domain';
import { NO_NODE, entityKey } from '@tapio/domain';
import type { Neo4jServer } from '@tapio/testkit';
import { launchNeo4j, toolsMissing } from '@tapio/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Graph } from '../../src/index.ts';
import { GraphFacts } from '../../src/index.ts';
import {
  NOW_US,
  count,
  death,
  header,
  mustAcquire,
  newCluster,
  openMigrated,
  openWriter,
  without,
} from './servers.ts';

const missing = toolsMissing();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

const SERVICE = 'Service/shop/payments';
const PAYMENTS = 'Deployment/shop/payments';
const CHECKOUT = 'Deployment/shop/checkout';

describe.skipIf(missing !== undefined)('events about objects', () => {
  let server: Neo4jServer;
  let graph: Graph;
  const cluster = newCluster();

  /** Of a Service, which is on no node and has no pod. */
  const service: ObservationEvent = {
    ...without(death(cluster, 1), 'podUid', 'podName', 'containerId', 'workload'),
    id: `${cluster}/service`,
    source: 'kubeapi',
    type: 'service_without_ready_pods',
    node: NO_NODE,
    data: { object: SERVICE, refers: PAYMENTS, pods: '1', clients: '1' },
  };
  const log: ObservationEvent = {
    ...death(cluster, 2),
    id: `${cluster}/log`,
    source: 'log',
    type: 'log_matched',
    data: {
      object: CHECKOUT,
      refers: SERVICE,
      pattern: 'connection-refused',
      line: 'dial tcp 10.96.0.186:80: connect: connection refused',
      container: 'report',
      host: 'payments',
      port: '80',
    },
  };
  /** Names no object: it is found by its workload. */
  const died = death(cluster, 3);
  /** Of a pod that nothing owns. */
  const bare: ObservationEvent = {
    ...without(death(cluster, 4), 'workload'),
    podUid: 'uid-2',
    podName: 'debug',
  };
  /** Of the same names in another namespace. */
  const elsewhere: ObservationEvent = { ...death(cluster, 5), podUid: 'uid-3', namespace: 'test' };

  beforeAll(async () => {
    server = await launchNeo4j();
    graph = await openMigrated(server);
    const writer = await openWriter(await mustAcquire(graph, cluster));
    const events = [service, log, died, bare, elsewhere];
    await writer.commitBatches({
      batches: [{ header: header(cluster, 1, events.length), events }],
      streamPosition: 1,
      nowUs: NOW_US,
    });
  });
  afterAll(async () => {
    await graph[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const query = (join: EventJoin, types?: readonly string[]) => ({
    cluster,
    types: types ?? ['service_without_ready_pods', 'log_matched', 'container_died'],
    join,
    fromUs: 0,
    toUs: NOW_US,
    limit: 100,
  });

  const joins: readonly (readonly [EventJoin, readonly ObservationEvent[]])[] = [
    [{ on: 'object', object: SERVICE }, [service]],
    [{ on: 'object', object: CHECKOUT }, [died, log]],
    [{ on: 'object', object: 'Deployment/test/checkout' }, [elsewhere]],
    [{ on: 'object', object: 'Pod/shop/debug' }, [bare]],
    [{ on: 'object', object: 'Pod/shop/checkout-1' }, []],
    [{ on: 'refers', refers: PAYMENTS }, [service]],
    [{ on: 'refers', refers: SERVICE }, [log]],
    [{ on: 'refers', refers: CHECKOUT }, []],
    [{ on: 'namespace', namespace: 'shop' }, [bare, died, log, service]],
    [{ on: 'namespace', namespace: 'test' }, [elsewhere]],
    [{ on: 'cluster' }, [elsewhere, bare, died, log, service]],
  ];

  test.each(joins)('are found, as they came and newest first, by %o', async (join, expected) => {
    expect(await new GraphFacts(graph).events(query(join))).toEqual(expected);
  });

  test('of other types or another cluster are not', async () => {
    const facts = new GraphFacts(graph);
    const join: EventJoin = { on: 'object', object: CHECKOUT };
    expect(await facts.events(query(join, ['log_matched']))).toEqual([log]);
    expect(await facts.events({ ...query(join), cluster: newCluster() })).toEqual([]);
  });

  test('carry what they name as properties of their own', async () => {
    const [record] = await graph.connection.run(
      `MATCH (e:Event {id: $id}) RETURN e.object AS object, e.refers AS refers, e.pattern AS pattern,
              toFloat(e.port) AS port, e.host AS host, e.line AS line`,
      { id: log.id },
    );
    expect(record?.toObject()).toEqual({
      object: CHECKOUT,
      refers: SERVICE,
      pattern: 'connection-refused',
      port: 80,
      host: 'payments',
      line: null,
    });
  });

  test('make no node where they are about none', async () => {
    expect(await count(graph, 'MATCH (n:Node {cluster: $cluster})', { cluster })).toBe(1);
    const facts = new GraphFacts(graph);
    expect(await facts.entity(entityKey.node(cluster, NO_NODE))).toBeUndefined();
    expect(await facts.entity(entityKey.node(cluster, 'node-1'))).toMatchObject({ name: 'node-1' });
  });
});
