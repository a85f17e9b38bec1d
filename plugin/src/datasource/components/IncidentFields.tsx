import { Combobox, InlineField, MultiCombobox, type ComboboxOption } from '@grafana/ui';
import type { IncidentKind, VerdictWord } from '@tapio/domain';
import { INCIDENT_KIND_WORDS, INCIDENT_STATE_WORDS, VERDICT_WORD_LIST } from '../../shared/words.ts';
import type { IncidentFormat, IncidentState, TapioQuery } from '../types.ts';
import { CommitInput } from './CommitInput.tsx';
import { useFieldIds } from '../../shared/use-field-ids.ts';

interface Props {
  readonly query: TapioQuery;
  readonly namespaces: () => Promise<readonly string[]>;
  readonly onChange: (change: Partial<TapioQuery>) => void;
  /** Annotations have a format of their own. */
  readonly hasFormat: boolean;
}

const FORMATS: Array<ComboboxOption<IncidentFormat>> = [
  { value: 'table', label: 'Table', description: 'All that is known, one row each' },
  { value: 'alert', label: 'Alert', description: 'One number each: 1 while it is open, else 0' },
];
const KINDS = Object.entries(INCIDENT_KIND_WORDS).map(([value, label]) => ({
  value: value as IncidentKind,
  label,
}));
const STATES = Object.entries(INCIDENT_STATE_WORDS).map(([value, label]) => ({
  value: value as IncidentState,
  label,
}));
const VERDICTS: Array<ComboboxOption<VerdictWord>> = VERDICT_WORD_LIST.map((value) => ({ value }));

function valuesOf<Value extends string>(options: Array<ComboboxOption<Value>>): Value[] {
  return options.map(({ value }) => value);
}

/** Which incidents. What is left empty means any. */
export function IncidentFields({ query, namespaces, onChange, hasFormat }: Props) {
  const fieldId = useFieldIds();
  const namespaceOptions = async (typed: string): Promise<ComboboxOption[]> =>
    (await namespaces()).filter((name) => name.includes(typed)).map((value) => ({ value }));
  return (
    <>
      {hasFormat && (
        <InlineField label="Format" labelWidth={14} htmlFor={fieldId('Format')}>
          <Combobox
            id={fieldId('Format')}
            width={20}
            options={FORMATS}
            value={query.format ?? 'table'}
            onChange={({ value }) => onChange({ format: value })}
          />
        </InlineField>
      )}
      <InlineField label="Namespaces" labelWidth={14} htmlFor={fieldId('Namespaces')}>
        <MultiCombobox
          id={fieldId('Namespaces')}
          width={30}
          createCustomValue
          placeholder="Any"
          options={namespaceOptions}
          value={query.namespaces ?? []}
          onChange={(options) => onChange({ namespaces: valuesOf(options) })}
        />
      </InlineField>
      <InlineField label="Kinds" labelWidth={14} htmlFor={fieldId('Kinds')}>
        <MultiCombobox
          id={fieldId('Kinds')}
          width={30}
          placeholder="Any"
          options={KINDS}
          value={query.kinds ?? []}
          onChange={(options) => onChange({ kinds: valuesOf(options) })}
        />
      </InlineField>
      <InlineField label="States" labelWidth={14} htmlFor={fieldId('States')}>
        <MultiCombobox
          id={fieldId('States')}
          width={30}
          placeholder="Any"
          options={STATES}
          value={query.states ?? []}
          onChange={(options) => onChange({ states: valuesOf(options) })}
        />
      </InlineField>
      <InlineField label="Verdicts" labelWidth={14} htmlFor={fieldId('Verdicts')}>
        <MultiCombobox
          id={fieldId('Verdicts')}
          width={40}
          placeholder="Any"
          options={VERDICTS}
          value={query.verdicts ?? []}
          onChange={(options) => onChange({ verdicts: valuesOf(options) })}
        />
      </InlineField>
      <InlineField
        label="Contains"
        labelWidth={14}
        htmlFor={fieldId('Contains')}
        tooltip="Part of the id, the headline or the subject"
      >
        <CommitInput
          id={fieldId('Contains')}
          width={30}
          placeholder="checkout"
          value={query.search ?? ''}
          onCommit={(search) => onChange({ search })}
        />
      </InlineField>
    </>
  );
}
