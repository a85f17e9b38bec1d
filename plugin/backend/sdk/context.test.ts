import { expect, test } from 'vitest';

import { contextMessage } from '../../test/host/plugin-client.ts';
import { secretsOf, toPluginContext } from './context.ts';

test('carries user, settings, secrets and configuration', () => {
  const context = toPluginContext(
    contextMessage({ host: 'db' }, { grafanaConfig: { GF_VERSION: '12.4.0' } }),
  );
  expect(context).toMatchObject({
    orgId: 1,
    namespace: 'default',
    user: { login: 'ada', role: 'Viewer' },
    datasource: { uid: 'uid-1', updatedMs: 1000, jsonData: { host: 'db' } },
  });
  expect(context.datasource?.secrets.get('password')).toBe('open-sesame');
  expect(context.grafanaConfig.get('GF_VERSION')).toBe('12.4.0');
  expect(context).not.toHaveProperty('app');
});

test('has no user when no person caused the call', () => {
  expect(toPluginContext(contextMessage({}, { user: null }))).not.toHaveProperty('user');
});

test('carries the settings of an app', () => {
  const settings = {
    jsonData: Buffer.from('{"a":1}'),
    decryptedSecureJsonData: { token: 'app-token' },
    lastUpdatedMS: 5,
    apiVersion: '',
  };
  const message = contextMessage({}, { dataSourceInstanceSettings: null, appInstanceSettings: settings });
  expect(toPluginContext(message)).toMatchObject({ app: { jsonData: { a: 1 }, updatedMs: 5 } });
  expect(secretsOf(message).get('token')).toBe('app-token');
});

test.each([
  ['{', 'not valid JSON'],
  ['[1]', 'not a JSON object'],
  ['7', 'not a JSON object'],
])('refuses the settings %s and names the datasource', (text, problem) => {
  const message = contextMessage({ jsonData: Buffer.from(text) });
  expect(() => toPluginContext(message)).toThrow(`datasource "Example" are ${problem}`);
});

test.each(['', 'null'])('takes settings %j for none', (text) => {
  expect(toPluginContext(contextMessage({ jsonData: Buffer.from(text) })).datasource?.jsonData).toEqual({});
});

test('refuses a call without a context', () => {
  expect(() => toPluginContext(null)).toThrow(/no plugin context/);
  expect(secretsOf(null).names()).toEqual([]);
});
