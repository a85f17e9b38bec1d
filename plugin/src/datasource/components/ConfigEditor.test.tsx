import type { DataSourceSettings } from '@grafana/data';
import { fireEvent, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { testIds } from '../../shared/test-ids.ts';
import type { TapioOptions, TapioSecrets } from '../types.ts';
import { ConfigEditor } from './ConfigEditor.tsx';

type Settings = DataSourceSettings<TapioOptions, TapioSecrets>;

function settings(change: Partial<Settings> = {}): Settings {
  return {
    id: 1,
    uid: 'tapio-graph',
    orgId: 1,
    name: 'Tapio',
    type: 'tapio-datasource',
    typeName: 'Tapio',
    typeLogoUrl: '',
    access: 'proxy',
    url: 'bolt://neo4j:7687',
    user: 'neo4j',
    basicAuth: false,
    basicAuthUser: '',
    isDefault: false,
    jsonData: {},
    secureJsonFields: {},
    readOnly: false,
    withCredentials: false,
    ...change,
  } as Settings;
}

function show(change: Partial<Settings> = {}): jest.Mock<undefined, [Settings]> {
  const onOptionsChange = jest.fn<undefined, [Settings]>();
  render(<ConfigEditor options={settings(change)} onOptionsChange={onOptionsChange} />);
  return onOptionsChange;
}

const ids = testIds.configEditor;

test('fields have labels that people and screen readers find', () => {
  show();
  for (const label of [
    /^URL/,
    /^User/,
    /^Password/,
    /^Database/,
    /^Row limit/,
    /^Query timeout/,
    /^Cypher in alert rules/,
  ]) {
    expect(screen.getByLabelText(label)).toBeInTheDocument();
  }
});

test('a change of the address keeps everything else', () => {
  const changed = show({ jsonData: { rowLimit: 5 } });
  fireEvent.change(screen.getByTestId(ids.url), { target: { value: ' neo4j://graph:7687 ' } });
  expect(changed).toHaveBeenCalledWith(settings({ url: 'neo4j://graph:7687', jsonData: { rowLimit: 5 } }));
});

test.each([
  ['', 'Give the Bolt address'],
  ['http://neo4j:7474', 'Neo4j’s HTTP address'],
  ['bolt://user:secret@neo4j:7687', 'without a user'],
])('address %j is refused with what to do', (url, hint) => {
  show({ url });
  expect(screen.getByText(new RegExp(hint))).toBeInTheDocument();
});

test('a good address is not complained about', () => {
  show({ url: 'bolt+s://graph.example:7687' });
  expect(screen.queryByRole('alert')).not.toBeInTheDocument();
});

test('the password goes among the secrets and never into the plain settings', () => {
  const changed = show();
  fireEvent.change(screen.getByTestId(ids.password), { target: { value: 'hidden' } });
  const [[last]] = changed.mock.calls.slice(-1) as [[Settings]];
  expect(last.secureJsonData).toEqual({ password: 'hidden' });
  expect(JSON.stringify(last.jsonData)).not.toContain('hidden');
});

test('a password that is set can be reset, and is not shown', async () => {
  const changed = show({ secureJsonFields: { password: true } });
  expect(screen.getByTestId(ids.password)).toBeDisabled();
  await userEvent.click(screen.getByRole('button', { name: /reset/i }));
  expect(changed.mock.calls[0]?.[0].secureJsonFields).toEqual({ password: false });
});

test('the CA certificate is asked for only where it is used', () => {
  show();
  expect(screen.queryByTestId(ids.caCertificate)).not.toBeInTheDocument();
});

test('with one’s own CA its certificate is a secret field', () => {
  const changed = show({ jsonData: { tlsMode: 'ca' } });
  fireEvent.change(screen.getByTestId(ids.caCertificate), {
    target: { value: '-----BEGIN CERTIFICATE-----' },
  });
  expect(changed.mock.calls[0]?.[0].secureJsonData).toEqual({ tlsCACert: '-----BEGIN CERTIFICATE-----' });
});

test('not checking the certificate is warned of', () => {
  show({ jsonData: { tlsMode: 'skipVerify' } });
  expect(screen.getByText(/certificate is not checked/)).toBeInTheDocument();
});

test('an emptied limit goes back to the default', () => {
  const changed = show({ jsonData: { rowLimit: 50, database: 'neo4j' } });
  fireEvent.change(screen.getByTestId(ids.rowLimit), { target: { value: '' } });
  expect(changed.mock.calls[0]?.[0].jsonData).toEqual({ database: 'neo4j' });
});

test('Cypher in alert rules is off until it is switched on', async () => {
  const changed = show();
  expect(screen.getByTestId(ids.cypherInAlerts)).not.toBeChecked();
  await userEvent.click(screen.getByTestId(ids.cypherInAlerts));
  expect(changed.mock.calls[0]?.[0].jsonData).toEqual({ cypherInAlerts: true });
});

test('namespaces that a provisioning file gives as one text are shown as what they are', async () => {
  const onOptionsChange = show({ jsonData: { viewerNamespaces: 'shop, billing' } });
  expect(screen.getByText('shop')).toBeInTheDocument();
  expect(screen.getByText('billing')).toBeInTheDocument();
  await userEvent.type(screen.getByPlaceholderText('Namespace, then Enter'), 'infra{Enter}');
  expect(onOptionsChange.mock.lastCall?.[0].jsonData.viewerNamespaces).toEqual(['shop', 'billing', 'infra']);
});
