import { Combobox, FilterInput, InlineField, MultiCombobox, Stack, type ComboboxOption } from '@grafana/ui';
import { INCIDENT_KIND_WORDS, INCIDENT_STATE_WORDS, VERDICT_WORD_LIST } from '../../shared/words.ts';
import type { DatasourceChoice } from '../datasource-access.ts';
import type { UrlState } from '../hooks/use-url-state.ts';

interface Props {
  readonly url: UrlState;
  readonly datasources: readonly DatasourceChoice[];
  readonly datasourceUid: string;
  readonly namespaces: () => Promise<readonly string[]>;
}

function optionsOf(words: Readonly<Record<string, string>>): ComboboxOption[] {
  return Object.entries(words).map(([value, label]) => ({ value, label }));
}

const KINDS = optionsOf(INCIDENT_KIND_WORDS);
const STATES = optionsOf(INCIDENT_STATE_WORDS);
const VERDICTS: ComboboxOption[] = VERDICT_WORD_LIST.map((value) => ({ value }));

/** What the list is narrowed to; all of it is in the address. */
export function IncidentFilters({ url, datasources, datasourceUid, namespaces }: Props) {
  const choose = (
    key: string,
    label: string,
    options: ComboboxOption[] | ((typed: string) => Promise<ComboboxOption[]>),
  ) => (
    <InlineField label={label} htmlFor={`tapio-filter-${key}`}>
      <MultiCombobox
        id={`tapio-filter-${key}`}
        width="auto"
        minWidth={14}
        maxWidth={40}
        placeholder="Any"
        options={options}
        value={[...url.all(key)]}
        onChange={(chosen) => url.set({ [key]: chosen.map(({ value }) => value) })}
      />
    </InlineField>
  );
  return (
    <Stack direction="row" wrap="wrap" gap={1}>
      {datasources.length > 1 && (
        <InlineField label="Data source" htmlFor="tapio-filter-ds">
          <Combobox
            id="tapio-filter-ds"
            width={30}
            options={datasources.map(({ uid, name }) => ({ value: uid, label: name }))}
            value={datasourceUid}
            onChange={({ value }) => url.set({ ds: value })}
          />
        </InlineField>
      )}
      <FilterInput
        aria-label="Search incidents"
        width={40}
        placeholder="Search headline, subject or id"
        value={url.get('search') ?? ''}
        escapeRegex={false}
        onChange={(search) => url.set({ search })}
      />
      {choose('states', 'State', STATES)}
      {choose('kinds', 'Kind', KINDS)}
      {choose('verdicts', 'Verdict', VERDICTS)}
      {choose('namespaces', 'Namespace', async (typed) =>
        (await namespaces()).filter((name) => name.includes(typed)).map((value) => ({ value })),
      )}
    </Stack>
  );
}
