import type { DataSourceApi, QueryEditorProps } from '@grafana/data';
import { Combobox, InlineField, InlineFieldRow } from '@grafana/ui';
import { testIds } from '../../shared/test-ids.ts';
import { isCypherType, QUERY_TYPES, withType } from '../query.ts';
import type { PodSource, SchemaSource, TapioOptions, TapioQuery } from '../types.ts';
import { CommitInput } from './CommitInput.tsx';
import { CypherEditor } from './CypherEditor.tsx';
import { IncidentFields } from './IncidentFields.tsx';
import { PodPicker } from './PodPicker.tsx';
import { RootCauseFields } from './RootCauseFields.tsx';
import { useFieldIds } from '../../shared/use-field-ids.ts';

type Source = DataSourceApi<TapioQuery, TapioOptions> & PodSource & SchemaSource;
type Props = QueryEditorProps<Source, TapioQuery, TapioOptions> & {
  /** Annotations show incidents only, in a format of their own. */
  readonly isAnnotation?: boolean;
};

export function QueryEditor({ query, onChange, onRunQuery, datasource, isAnnotation = false }: Props) {
  const fieldId = useFieldIds();
  const type = query.queryType ?? 'incidents';
  const change = (part: Partial<TapioQuery>): void => {
    onChange({ ...query, queryType: type, ...part });
    onRunQuery();
  };
  const commitLimit = (text: string): void => {
    const limit = Number(text);
    const isLimit = Number.isInteger(limit) && limit > 0;
    onChange({ ...query, queryType: type, limit: isLimit ? limit : undefined });
    onRunQuery();
  };
  const isAboutPod = type === 'rootCause' || type === 'timeline';

  return (
    <div data-testid={testIds.queryEditor.root}>
      <InlineFieldRow>
        {!isAnnotation && (
          <InlineField label="Query type" labelWidth={14} htmlFor={fieldId('Query type')}>
            <Combobox
              id={fieldId('Query type')}
              width={30}
              options={[...QUERY_TYPES]}
              value={type}
              onChange={({ value }) => {
                onChange(withType(query, value));
                onRunQuery();
              }}
            />
          </InlineField>
        )}
        {isAboutPod && (
          <>
            <InlineField
              label="Incident"
              htmlFor={fieldId('Incident')}
              labelWidth={14}
              tooltip="An id such as INC-7Q4F2K9M, or a variable. Leave it empty to take the newest of a pod"
            >
              <CommitInput
                id={fieldId('Incident')}
                width={24}
                placeholder="INC-... or $incident"
                value={query.incident ?? ''}
                onCommit={(incident) => change({ incident })}
              />
            </InlineField>
            <PodPicker
              source={datasource}
              namespace={query.namespace ?? ''}
              pod={query.pod ?? ''}
              onChange={change}
            />
          </>
        )}
        {type === 'rootCause' && <RootCauseFields query={query} onChange={change} />}
        {type === 'incidents' && (
          <IncidentFields
            query={query}
            namespaces={() => datasource.namespaces()}
            hasFormat={!isAnnotation}
            onChange={change}
          />
        )}
        <InlineField
          label="Limit"
          htmlFor={fieldId('Limit')}
          labelWidth={14}
          tooltip="Rows at most; the datasource has a limit of its own"
        >
          <CommitInput
            id={fieldId('Limit')}
            type="number"
            min={1}
            width={12}
            placeholder="Auto"
            value={String(query.limit ?? '')}
            onCommit={commitLimit}
          />
        </InlineField>
      </InlineFieldRow>
      {isCypherType(type) && (
        <CypherEditor
          source={datasource}
          value={query.cypher ?? ''}
          onChange={(cypher) => onChange({ ...query, queryType: type, cypher })}
          onRunQuery={onRunQuery}
        />
      )}
    </div>
  );
}

export function AnnotationQueryEditor(props: Props) {
  return <QueryEditor {...props} isAnnotation />;
}
