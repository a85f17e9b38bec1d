import { dateTime, type RawTimeRange } from '@grafana/data';
import { Alert, Stack, Text } from '@grafana/ui';
import type { Incident, OriginatingChange } from '@tapio/domain';
import type { ReactNode } from 'react';
import type { TapioQuery } from '../../datasource/types.ts';
import { exploreUrl, href, incidentPath } from '../links.ts';
import { INCIDENT_KIND_WORDS } from '../../shared/words.ts';
import { CauseGraph } from './CauseGraph.tsx';
import { Chain } from './Chain.tsx';
import { CypherBehind } from './CypherBehind.tsx';
import { Facts, Sentences } from './Facts.tsx';
import { NextCommand } from './NextCommand.tsx';
import { Section } from './Section.tsx';
import { StateBadge } from './StateBadge.tsx';
import { Timeline, type TimelineEvent } from './Timeline.tsx';
import { dateTimeText } from './time.ts';
import { VerdictBadge } from './VerdictBadge.tsx';

/** Answer of the backend's `/incident/<id>`. */
export interface IncidentAnswer {
  readonly incident: Incident;
  readonly events: readonly TimelineEvent[];
  readonly cypher: { readonly cause: string; readonly timeline: string; readonly incident: string };
  readonly mayRunCypher: boolean;
}

interface Props {
  readonly answer: IncidentAnswer;
  readonly datasourceUid: string;
  readonly refreshButton: ReactNode;
}

const MARGIN_US = 300_000_000;

function rangeOf({ firstSeenUs, lastSeenUs, change }: Incident): RawTimeRange {
  const fromUs = Math.min(firstSeenUs, change?.timeUs ?? firstSeenUs) - MARGIN_US;
  return { from: dateTime(fromUs / 1000), to: dateTime((lastSeenUs + MARGIN_US) / 1000) };
}

function Change({ change }: { readonly change: OriginatingChange }) {
  const { object, words, actor, timeUs } = change;
  const name = object.namespace === undefined ? object.name : `${object.namespace}/${object.name}`;
  return (
    <Facts
      facts={[
        { term: 'What', value: words },
        { term: 'Object', value: `${object.kind} ${name}` },
        { term: 'When', value: dateTimeText(timeUs) },
        { term: 'By whom', value: actor },
      ]}
    />
  );
}

function proofText({ evidenceEventIds, gaps }: Incident): string {
  const count = evidenceEventIds.length;
  return `${count} ${count === 1 ? 'event' : 'events'}, ${gaps.length === 0 ? 'capture complete' : 'capture with gaps'}`;
}

function Heading({
  incident,
  refreshButton,
}: {
  readonly incident: Incident;
  readonly refreshButton: ReactNode;
}) {
  const { headline, verdict, state, kind, count, firstSeenUs, lastSeenUs } = incident;
  return (
    <Stack direction="column" gap={1}>
      <Stack direction="row" justifyContent="space-between" alignItems="flex-start">
        <Text element="h2" variant="h3">
          {headline}
        </Text>
        {refreshButton}
      </Stack>
      <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
        <VerdictBadge verdict={verdict} />
        <StateBadge state={state} />
        <Text color="secondary">
          {INCIDENT_KIND_WORDS[kind]}, {count === 1 ? 'once' : `${count} times`}, first{' '}
          {dateTimeText(firstSeenUs)}, last {dateTimeText(lastSeenUs)}
        </Text>
      </Stack>
    </Stack>
  );
}

/** The answer in words first, then what it stands on. */
export function IncidentView({ answer, datasourceUid, refreshButton }: Props) {
  const { incident, events, cypher, mayRunCypher } = answer;
  const {
    id,
    chain,
    change,
    certain,
    ruledOut,
    touched,
    wouldHelp,
    next,
    gaps,
    rulesVersion,
    verdict,
    supersededBy,
  } = incident;
  const range = rangeOf(incident);
  const explore = (query: Omit<TapioQuery, 'refId'>): string => exploreUrl(datasourceUid, query, range);
  const behind = (title: string, text: string, query: Omit<TapioQuery, 'refId'>, type: 'graph' | 'table') => (
    <CypherBehind
      title={title}
      cypher={text}
      exploreHref={explore(query)}
      cypherHref={mayRunCypher ? explore({ queryType: type, cypher: text }) : undefined}
    />
  );

  return (
    <Stack direction="column" gap={4}>
      <Heading incident={incident} refreshButton={refreshButton} />
      {supersededBy !== undefined && (
        <Alert severity="info" title="This is now part of another incident">
          <a href={href(incidentPath(supersededBy, datasourceUid))}>{supersededBy}</a> has the same root and
          is kept up to date.
        </Alert>
      )}
      {gaps.length > 0 && (
        <Alert severity="warning" title="Evidence may be missing">
          <Sentences lines={gaps} />
        </Alert>
      )}
      <Section title="What happened">
        {chain.length > 0 ? (
          <Chain chain={chain} />
        ) : (
          <Text color="secondary">No chain of events leads to a cause.</Text>
        )}
      </Section>
      {certain.length > 0 && (
        <Section title="What is certain">
          <Sentences lines={certain} />
        </Section>
      )}
      {change !== undefined && (
        <Section title="What changed">
          <Change change={change} />
        </Section>
      )}
      {ruledOut.length > 0 && (
        <Section title="Ruled out">
          <Facts facts={ruledOut.map(({ cause, reason }) => ({ term: cause, value: reason }))} />
        </Section>
      )}
      {touched.length > 0 && (
        <Section title="Touched">
          <Sentences lines={touched} />
        </Section>
      )}
      {wouldHelp.length > 0 && (
        <Section title="Would help">
          <Sentences lines={wouldHelp} />
        </Section>
      )}
      {next !== undefined && (
        <Section title="Next">
          <NextCommand next={next} />
        </Section>
      )}
      <Section title="Cause and effect">
        <CauseGraph
          datasourceUid={datasourceUid}
          incidentId={id}
          fromUs={incident.firstSeenUs}
          toUs={incident.lastSeenUs}
        />
        {behind('cause and effect', cypher.cause, { queryType: 'rootCause', incident: id }, 'graph')}
      </Section>
      <Section title="Timeline">
        <Timeline events={events} />
        {behind('timeline', cypher.timeline, { queryType: 'timeline', incident: id }, 'table')}
      </Section>
      <Section title="Proof">
        <Facts
          facts={[
            { term: 'Evidence', value: proofText(incident) },
            {
              term: 'Rules',
              value: `version ${rulesVersion}${verdict.rule === undefined ? '' : `, rule ${verdict.rule}`}`,
            },
            { term: 'Command line', value: <code>{`tapio show ${id}`}</code> },
          ]}
        />
        {behind('incident', cypher.incident, { queryType: 'incidents', search: id }, 'graph')}
      </Section>
    </Stack>
  );
}
