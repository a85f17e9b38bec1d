import { describe, expect, test } from 'vitest';

import { handshakeLine, startRefusal } from './handshake.ts';

const HOST = { grafana_plugin_type: 'datasource', PLUGIN_PROTOCOL_VERSIONS: '2' };

describe('start', () => {
  test.each(['20.0.0', '24.20.0'])('is possible under Grafana on Node.js %s', (version) => {
    expect(startRefusal(HOST, version)).toBeUndefined();
  });

  test('is possible under a host that lists no protocol versions', () => {
    expect(startRefusal({ grafana_plugin_type: 'datasource' }, '24.0.0')).toBeUndefined();
  });

  test.each([
    [{}, '24.0.0', 'Grafana starts it by itself'],
    [{ ...HOST, grafana_plugin_type: 'renderer' }, '24.0.0', 'Grafana starts it by itself'],
    [HOST, '18.20.1', 'needs Node.js 20 or later, but runs on 18.20.1'],
    [HOST, 'unknown', 'needs Node.js 20 or later'],
    [{ ...HOST, PLUGIN_CLIENT_CERT: 'x' }, '24.0.0', 'AutoMTLS'],
    [{ ...HOST, PLUGIN_PROTOCOL_VERSIONS: '1,3' }, '24.0.0', 'versions 1, 3, this plugin speaks 2'],
  ])('is refused in %j on %s', (environment, version, text) => {
    expect(startRefusal(environment, version)).toContain(text);
  });
});

test('the handshake has the five parts go-plugin reads', () => {
  expect(handshakeLine('unix', '/tmp/x/plugin.sock')).toBe('1|2|unix|/tmp/x/plugin.sock|grpc');
});
