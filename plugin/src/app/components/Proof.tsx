import type { Incident } from '@tapio/domain';
import { Facts } from './Facts.tsx';

/** What the answer stands on, and how to get at it elsewhere. */
export function Proof({ incident }: { readonly incident: Incident }) {
  const { id, evidenceEventIds, gaps, rulesVersion, verdict } = incident;
  const count = evidenceEventIds.length;
  return (
    <Facts
      facts={[
        {
          term: 'Evidence',
          value: `${count} ${count === 1 ? 'event' : 'events'}, ${gaps.length === 0 ? 'capture complete' : 'capture with gaps'}`,
        },
        {
          term: 'Rules',
          value: `version ${rulesVersion}${verdict.rule === undefined ? '' : `, rule ${verdict.rule}`}`,
        },
        { term: 'Command line', value: <code>{`tapio show ${id}`}</code> },
      ]}
    />
  );
}
