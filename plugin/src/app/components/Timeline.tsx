import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, Text, useStyles2, type IconName } from '@grafana/ui';
import { testIds } from '../../shared/test-ids.ts';
import { dateTimeText, isoText } from './time.ts';

/** An event as the backend tells it for a page. */
export interface TimelineEvent {
  readonly id: string;
  readonly timeUs: number;
  readonly severity: 'info' | 'warning' | 'error';
  readonly source: string;
  readonly type: string;
  readonly summary: string;
}

const ICONS: Readonly<Record<TimelineEvent['severity'], IconName>> = {
  info: 'info-circle',
  warning: 'exclamation-triangle',
  error: 'exclamation-circle',
};

const styles = (theme: GrafanaTheme2) => ({
  table: css({
    width: '100%',
    '& td, & th': { padding: theme.spacing(0.5, 1), verticalAlign: 'baseline', textAlign: 'start' },
    '& tbody tr:nth-child(odd)': { background: theme.colors.background.secondary },
  }),
  info: css({ color: theme.colors.info.text }),
  warning: css({ color: theme.colors.warning.text }),
  error: css({ color: theme.colors.error.text }),
});

/** Every event that the answer stands on, in the order of time. */
export function Timeline({ events }: { readonly events: readonly TimelineEvent[] }) {
  const look = useStyles2(styles);
  if (events.length === 0) return <Text color="secondary">The events are no longer in the graph.</Text>;
  return (
    <table className={look.table} data-testid={testIds.app.timeline}>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Event</th>
          <th scope="col">Seen by</th>
        </tr>
      </thead>
      <tbody>
        {events.map(({ id, timeUs, severity, source, type, summary }) => (
          <tr key={id}>
            <td>
              <time dateTime={isoText(timeUs)}>{dateTimeText(timeUs)}</time>
            </td>
            <td>
              <span className={look[severity]}>
                <Icon name={ICONS[severity]} aria-label={severity} />
              </span>{' '}
              <span title={type}>{summary}</span>
            </td>
            <td>{source}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
