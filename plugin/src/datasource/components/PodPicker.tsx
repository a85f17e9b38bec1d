import { Combobox, InlineField, type ComboboxOption } from '@grafana/ui';
import type { PodSource } from '../types.ts';
import { useFieldIds } from '../../shared/use-field-ids.ts';

interface Props {
  readonly source: PodSource;
  readonly namespace: string;
  readonly pod: string;
  readonly onChange: (choice: { namespace: string; pod: string }) => void;
}

function matching(options: ComboboxOption[], typed: string): ComboboxOption[] {
  return options.filter(({ value, label }) =>
    `${value} ${label ?? ''}`.toLowerCase().includes(typed.toLowerCase()),
  );
}

/** A pod that the graph knows, or any text: a variable, or a pod that is gone from the graph. */
export function PodPicker({ source, namespace, pod, onChange }: Props) {
  const fieldId = useFieldIds();
  const namespaceOptions = async (typed: string): Promise<ComboboxOption[]> =>
    matching(
      (await source.namespaces()).map((name) => ({ value: name })),
      typed,
    );
  const podOptions = async (typed: string): Promise<ComboboxOption[]> =>
    matching(
      (await source.pods(namespace.startsWith('$') ? '' : namespace)).map(
        ({ name, isGone, namespace: of }) => ({
          value: name,
          ...(isGone || namespace === ''
            ? { description: `${namespace === '' ? of : ''}${isGone ? ' gone' : ''}`.trim() }
            : {}),
        }),
      ),
      typed,
    );
  return (
    <>
      <InlineField label="Namespace" labelWidth={14} htmlFor={fieldId('Namespace')}>
        <Combobox
          id={fieldId('Namespace')}
          width={30}
          isClearable
          createCustomValue
          placeholder="Any"
          options={namespaceOptions}
          value={namespace === '' ? null : namespace}
          onChange={(option) => onChange({ namespace: option?.value ?? '', pod })}
        />
      </InlineField>
      <InlineField label="Pod" labelWidth={14} htmlFor={fieldId('Pod')}>
        <Combobox
          id={fieldId('Pod')}
          width={50}
          isClearable
          createCustomValue
          placeholder="Choose a pod"
          options={podOptions}
          value={pod === '' ? null : pod}
          onChange={(option) => onChange({ namespace, pod: option?.value ?? '' })}
        />
      </InlineField>
    </>
  );
}
