import { css } from '@emotion/css';
import {
  InteractiveTable,
  Text,
  TextLink,
  Tooltip,
  useStyles2,
  type CellProps,
  type Column,
} from '@grafana/ui';
import type { Incident } from '@tapio/domain';
import { useMemo } from 'react';
import { INCIDENT_KIND_WORDS } from '../../shared/words.ts';
import { incidentPath } from '../links.ts';
import { StateBadge } from './StateBadge.tsx';
import { agoText, dateTimeText } from './time.ts';
import { VerdictBadge } from './VerdictBadge.tsx';

interface Props {
  readonly incidents: readonly Incident[];
  readonly datasourceUid: string;
}

/** Only the sentence in the first column may break into lines; below its least width the table scrolls. */
const styles = () => ({
  table: css({
    overflowX: 'auto',
    '& th, & td': { whiteSpace: 'nowrap' },
    '& td:first-of-type': { whiteSpace: 'normal', minWidth: '20em', width: '100%' },
  }),
});

type Cell = CellProps<Incident, unknown>;

function subjectText({ subject }: Incident): string {
  return subject.namespace === undefined ? subject.name : `${subject.namespace}/${subject.name}`;
}

/** One row per incident; its headline leads to its page. */
export function IncidentTable({ incidents, datasourceUid }: Props) {
  const { table } = useStyles2(styles);
  const data = useMemo(() => [...incidents], [incidents]);
  const columns = useMemo<Array<Column<Incident>>>(
    () => [
      {
        id: 'headline',
        header: 'What happened',
        cell: ({ row }: Cell) => (
          <TextLink href={incidentPath(row.original.id, datasourceUid)} inline={false}>
            {row.original.headline}
          </TextLink>
        ),
      },
      {
        id: 'verdict',
        header: 'Verdict',
        cell: ({ row }: Cell) => <VerdictBadge verdict={row.original.verdict} />,
      },
      { id: 'kind', header: 'Kind', cell: ({ row }: Cell) => <>{INCIDENT_KIND_WORDS[row.original.kind]}</> },
      {
        id: 'subject',
        header: 'Subject',
        cell: ({ row }: Cell) => (
          <>
            {row.original.subject.kind} {subjectText(row.original)}
          </>
        ),
      },
      {
        id: 'count',
        header: 'Times',
        sortType: 'number',
        cell: ({ row }: Cell) => <>{row.original.count}</>,
      },
      {
        id: 'lastSeenUs',
        header: 'Last seen',
        sortType: 'number',
        cell: ({ row }: Cell) => (
          <Tooltip content={dateTimeText(row.original.lastSeenUs)}>
            <span>{agoText(row.original.lastSeenUs)}</span>
          </Tooltip>
        ),
      },
      {
        id: 'state',
        header: 'State',
        sortType: 'alphanumeric',
        cell: ({ row }: Cell) => <StateBadge state={row.original.state} />,
      },
      {
        id: 'id',
        header: 'Incident',
        cell: ({ row }: Cell) => (
          <Text variant="code" color="secondary">
            {row.original.id}
          </Text>
        ),
      },
    ],
    [datasourceUid],
  );
  return (
    <div className={table}>
      <InteractiveTable columns={columns} data={data} getRowId={({ id }) => id} pageSize={50} />
    </div>
  );
}
