import { dateTime, makeTimeRange, rangeUtil, type RawTimeRange, type TimeRange } from '@grafana/data';
import { PluginPage } from '@grafana/runtime';
import {
  Alert,
  Button,
  EmptyState,
  LoadingPlaceholder,
  RefreshPicker,
  Stack,
  Text,
  TimeRangeInput,
} from '@grafana/ui';
import type { Incident } from '@tapio/domain';
import { useCallback, useMemo } from 'react';
import { testIds } from '../../shared/test-ids.ts';
import { IncidentFilters } from '../components/IncidentFilters.tsx';
import { IncidentTable } from '../components/IncidentTable.tsx';
import { NoDatasource } from '../components/NoDatasource.tsx';
import {
  chosenDatasource,
  datasourceChoices,
  loadDatasource,
  type DatasourceChoice,
} from '../datasource-access.ts';
import { useAutoRefresh } from '../hooks/use-auto-refresh.ts';
import { useLoaded } from '../hooks/use-loaded.ts';
import { useUrlState, type UrlState } from '../hooks/use-url-state.ts';

interface IncidentsAnswer {
  readonly incidents: readonly Incident[];
  readonly isCut: boolean;
}

const FILTERS = ['states', 'kinds', 'verdicts', 'namespaces'] as const;
const DEFAULT_RANGE = { from: 'now-24h', to: 'now' } as const;
const DEFAULT_REFRESH = '30s';

function rawRange(url: UrlState): RawTimeRange {
  return { from: url.get('from') ?? DEFAULT_RANGE.from, to: url.get('to') ?? DEFAULT_RANGE.to };
}

/** Relative ends (`now-24h`) and epoch milliseconds, as Grafana's own addresses have them. */
function timeRangeOf(raw: RawTimeRange): TimeRange {
  const end = (value: RawTimeRange['from']): RawTimeRange['from'] | number =>
    typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  const isAbsolute = [raw.from, raw.to].every((value) => typeof end(value) === 'number');
  if (isAbsolute) return makeTimeRange(dateTime(Number(raw.from)), dateTime(Number(raw.to)));
  return rangeUtil.convertRawToRange(raw);
}

function isFiltered(url: UrlState): boolean {
  return FILTERS.some((key) => url.all(key).length > 0) || (url.get('search') ?? '') !== '';
}

function IncidentList({
  datasource,
  datasources,
}: {
  readonly datasource: DatasourceChoice;
  readonly datasources: readonly DatasourceChoice[];
}) {
  const url = useUrlState();
  const range = useMemo(() => timeRangeOf(rawRange(url)), [url]);
  const refresh = url.get('refresh') ?? DEFAULT_REFRESH;
  const interval = refresh === 'off' ? '' : refresh;

  const load = useCallback(async (): Promise<IncidentsAnswer> => {
    const { from, to } = timeRangeOf(rawRange(url));
    const source = await loadDatasource(datasource.uid);
    return source.getResource<IncidentsAnswer>('incidents', {
      from: from.valueOf(),
      to: to.valueOf(),
      search: url.get('search') ?? '',
      ...Object.fromEntries(FILTERS.map((key) => [key, [...url.all(key)]])),
    });
  }, [datasource.uid, url]);
  const { value, error, isLoading, reload } = useLoaded(load);
  useAutoRefresh(interval, reload);
  const namespaces = useCallback(
    async () => (await loadDatasource(datasource.uid)).namespaces(),
    [datasource.uid],
  );

  return (
    <Stack direction="column" gap={2}>
      <Stack direction="row" justifyContent="space-between" wrap="wrap" gap={1}>
        <IncidentFilters
          url={url}
          datasources={datasources}
          datasourceUid={datasource.uid}
          namespaces={namespaces}
        />
        <Stack direction="row" gap={1}>
          <TimeRangeInput
            value={range}
            onChange={({ raw }) =>
              url.set({ from: String(raw.from.valueOf()), to: String(raw.to.valueOf()) })
            }
          />
          <RefreshPicker
            value={interval}
            isLoading={isLoading}
            onRefresh={reload}
            onIntervalChanged={(next) => url.set({ refresh: next === '' ? 'off' : next })}
          />
        </Stack>
      </Stack>
      {error !== undefined && (
        <Alert severity="error" title="The incidents could not be read">
          <Stack direction="column" gap={1}>
            <span>
              {error}
              {value !== undefined && ' What you see below is the last answer.'}
            </span>
            <div>
              <Button variant="secondary" size="sm" onClick={reload}>
                Try again
              </Button>
            </div>
          </Stack>
        </Alert>
      )}
      {value === undefined && error === undefined && <LoadingPlaceholder text="Loading incidents..." />}
      {value !== undefined && <Found answer={value} datasourceUid={datasource.uid} url={url} />}
    </Stack>
  );
}

function Found({
  answer,
  datasourceUid,
  url,
}: {
  readonly answer: IncidentsAnswer;
  readonly datasourceUid: string;
  readonly url: UrlState;
}) {
  const { incidents, isCut } = answer;
  if (incidents.length === 0) return isFiltered(url) ? <NothingFound url={url} /> : <AllQuiet url={url} />;
  return (
    <section aria-label="Incidents" data-testid={testIds.app.incidents}>
      {isCut && (
        <Text color="secondary" element="p">
          The newest {incidents.length} are shown; there are more. Narrow the time range or the filters to see
          them.
        </Text>
      )}
      <IncidentTable incidents={incidents} datasourceUid={datasourceUid} />
    </section>
  );
}

function NothingFound({ url }: { readonly url: UrlState }) {
  const clear = Object.fromEntries([...FILTERS, 'search'].map((key) => [key, undefined]));
  return (
    <EmptyState
      variant="not-found"
      message="No incident matches the filters"
      button={
        <Button variant="secondary" onClick={() => url.set(clear)}>
          Clear the filters
        </Button>
      }
    >
      There may be others in this time range.
    </EmptyState>
  );
}

function AllQuiet({ url }: { readonly url: UrlState }) {
  return (
    <EmptyState
      variant="completed"
      message="No incidents in this time range"
      button={
        <Button variant="secondary" onClick={() => url.set({ from: 'now-7d', to: 'now' })}>
          Look at the last 7 days
        </Button>
      }
    >
      Nothing that Tapio watches failed, or nothing has been captured yet. If you expected something here,
      check that the agent runs on the node of the pod and that the loader runs: &quot;tapio doctor&quot;
      tells what is wrong.
    </EmptyState>
  );
}

/** What failed, the newest first. */
export function IncidentsPage() {
  const url = useUrlState();
  const datasources = datasourceChoices();
  const datasource = chosenDatasource(datasources, url.get('ds'));
  return (
    <PluginPage subTitle="What failed, why, since which change, and how sure that is">
      {datasource === undefined ? (
        <NoDatasource />
      ) : (
        <IncidentList datasource={datasource} datasources={datasources} />
      )}
    </PluginPage>
  );
}
