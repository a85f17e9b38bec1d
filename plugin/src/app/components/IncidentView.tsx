import { css } from '@emotion/css';
import { dateTime, type GrafanaTheme2, type RawTimeRange } from '@grafana/data';
import { Alert, Stack, Text, useStyles2 } from '@grafana/ui';
import type { Incident, OriginatingChange } from '@tapio/domain';
import type { TapioQuery } from '../../datasource/types.ts';
import { exploreUrl, href, incidentPath } from '../links.ts';
import { CauseGraph } from './CauseGraph.tsx';
import { Chain } from './Chain.tsx';
import { CypherBehind } from './CypherBehind.tsx';
import { Facts, Sentences } from './Facts.tsx';
import { NextCommand } from './NextCommand.tsx';
import { Proof } from './Proof.tsx';
import { Section } from './Section.tsx';
import { Timeline, type TimelineEvent } from './Timeline.tsx';
import { dateTimeText } from './time.ts';

/** Answer of the backend's `/incident/<id>`. */
export interface IncidentAnswer {
  readonly incident: Incident;
  /** How many events it stands on, whether there were more, and whether capture was complete, in words. */
  readonly evidence: string;
  /** What the events leave out, in words. */
  readonly unlisted?: string;
  readonly events: readonly TimelineEvent[];
  readonly cypher: { readonly cause: string; readonly timeline: string; readonly incident: string };
  readonly mayRunCypher: boolean;
}

interface Props {
  readonly answer: IncidentAnswer;
  readonly datasourceUid: string;
}

const MARGIN_US = 300_000_000;

/** Steps that a graph in half the page has room for. */
const NARROW_STEPS = 3;

const styles = (theme: GrafanaTheme2) => ({
  // Two columns where there is room for a graph and for sentences beside it.
  columns: css({
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 6fr) minmax(0, 5fr)',
    gap: theme.spacing(3, 4),
    alignItems: 'start',
    [theme.breakpoints.down('xl')]: { gridTemplateColumns: 'minmax(0, 1fr)' },
  }),
  rows: css({ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: theme.spacing(3) }),
});

function rangeOf({ firstSeenUs, lastSeenUs, change }: Incident): RawTimeRange {
  const fromUs = Math.min(firstSeenUs, change?.timeUs ?? firstSeenUs) - MARGIN_US;
  return { from: dateTime(fromUs / 1000), to: dateTime((lastSeenUs + MARGIN_US) / 1000) };
}

/** For a change that is no step of the chain. */
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

/** What makes a person trust or doubt the answer. */
function Reasons({ incident }: { readonly incident: Incident }) {
  const { certain, ruledOut, touched, wouldHelp, checked } = incident;
  return (
    <Stack direction="column" gap={3}>
      {certain.length > 0 && (
        <Section title="What is certain">
          <Sentences lines={certain} />
        </Section>
      )}
      {ruledOut.length > 0 && (
        <Section title="Ruled out">
          <Facts facts={ruledOut.map(({ cause, reason }) => ({ term: cause, value: reason }))} />
        </Section>
      )}
      {checked !== undefined && (
        <Section title="Checked">
          <span>{checked}</span>
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
    </Stack>
  );
}

/** The answer in words first, then what it stands on. The page's title is the headline. */
export function IncidentView({ answer, datasourceUid }: Props) {
  const { columns, rows } = useStyles2(styles);
  const { incident, evidence, unlisted, events, cypher, mayRunCypher } = answer;
  const { id, chain, change, explanation, next, gaps, supersededBy } = incident;
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
  const isChangeTold = chain.some(({ eventId }) => eventId === change?.eventId);

  return (
    <Stack direction="column" gap={3}>
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
          <Chain chain={chain} change={change} />
        ) : (
          <Text color="secondary">No chain of events leads to a cause.</Text>
        )}
      </Section>
      {explanation !== undefined && (
        <Section title="Why">
          <span>{explanation}</span>
        </Section>
      )}
      {change !== undefined && !isChangeTold && (
        <Section title="What changed">
          <Change change={change} />
        </Section>
      )}
      {next !== undefined && (
        <Section title="Next">
          <NextCommand next={next} />
        </Section>
      )}
      <div className={chain.length > NARROW_STEPS ? rows : columns}>
        <Section title="Cause and effect">
          <CauseGraph
            datasourceUid={datasourceUid}
            incidentId={id}
            fromUs={incident.firstSeenUs}
            toUs={incident.lastSeenUs}
          />
          {behind('cause and effect', cypher.cause, { queryType: 'rootCause', incident: id }, 'graph')}
        </Section>
        <Stack direction="column" gap={3}>
          <Reasons incident={incident} />
          <Section title="Proof">
            <Proof incident={incident} evidence={evidence} />
            {behind('incident', cypher.incident, { queryType: 'incidents', search: id }, 'graph')}
          </Section>
        </Stack>
      </div>
      <Section title="Timeline">
        <Timeline events={events} />
        {unlisted !== undefined && <Text color="secondary">{`Before these: ${unlisted}.`}</Text>}
        {behind('timeline', cypher.timeline, { queryType: 'timeline', incident: id }, 'table')}
      </Section>
    </Stack>
  );
}
