import type { Incident, ObjectRef } from '@tapio/domain';
import {
  microseconds,
  tableFrame,
  type FieldConfig,
  type Frame,
  type TableCell,
  type TableColumn,
} from '../sdk/index.ts';

/** `shop/checkout`, or the bare name of what has no namespace. */
export function objectName({ namespace, name }: ObjectRef): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** Text for a label that alerting routes by: never empty, which Grafana would drop. */
const NONE = 'none';

/** Page of an incident in the app. Grafana puts its own sub-path before a leading slash. */
function incidentUrl(incident: string, datasourceUid: string): string {
  return `/a/tapio-app/incidents/${incident}?ds=${encodeURIComponent(datasourceUid)}`;
}

interface Column extends TableColumn {
  readonly cell: (incident: Incident) => TableCell;
}

function rowsOf(columns: readonly Column[], incidents: readonly Incident[]): Iterable<readonly TableCell[]> {
  return incidents.map((incident) => columns.map(({ cell }) => cell(incident)));
}

function withoutCells(columns: readonly Column[]): readonly TableColumn[] {
  return columns.map(({ name, type, config }) => ({
    name,
    type,
    ...(config === undefined ? {} : { config }),
  }));
}

function shown(displayName: string, more: TableColumn['config'] = {}): Pick<TableColumn, 'config'> {
  return { config: { displayName, ...more } };
}

/** Pixels of a column, where people have set none. */
function width(pixels: number): Pick<FieldConfig, 'custom'> {
  return { custom: { width: pixels } };
}

function incidentLink(datasourceUid: string): Pick<TableColumn, 'config'> {
  // Written by hand: a percent-encoded `$` would not be filled in.
  const url = `/a/tapio-app/incidents/\${__value.raw}?ds=${encodeURIComponent(datasourceUid)}`;
  return shown('Incident', { ...width(125), links: [{ title: 'Open the incident', url }] });
}

function tableColumns(datasourceUid: string): readonly Column[] {
  return [
    {
      name: 'last_seen',
      type: 'time',
      ...shown('Last seen', width(165)),
      cell: ({ lastSeenUs }) => microseconds(lastSeenUs),
    },
    { name: 'incident', type: 'string', ...incidentLink(datasourceUid), cell: ({ id }) => id },
    {
      name: 'headline',
      type: 'string',
      ...shown('What happened', { custom: { minWidth: 420 } }),
      cell: ({ headline }) => headline,
    },
    { name: 'verdict', type: 'string', ...shown('Verdict', width(110)), cell: ({ verdict }) => verdict.word },
    {
      name: 'score',
      type: 'float64',
      ...shown('Score', { ...width(70), unit: 'percentunit', min: 0, max: 1, decimals: 0 }),
      cell: ({ verdict }) => verdict.score,
    },
    { name: 'state', type: 'string', ...shown('State', width(75)), cell: ({ state }) => state },
    { name: 'count', type: 'int64', ...shown('Times', width(70)), cell: ({ count }) => count },
    { name: 'kind', type: 'string', ...shown('Kind', width(100)), cell: ({ kind }) => kind },
    {
      name: 'subject',
      type: 'string',
      ...shown('Subject'),
      cell: ({ subject }) => `${subject.kind} ${objectName(subject)}`,
    },
    { name: 'cause', type: 'string', ...shown('Cause'), cell: ({ verdict }) => verdict.causeCode },
    { name: 'change', type: 'string', ...shown('Since which change'), cell: ({ change }) => change?.words },
    { name: 'actor', type: 'string', ...shown('By whom'), cell: ({ change }) => change?.actor },
    { name: 'status', type: 'string', ...shown('Status'), cell: ({ verdict }) => verdict.status },
    { name: 'namespace', type: 'string', ...shown('Namespace'), cell: ({ subject }) => subject.namespace },
    { name: 'cluster', type: 'string', ...shown('Cluster'), cell: ({ cluster }) => cluster },
    {
      name: 'first_seen',
      type: 'time',
      ...shown('First seen'),
      cell: ({ firstSeenUs }) => microseconds(firstSeenUs),
    },
  ];
}

/** One row per incident, for people. */
export function incidentTable(incidents: readonly Incident[], datasourceUid: string): Frame {
  const columns = tableColumns(datasourceUid);
  return tableFrame('incidents', withoutCells(columns), rowsOf(columns, incidents), {
    ...(incidents.length > 0
      ? {}
      : {
          meta: {
            notices: [
              {
                severity: 'info' as const,
                text: 'No incident matches: nothing that Tapio watches failed in this time, or the filters leave it out.',
              },
            ],
          },
        }),
  });
}

/** What does not change while an incident lasts, so that its alert stays the same alert. */
const ALERT_COLUMNS: readonly Column[] = [
  { name: 'incident', type: 'string', cell: ({ id }) => id },
  { name: 'kind', type: 'string', cell: ({ kind }) => kind },
  { name: 'cause', type: 'string', cell: ({ verdict }) => verdict.causeCode ?? NONE },
  { name: 'cluster', type: 'string', cell: ({ cluster }) => cluster },
  { name: 'namespace', type: 'string', cell: ({ subject }) => subject.namespace ?? NONE },
  { name: 'subject', type: 'string', cell: ({ subject }) => objectName(subject) },
  { name: 'headline', type: 'string', cell: ({ headline }) => headline },
  { name: 'open', type: 'int64', cell: ({ state }) => (state === 'open' ? 1 : 0) },
];

/**
 * One row per incident with exactly one number: 1 while it is open and 0 when it is closed or muted. Without any
 * incident there is one row of zero, so that "all is well" is never "no data".
 */
export function incidentAlerts(incidents: readonly Incident[]): Frame {
  const quiet = ALERT_COLUMNS.map(({ type }): TableCell => (type === 'string' ? NONE : 0));
  return tableFrame(
    'incidents',
    withoutCells(ALERT_COLUMNS),
    incidents.length === 0 ? [quiet] : rowsOf(ALERT_COLUMNS, incidents),
    { meta: { type: 'numeric-long', typeVersion: [0, 1] } },
  );
}

function annotationColumns(datasourceUid: string): readonly Column[] {
  return [
    { name: 'time', type: 'time', cell: ({ firstSeenUs }) => microseconds(firstSeenUs) },
    { name: 'timeEnd', type: 'time', cell: ({ lastSeenUs }) => microseconds(lastSeenUs) },
    { name: 'title', type: 'string', cell: ({ headline, verdict }) => `${headline} (${verdict.word})` },
    {
      name: 'text',
      type: 'string',
      cell: ({ id, change }) =>
        `${change === undefined ? '' : `${change.words}, ${change.actor}. `}<a href="${incidentUrl(id, datasourceUid)}">${id}</a>`,
    },
    {
      name: 'tags',
      type: 'string',
      cell: ({ kind, verdict }) => [kind, verdict.causeCode].filter((tag) => tag !== undefined).join(','),
    },
    { name: 'id', type: 'string', cell: ({ id }) => id },
  ];
}

/** Incidents as annotations on time series. */
export function incidentAnnotations(incidents: readonly Incident[], datasourceUid: string): Frame {
  const columns = annotationColumns(datasourceUid);
  return tableFrame('annotations', withoutCells(columns), rowsOf(columns, incidents), {
    meta: { dataTopic: 'annotations' },
  });
}
