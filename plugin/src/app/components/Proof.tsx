import type { Incident } from '@tapio/domain';
import { Facts } from './Facts.tsx';

/** What the answer stands on, and how to get at it elsewhere. */
export function Proof({ incident, evidence }: { readonly incident: Incident; readonly evidence: string }) {
  const { id, rulesVersion, verdict } = incident;
  return (
    <Facts
      facts={[
        { term: 'Evidence', value: evidence },
        {
          term: 'Rules',
          value: `version ${rulesVersion}${verdict.rule === undefined ? '' : `, rule ${verdict.rule}`}`,
        },
        { term: 'Command line', value: <code>{`tapio show ${id}`}</code> },
      ]}
    />
  );
}
