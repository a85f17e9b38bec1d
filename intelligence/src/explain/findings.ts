import type { Incident } from '@tapio/domain';

/** One finding as scripts read it. `kind` and `name` are the object to act on. */
export interface Finding {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Code of docs/causes.md; `unknown` where no cause is clear. */
  readonly cause: string;
  readonly label: string;
  readonly score: number;
  readonly symptom: string;
  readonly chain: readonly {
    readonly role: string;
    readonly time: string;
    readonly text: string;
    readonly seenBy: string;
  }[];
  readonly change: {
    readonly time: string;
    readonly object: string;
    readonly words: string;
    readonly actor: string;
  } | null;
  readonly ruledOut: readonly { readonly cause: string; readonly reason: string }[];
  readonly next: string;
}

function iso(us: number): string {
  return new Date(Math.floor(us / 1000)).toISOString();
}

/** Incidents as findings, best first: open before closed, surer before less sure, newer before older. */
export function findingsOf(incidents: readonly Incident[]): { readonly findings: readonly Finding[] } {
  const sorted = incidents
    .filter((incident) => incident.supersededBy === undefined)
    .sort(
      (a, b) =>
        Number(a.state === 'closed') - Number(b.state === 'closed') ||
        b.verdict.score - a.verdict.score ||
        b.lastSeenUs - a.lastSeenUs ||
        (a.id < b.id ? -1 : 1),
    );
  return { findings: sorted.map(findingOf) };
}

function findingOf(incident: Incident): Finding {
  const { subject, verdict, change } = incident;
  return {
    kind: subject.kind,
    namespace: subject.namespace ?? '',
    name: subject.name,
    cause: verdict.causeCode ?? 'unknown',
    label: incident.headline,
    score: verdict.score,
    symptom: incident.kind,
    chain: incident.chain.map(({ role, timeUs, text, seenBy }) => ({
      role,
      time: iso(timeUs),
      text,
      seenBy,
    })),
    change:
      change === undefined
        ? null
        : {
            time: iso(change.timeUs),
            object: [change.object.kind, change.object.namespace, change.object.name]
              .filter(Boolean)
              .join('/'),
            words: change.words,
            actor: change.actor,
          },
    ruledOut: incident.ruledOut,
    next: incident.next?.command ?? '',
  };
}
