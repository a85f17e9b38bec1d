import type { Incident, Severity } from '@tapio/domain';

/** One finding as scripts read it. `kind` and `name` are the object to act on. */
export interface Finding {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Code of docs/causes.md; `unknown` where no cause is clear. */
  readonly cause: string;
  readonly label: string;
  readonly score: number;
  /** Kind of symptom: crash_loop, scheduling, network, ... */
  readonly symptom: string;
  readonly severity: Severity;
  readonly touched: readonly string[];
  /** For `tapio why --from` and Grafana. */
  readonly incident: string;
  readonly chain: readonly {
    readonly role: string;
    readonly time: string;
    readonly text: string;
    readonly seenBy: string;
    /** `Kind/namespace/name`; empty where the step does not say. */
    readonly object: string;
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

/** What a rule calls less than an error comes after what breaks something now, however sure it is. */
const SEVERITY_WEIGHT: Readonly<Record<Severity, number>> = { error: 1, warning: 0.55, info: 0.25 };

/** A standing failure without a cause stands before what is merely noteworthy. */
const UNKNOWN_WEIGHT = 0.3;

/** An incident counts for more when others suffer by it; beyond so many it says no more. */
const TOUCHED_WEIGHT = 0.02;
const TOUCHED_COUNTED = 5;

function weightOf({ verdict, severity, touched }: Incident): number {
  const base = verdict.causeCode === undefined ? UNKNOWN_WEIGHT : verdict.score;
  return (
    base * SEVERITY_WEIGHT[severity ?? 'error'] + Math.min(touched.length, TOUCHED_COUNTED) * TOUCHED_WEIGHT
  );
}

/**
 * Incidents as findings, best first: open before closed, then by how sure, how grave and how far it reaches, then the
 * newer.
 */
export function findingsOf(incidents: readonly Incident[]): { readonly findings: readonly Finding[] } {
  const current = incidents.filter((incident) => incident.supersededBy === undefined);
  const sorted = current.sort(
    (a, b) =>
      Number(a.state === 'closed') - Number(b.state === 'closed') ||
      weightOf(b) - weightOf(a) ||
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
    severity: incident.severity ?? 'error',
    touched: incident.touched,
    incident: incident.id,
    chain: incident.chain.map(({ role, timeUs, text, seenBy, object = '' }) => ({
      role,
      time: iso(timeUs),
      text,
      seenBy,
      object,
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
