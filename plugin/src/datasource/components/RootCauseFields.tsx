import { Combobox, InlineField, InlineSwitch, type ComboboxOption } from '@grafana/ui';
import { useFieldIds } from '../../shared/use-field-ids.ts';
import type { RootCauseShow, TapioQuery } from '../types.ts';

interface Props {
  readonly query: TapioQuery;
  readonly onChange: (change: Partial<TapioQuery>) => void;
}

const SHOWS: Array<ComboboxOption<RootCauseShow>> = [
  { value: 'graph', label: 'Node graph and chain', description: 'For the node graph panel and Explore' },
  { value: 'chain', label: 'Chain', description: 'From the change to the symptom, one row each' },
];

/** What of a root cause is shown. */
export function RootCauseFields({ query, onChange }: Props) {
  const fieldId = useFieldIds();
  return (
    <>
      <InlineField label="Show" labelWidth={14} htmlFor={fieldId('Show')}>
        <Combobox
          id={fieldId('Show')}
          width={30}
          options={SHOWS}
          value={query.show ?? 'graph'}
          onChange={({ value }) => onChange({ show: value })}
        />
      </InlineField>
      {query.show !== 'chain' && (
        <InlineField
          label="Objects"
          labelWidth={14}
          htmlFor={fieldId('Objects')}
          tooltip="Also draw the pods, containers, workloads and nodes that the events were seen on"
        >
          <InlineSwitch
            id={fieldId('Objects')}
            value={query.showEntities ?? false}
            onChange={(event) => onChange({ showEntities: event.currentTarget.checked || undefined })}
          />
        </InlineField>
      )}
    </>
  );
}
