import type { NavModelItem } from '@grafana/data';
import { PluginPage } from '@grafana/runtime';
import { Alert, Button, LinkButton, LoadingPlaceholder, Stack, ToolbarButton } from '@grafana/ui';
import { useCallback } from 'react';
import { useParams } from 'react-router-dom';
import { testIds } from '../../shared/test-ids.ts';
import { IncidentSummary } from '../components/IncidentSummary.tsx';
import { NoDatasource } from '../components/NoDatasource.tsx';
import { IncidentView, type IncidentAnswer } from '../components/IncidentView.tsx';
import { chosenDatasource, datasourceChoices, loadDatasource } from '../datasource-access.ts';
import { useAutoRefresh } from '../hooks/use-auto-refresh.ts';
import { useLoaded } from '../hooks/use-loaded.ts';
import { useUrlState } from '../hooks/use-url-state.ts';
import { href, incidentPath, incidentsPath } from '../links.ts';

/** A provisional verdict settles within seconds; the page follows without being asked. */
const REFRESH = '15s';

/** The way back to the list stands above the title; the id is the page's name there. */
function navOf(id: string, datasourceUid: string | undefined): NavModelItem {
  return {
    text: id,
    url: datasourceUid === undefined ? undefined : incidentPath(id, datasourceUid),
    parentItem: { text: 'Incidents', url: incidentsPath(datasourceUid) },
  };
}

function LoadedIncident({ id, datasourceUid }: { readonly id: string; readonly datasourceUid: string }) {
  const load = useCallback(async (): Promise<IncidentAnswer> => {
    const datasource = await loadDatasource(datasourceUid);
    return datasource.getResource<IncidentAnswer>(`incident/${encodeURIComponent(id)}`);
  }, [id, datasourceUid]);
  const { value, error, isLoading, reload } = useLoaded(load);
  useAutoRefresh(value?.incident.state === 'open' ? REFRESH : '', reload);

  return (
    <PluginPage
      pageNav={navOf(id, datasourceUid)}
      renderTitle={(title) => <h1>{value?.incident.headline ?? title}</h1>}
      subTitle={value === undefined ? undefined : <IncidentSummary incident={value.incident} />}
      actions={<ToolbarButton icon="sync" tooltip="Read again" onClick={reload} />}
    >
      <Stack direction="column" gap={2}>
        {error !== undefined && (
          <Alert severity="error" title={`Incident ${id} could not be read`}>
            <Stack direction="column" gap={1}>
              <span>{error}</span>
              <Stack direction="row" gap={1}>
                <Button variant="secondary" size="sm" onClick={reload}>
                  Try again
                </Button>
                <LinkButton variant="secondary" size="sm" href={href(incidentsPath(datasourceUid))}>
                  All incidents
                </LinkButton>
              </Stack>
            </Stack>
          </Alert>
        )}
        {value === undefined && error === undefined && <LoadingPlaceholder text={`Loading ${id}...`} />}
        {value !== undefined && (
          <article data-testid={testIds.app.incident} aria-busy={isLoading}>
            <IncidentView answer={value} datasourceUid={datasourceUid} />
          </article>
        )}
      </Stack>
    </PluginPage>
  );
}

/** Why one incident happened: what a person on call reads. */
export function IncidentPage() {
  const { id = '' } = useParams();
  const url = useUrlState();
  const datasource = chosenDatasource(datasourceChoices(), url.get('ds'));
  if (datasource === undefined)
    return (
      <PluginPage pageNav={navOf(id, undefined)}>
        <NoDatasource />
      </PluginPage>
    );
  return <LoadedIncident key={id} id={id} datasourceUid={datasource.uid} />;
}
