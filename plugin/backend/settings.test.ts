import { describe, expect, test } from 'vitest';
import { datasourceConfig } from './settings.ts';
import { aContext, type ContextOver } from './testing/fixtures.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
const config = (over: ContextOver = {}) => datasourceConfig(aContext(over));

test('a datasource with an address alone gets safe defaults', () => {
  expect(config()).toEqual({
    uid: 'tapio-graph',
    url: 'bolt://neo4j:7687',
    user: 'neo4j',
    password: 'correct horse',
    database: 'neo4j',
    tlsMode: 'url',
    viewerNamespaces: [],
    cypherInAlerts: false,
    rowLimit: 1000,
    timeoutMs: 10_000,
  });
});

test.each([
  ['url', 'bolt+s://neo4j:7687', 'bolt+s://neo4j:7687'],
  ['url', 'neo4j://a:7687/', 'neo4j://a:7687'],
  ['system', 'bolt://neo4j:7687', 'bolt+s://neo4j:7687'],
  ['skipVerify', 'neo4j://neo4j:7687', 'neo4j+ssc://neo4j:7687'],
  ['ca', 'bolt+s://neo4j:7687', 'bolt://neo4j:7687'],
])('TLS %s makes %s to %s', (tlsMode, url, expected) => {
  expect(config({ url, jsonData: { tlsMode }, secrets: { tlsCACert: PEM } }).url).toBe(expected);
});

test('the certificate is taken only where it is used', () => {
  expect(config({ secrets: { tlsCACert: PEM } })).not.toHaveProperty('caCertificate');
  expect(config({ jsonData: { tlsMode: 'ca' }, secrets: { tlsCACert: `${PEM}\n` } }).caCertificate).toBe(PEM);
});

test('namespaces may come as a list or, from the environment, as text', () => {
  expect(config({ jsonData: { viewerNamespaces: ['shop', ' billing ', ''] } }).viewerNamespaces).toEqual([
    'shop',
    'billing',
  ]);
  expect(config({ jsonData: { viewerNamespaces: 'shop, billing' } }).viewerNamespaces).toEqual([
    'shop',
    'billing',
  ]);
});

test('numbers may come as text, as provisioning from the environment gives them', () => {
  expect(config({ jsonData: { rowLimit: '20', timeoutSeconds: '5' } })).toMatchObject({
    rowLimit: 20,
    timeoutMs: 5000,
  });
});

test('the database of the older field is used when there is no other', () => {
  expect(config({ database: 'graph' }).database).toBe('graph');
  expect(config({ database: 'graph', jsonData: { database: 'tapio' } }).database).toBe('tapio');
});

describe('what is wrong is named, with what it should be', () => {
  test.each<[string, ContextOver, RegExp]>([
    ['no address', { url: '' }, /^URL: it is empty.*bolt:\/\/neo4j:7687/],
    ['the HTTP address', { url: 'http://neo4j:7474' }, /^URL: .*no Bolt address/],
    ['an unknown TLS mode', { jsonData: { tlsMode: 'maybe' } }, /^TLS: "maybe" is none of url, system/],
    ['a CA that is missing', { jsonData: { tlsMode: 'ca' } }, /^CA certificate: .*no PEM/],
    ['too many rows', { jsonData: { rowLimit: 1e9 } }, /^Row limit: .*1 to 50000/],
    ['no time at all', { jsonData: { timeoutSeconds: 0 } }, /^Query timeout: .*1 to 300/],
    ['namespaces that are no names', { jsonData: { viewerNamespaces: [1] } }, /^Namespaces for Viewers/],
    ['a database that is no text', { jsonData: { database: 5 } }, /^Database: it must be a text/],
  ])('%s', (_, over, message) => {
    expect(() => config(over)).toThrow(message);
  });

  test('an address with a password in it is not repeated', () => {
    expect(() => config({ url: 'bolt://ann:hunter22@neo4j:7687' })).toThrow(/^(?!.*hunter22)/);
  });

  test('a call for the app, which has no datasource', () => {
    const { grafanaConfig } = aContext();
    const context = {
      orgId: 1,
      namespace: '',
      pluginId: 'tapio-app',
      pluginVersion: '',
      userAgent: '',
      grafanaConfig,
    };
    expect(() => datasourceConfig(context)).toThrow(/datasource only/);
  });
});
