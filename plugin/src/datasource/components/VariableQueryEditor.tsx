import type { DataSourceApi, QueryEditorProps } from '@grafana/data';
import { Combobox, Field, type ComboboxOption } from '@grafana/ui';
import type { TapioOptions, TapioQuery, TapioVariableQuery } from '../types.ts';
import { CommitInput } from './CommitInput.tsx';
import { CypherEditor } from './CypherEditor.tsx';
import { useFieldIds } from '../../shared/use-field-ids.ts';

type Props = QueryEditorProps<
  DataSourceApi<TapioQuery, TapioOptions>,
  TapioQuery,
  TapioOptions,
  TapioVariableQuery
>;

const KINDS: Array<ComboboxOption<NonNullable<TapioVariableQuery['kind']>>> = [
  { value: 'incidents', label: 'Incidents', description: 'Incidents of the time range, the newest first' },
  { value: 'namespaces', label: 'Namespaces' },
  { value: 'pods', label: 'Pods' },
  {
    value: 'cypher',
    label: 'Cypher',
    description: 'The first column gives the value, a second one the text (Editors)',
  },
];

/** What a dashboard variable offers. */
export function VariableQueryEditor({ query, onChange }: Props) {
  const fieldId = useFieldIds();
  const kind = query.kind ?? 'incidents';
  const change = (part: Partial<TapioVariableQuery>): void => {
    onChange({ ...query, refId: 'variable', kind, ...part });
  };
  return (
    <>
      <Field label="Values" htmlFor={fieldId('Values')}>
        <Combobox
          id={fieldId('Values')}
          width={40}
          options={KINDS}
          value={kind}
          onChange={({ value }) => change({ kind: value })}
        />
      </Field>
      {(kind === 'pods' || kind === 'incidents') && (
        <Field label="Namespace" htmlFor={fieldId('Namespace')} description="Empty: any. May be a variable">
          <CommitInput
            id={fieldId('Namespace')}
            width={40}
            placeholder="$namespace"
            value={query.namespace ?? ''}
            onCommit={(namespace) => change({ namespace })}
          />
        </Field>
      )}
      {kind === 'cypher' && (
        <CypherEditor value={query.cypher ?? ''} onChange={(cypher) => change({ cypher })} />
      )}
    </>
  );
}
