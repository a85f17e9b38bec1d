import { describe, expect, test } from 'vitest';
import { accessOf, mayRead, requireCypher, requireNamespace } from './access.ts';
import { aCall, aNodeIncident, anIncident, type CallOver } from './testing/fixtures.ts';
import { visibleEvents, visibleIncident } from './visible.ts';
import { containerDied, hostOomKill } from '@tapio/domain/testing';

const RESTRICTED = { viewerNamespaces: ['shop'] };

function access(over: CallOver) {
  const call = aCall(over);
  return accessOf(call, call.instance.config);
}

describe('who may do what', () => {
  test.each<[string, CallOver, boolean, readonly string[] | undefined]>([
    ['a Viewer', { role: 'Viewer' }, false, ['shop']],
    ['a person without a role', { role: 'None' }, false, ['shop']],
    ['an Editor', { role: 'Editor' }, true, undefined],
    ['an Admin', { role: 'Admin' }, true, undefined],
    ['nobody, as in a public dashboard', { role: undefined as never }, false, ['shop']],
    ['an alert evaluation without a user', { role: undefined as never, isAlert: true }, false, undefined],
    ['Grafana’s own scheduler', { role: 'Admin', isAlert: true }, false, undefined],
    ['a Viewer who tries a rule out', { role: 'Viewer', isAlert: true }, false, ['shop']],
    [
      'the scheduler where Cypher is allowed in rules',
      { role: 'Admin', isAlert: true, jsonData: { ...RESTRICTED, cypherInAlerts: true } },
      true,
      undefined,
    ],
    [
      'a Viewer who tries a rule out where it is allowed',
      { role: 'Viewer', isAlert: true, jsonData: { ...RESTRICTED, cypherInAlerts: true } },
      false,
      ['shop'],
    ],
  ])('%s', (_, over, mayCypher, namespaces) => {
    const own = access({ jsonData: RESTRICTED, ...over });
    expect({ mayCypher: own.cypherRefusal === undefined, namespaces: own.namespaces }).toEqual({
      mayCypher,
      namespaces,
    });
  });

  test('a datasource without allowed namespaces shows Viewers all of them', () => {
    expect(access({ role: 'Viewer' }).namespaces).toBeUndefined();
  });

  test('a refusal says what to do', () => {
    expect(() => {
      requireCypher(access({ role: 'Viewer' }));
    }).toThrow(/needs the role Editor.*ask an Editor/s);
    expect(() => {
      requireCypher(access({ role: 'Admin', isAlert: true }));
    }).toThrow(/switched off.*incidents query/s);
    expect(() => {
      requireNamespace(access({ role: 'Viewer', jsonData: RESTRICTED }), 'billing');
    }).toThrow(/"billing" is not among.*shop/);
  });
});

describe('what a Viewer of one namespace sees', () => {
  const viewer = access({ role: 'Viewer', jsonData: RESTRICTED });

  test('incidents of that namespace, without the names of others', () => {
    expect(visibleIncident(anIncident(), viewer)?.touched).toEqual(['shop/frontend: refused']);
  });
  test('no incident of another namespace', () => {
    const subject = { label: 'Workload' as const, kind: 'Deployment', namespace: 'billing', name: 'ledger' };
    expect(visibleIncident(anIncident({ subject }), viewer)).toBeUndefined();
  });
  test('a node failure that hits their pods, with those pods only', () => {
    expect(visibleIncident(aNodeIncident(), viewer)?.pods.map(({ namespace }) => namespace)).toEqual([
      'shop',
    ]);
  });
  test('no node failure that hits only others', () => {
    const incident = aNodeIncident();
    expect(visibleIncident({ ...incident, pods: incident.pods.slice(1) }, viewer)).toBeUndefined();
  });
  test('events of that namespace and of nodes', () => {
    const events = [containerDied(), containerDied({ id: 'x', namespace: 'billing' }), hostOomKill()];
    expect(visibleEvents(events, viewer).map(({ id }) => id)).toEqual([containerDied().id, hostOomKill().id]);
  });
  test('everything, without a restriction', () => {
    expect(visibleIncident(aNodeIncident(), {})).toEqual(aNodeIncident());
    expect(mayRead({}, undefined)).toBe(true);
    expect(mayRead(viewer, undefined)).toBe(false);
  });
});
