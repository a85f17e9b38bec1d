import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Badge, Tooltip, useStyles2, type BadgeColor } from '@grafana/ui';
import type { ChainStep, OriginatingChange } from '@tapio/domain';
import { testIds } from '../../shared/test-ids.ts';
import { dateTimeText, isoText, timeText } from './time.ts';

const COLORS: Readonly<Record<ChainStep['role'], BadgeColor>> = {
  change: 'purple',
  cause: 'orange',
  effect: 'red',
};

const styles = (theme: GrafanaTheme2) => ({
  list: css({
    listStyle: 'none',
    display: 'grid',
    gridTemplateColumns: 'max-content max-content minmax(12em, max-content) max-content',
    gap: theme.spacing(1, 2),
    alignItems: 'baseline',
    margin: 0,
  }),
  step: css({ display: 'contents' }),
  time: css({ fontVariantNumeric: 'tabular-nums', color: theme.colors.text.secondary }),
  aside: css({ color: theme.colors.text.secondary }),
});

function timeTitle({ timeUs, resolutionUs }: ChainStep): string {
  const exact = dateTimeText(timeUs);
  return resolutionUs === 0 ? exact : `${exact}, or up to ${resolutionUs / 1e6} s later`;
}

/** Who made the change, unless the step says so itself. */
function actorOf({ eventId, text }: ChainStep, change: OriginatingChange | undefined): string | undefined {
  return change === undefined || change.eventId !== eventId || text.includes(change.actor)
    ? undefined
    : change.actor;
}

interface Props {
  readonly chain: readonly ChainStep[];
  readonly change: OriginatingChange | undefined;
}

/** From the originating change down to the symptom: when, what, by whom, and who saw it. */
export function Chain({ chain, change }: Props) {
  const { list, step, time, aside } = useStyles2(styles);
  return (
    <ol className={list} data-testid={testIds.app.chain}>
      {chain.map((one) => {
        const actor = actorOf(one, change);
        return (
          <li key={one.eventId} className={step}>
            <Tooltip content={timeTitle(one)}>
              <time className={time} dateTime={isoText(one.timeUs)}>
                {timeText(one.timeUs)}
              </time>
            </Tooltip>
            <Badge color={COLORS[one.role]} text={one.role} />
            <span>
              {one.text}
              {actor !== undefined && <span className={aside}>, {actor}</span>}
            </span>
            <span className={aside}>[{one.seenBy}]</span>
          </li>
        );
      })}
    </ol>
  );
}
