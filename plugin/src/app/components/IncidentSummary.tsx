import { Stack, Text } from '@grafana/ui';
import type { Incident } from '@tapio/domain';
import { INCIDENT_KIND_WORDS } from '../../shared/words.ts';
import { StateBadge } from './StateBadge.tsx';
import { dateTimeText } from './time.ts';
import { VerdictBadge } from './VerdictBadge.tsx';

/** Under the headline: how sure, whether it goes on, how often, since when, and the id to pass on. */
export function IncidentSummary({ incident }: { readonly incident: Incident }) {
  const { id, verdict, state, kind, count, firstSeenUs, lastSeenUs } = incident;
  return (
    <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
      <VerdictBadge verdict={verdict} />
      <StateBadge state={state} />
      <Text color="secondary">
        {INCIDENT_KIND_WORDS[kind]}, {count === 1 ? 'once' : `${count} times`}, first{' '}
        {dateTimeText(firstSeenUs)}, last {dateTimeText(lastSeenUs)}
      </Text>
      <Text variant="code" color="secondary">
        {id}
      </Text>
    </Stack>
  );
}
