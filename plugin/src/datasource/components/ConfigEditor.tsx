import {
  onUpdateDatasourceSecureJsonDataOption,
  updateDatasourcePluginResetOption,
  type DataSourcePluginOptionsEditorProps,
} from '@grafana/data';
import {
  Alert,
  Box,
  Combobox,
  Field,
  FieldSet,
  Input,
  SecretInput,
  SecretTextArea,
  Switch,
  TagsInput,
  Text,
  TextLink,
  type ComboboxOption,
} from '@grafana/ui';
import type { ChangeEvent } from 'react';
import { testIds } from '../../shared/test-ids.ts';
import type { TapioOptions, TapioSecrets, TlsMode } from '../types.ts';

type Props = DataSourcePluginOptionsEditorProps<TapioOptions, TapioSecrets>;

const WIDTH = 60;
const ids = testIds.configEditor;

const TLS_CHOICES: Array<ComboboxOption<TlsMode>> = [
  {
    value: 'url',
    label: 'As the URL says',
    description: 'bolt:// is plain, bolt+s:// is encrypted and checked',
  },
  {
    value: 'system',
    label: 'Encrypted, checked by the system',
    description: 'Authorities of the machine Grafana runs on',
  },
  { value: 'ca', label: 'Encrypted, checked by my CA', description: 'The certificate authority given below' },
  {
    value: 'skipVerify',
    label: 'Encrypted, not checked',
    description: 'Anyone in between can read and change it',
  },
];

/** A whole number from a field that may be empty. */
function wholeNumber(text: string): number | undefined {
  const number = Number(text);
  return text.trim() === '' || !Number.isInteger(number) ? undefined : number;
}

function namesOf(value: string[] | string | undefined): string[] {
  const names = typeof value === 'string' ? value.split(',') : (value ?? []);
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

function urlProblem(url: string): string | undefined {
  if (url === '') return 'Give the Bolt address, such as bolt://neo4j:7687';
  if (/^https?:/.test(url))
    return 'This is Neo4j’s HTTP address: Bolt is another port, 7687 unless changed, as in bolt://neo4j:7687';
  if (!/^(bolt|neo4j)(\+s|\+ssc)?:\/\/[^\s/@?#]+\/?$/.test(url))
    return 'It has the form bolt://host:7687 or neo4j://host:7687, without a user';
  return undefined;
}

export function ConfigEditor(props: Props) {
  const { options, onOptionsChange } = props;
  const { jsonData, secureJsonFields } = options;

  const setJsonData = (change: Partial<TapioOptions>): void => {
    // What is set to undefined goes, so that the settings hold no empty keys.
    onOptionsChange({
      ...options,
      jsonData: JSON.parse(JSON.stringify({ ...jsonData, ...change })) as TapioOptions,
    });
  };
  const setTop = (key: 'url' | 'user') => (event: ChangeEvent<HTMLInputElement>) => {
    onOptionsChange({ ...options, [key]: event.currentTarget.value.trim() });
  };
  const tlsMode = jsonData.tlsMode ?? 'url';
  const problem = urlProblem(options.url);

  return (
    <>
      <Box marginBottom={3}>
        <Text element="p" color="secondary">
          Tapio reads its graph in Neo4j over Bolt. It never writes: a user with the role reader is enough.{' '}
          <TextLink
            href="https://neo4j.com/docs/operations-manual/current/authentication-authorization/"
            external
          >
            Users and roles in Neo4j
          </TextLink>
        </Text>
      </Box>
      <FieldSet label="Connection">
        <Field
          label="URL"
          required
          description="bolt://host:7687 for one server, neo4j://host:7687 for a cluster"
          invalid={problem !== undefined}
          error={problem}
          htmlFor={ids.url}
        >
          <Input
            id={ids.url}
            data-testid={ids.url}
            width={WIDTH}
            value={options.url}
            placeholder="bolt://neo4j:7687"
            onChange={setTop('url')}
          />
        </Field>
        <Field label="User" htmlFor={ids.user}>
          <Input
            id={ids.user}
            data-testid={ids.user}
            width={WIDTH}
            value={options.user}
            placeholder="neo4j"
            autoComplete="off"
            onChange={setTop('user')}
          />
        </Field>
        <Field label="Password" htmlFor={ids.password}>
          <SecretInput
            id={ids.password}
            data-testid={ids.password}
            width={WIDTH}
            isConfigured={secureJsonFields['password'] === true}
            autoComplete="new-password"
            onReset={() => updateDatasourcePluginResetOption(props, 'password')}
            onChange={onUpdateDatasourceSecureJsonDataOption(props, 'password')}
          />
        </Field>
        <Field label="Database" description="The default of a Neo4j server is neo4j" htmlFor={ids.database}>
          <Input
            id={ids.database}
            data-testid={ids.database}
            width={WIDTH}
            value={jsonData.database ?? ''}
            placeholder="neo4j"
            onChange={(event) => setJsonData({ database: event.currentTarget.value.trim() || undefined })}
          />
        </Field>
      </FieldSet>

      <FieldSet label="TLS">
        <Field label="TLS" htmlFor={ids.tlsMode}>
          <Combobox
            id={ids.tlsMode}
            data-testid={ids.tlsMode}
            width={WIDTH}
            options={TLS_CHOICES}
            value={tlsMode}
            onChange={({ value }) => setJsonData({ tlsMode: value })}
          />
        </Field>
        {tlsMode === 'ca' && (
          <Field
            label="CA certificate"
            description="PEM. Grafana’s own environment, such as NODE_EXTRA_CA_CERTS, does not reach plugins"
            htmlFor={ids.caCertificate}
          >
            <SecretTextArea
              id={ids.caCertificate}
              data-testid={ids.caCertificate}
              cols={WIDTH}
              rows={6}
              isConfigured={secureJsonFields['tlsCACert'] === true}
              placeholder="-----BEGIN CERTIFICATE-----"
              onReset={() => updateDatasourcePluginResetOption(props, 'tlsCACert')}
              onChange={onUpdateDatasourceSecureJsonDataOption(props, 'tlsCACert')}
            />
          </Field>
        )}
        {tlsMode === 'skipVerify' && (
          <Alert severity="warning" title="The server’s certificate is not checked">
            Whoever sits between Grafana and Neo4j can read the password and change answers. Use it for trials
            only.
          </Alert>
        )}
      </FieldSet>

      <FieldSet label="Rights and limits">
        <Field
          label="Namespaces that Viewers see"
          description="Empty: all. Viewers use incidents, root causes and timelines; Cypher is for Editors, who see everything"
          htmlFor={ids.viewerNamespaces}
        >
          <div data-testid={ids.viewerNamespaces}>
            <TagsInput
              id={ids.viewerNamespaces}
              width={WIDTH}
              tags={namesOf(jsonData.viewerNamespaces)}
              placeholder="Namespace, then Enter"
              onChange={(viewerNamespaces) => setJsonData({ viewerNamespaces })}
            />
          </div>
        </Field>
        <Field
          label="Cypher in alert rules"
          description="Off: alert rules use the incidents query. On: whoever may write alert rules can read the whole graph"
          htmlFor={ids.cypherInAlerts}
        >
          <Switch
            id={ids.cypherInAlerts}
            data-testid={ids.cypherInAlerts}
            value={jsonData.cypherInAlerts ?? false}
            onChange={(event) => setJsonData({ cypherInAlerts: event.currentTarget.checked })}
          />
        </Field>
        <Field
          label="Row limit"
          description="Rows that one query answers at most, 1 to 50,000"
          htmlFor={ids.rowLimit}
        >
          <Input
            id={ids.rowLimit}
            data-testid={ids.rowLimit}
            width={20}
            type="number"
            min={1}
            max={50_000}
            value={jsonData.rowLimit ?? ''}
            placeholder="1000"
            onChange={(event) => setJsonData({ rowLimit: wholeNumber(event.currentTarget.value) })}
          />
        </Field>
        <Field
          label="Query timeout"
          description="Seconds after which Neo4j ends a query, 1 to 300"
          htmlFor={ids.timeout}
        >
          <Input
            id={ids.timeout}
            data-testid={ids.timeout}
            width={20}
            type="number"
            min={1}
            max={300}
            suffix="s"
            value={jsonData.timeoutSeconds ?? ''}
            placeholder="10"
            onChange={(event) => setJsonData({ timeoutSeconds: wholeNumber(event.currentTarget.value) })}
          />
        </Field>
      </FieldSet>
    </>
  );
}
