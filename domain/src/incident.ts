import type { EntityLabel } from './entities.ts';
import type { Severity } from './vocabulary/row.ts';

/** Kinds of symptom that open an incident. Rules may only use these. */
export const INCIDENT_KINDS = [
  'crash_loop',
  'latency',
  'security',
  'scheduling',
  'image',
  'config',
  'availability',
  'network',
  'storage',
  'node',
  'admission',
  'rollout',
  'job',
  'control_plane',
] as const;
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

/** How sure an answer is, in words; numbers behind them are calibrated scores. */
export const VERDICT_WORDS = ['Likely', 'Possible', 'No clear cause'] as const;
export type VerdictWord = (typeof VERDICT_WORDS)[number];

/** An object as a person would name it to kubectl. */
export interface ObjectRef {
  readonly label: EntityLabel;
  /** Kubernetes kind: Deployment, Pod, Node. */
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** One line of the chain, from the originating change down to the symptom. */
export interface ChainStep {
  readonly role: 'change' | 'cause' | 'effect';
  readonly eventId: string;
  readonly timeUs: number;
  /** How far the true time may lie after `timeUs`; 0 for kernel events. */
  readonly resolutionUs: number;
  readonly text: string;
  /** Who saw it: kernel, kubelet, ... */
  readonly seenBy: string;
  /** What it happened to, as `Kind/namespace/name`; absent where the event does not say. */
  readonly object?: string;
}

/** The change that began it: what, when, through whom. */
export interface OriginatingChange {
  readonly eventId: string;
  readonly timeUs: number;
  readonly object: ObjectRef;
  readonly words: string;
  /** Who: a user where an audit record names one, else how it was made, said as such. */
  readonly actor: string;
}

export interface RuledOut {
  /** What was considered, in words: `liveness kill`. */
  readonly cause: string;
  /** Why it was not it, in one clause. */
  readonly reason: string;
}

export interface Verdict {
  readonly word: VerdictWord;
  /** 0 to 1. */
  readonly score: number;
  /** `provisional` while a window that could change it is open. */
  readonly status: 'provisional' | 'settled';
  /** Closed code of the cause (docs/causes.md); absent for `No clear cause`. */
  readonly causeCode?: string;
  /** Rule that made it; absent for `No clear cause`. */
  readonly rule?: string;
}

/** Something to paste, read-only or an undo, and why it should help. */
export interface NextStep {
  readonly command: string;
  readonly reason: string;
}

/** What a person reads: one per root and symptom kind. Absolute state: a newer revision replaces it whole. */
export interface Incident {
  /** `INC-` and eight letters and digits, made from what the incident is about: the same when replayed. */
  readonly id: string;
  readonly revision: number;
  readonly cluster: string;
  readonly kind: IncidentKind;
  /** How much it matters, from the rule; absent in incidents of earlier versions: as `error`. */
  readonly severity?: Severity;
  readonly state: 'open' | 'closed' | 'muted';
  /** Set when a later verdict grouped its symptoms under another incident. */
  readonly supersededBy?: string;
  /** What misbehaves, and what to act on. */
  readonly subject: ObjectRef;
  /** First line: object, symptom, cause; fit for a pager. */
  readonly headline: string;
  readonly verdict: Verdict;
  /** From change to effect, of the newest symptom. */
  readonly chain: readonly ChainStep[];
  readonly change?: OriginatingChange;
  readonly ruledOut: readonly RuledOut[];
  /** Sentences that hold whatever the cause: `six exits with code 1, each 2.1 s after start`. */
  readonly certain: readonly string[];
  /** How the cause brings the symptom about, in a sentence or two. */
  readonly explanation?: string;
  /** How many rules were tried and which came nearest, where the cause is not clear. */
  readonly checked?: string;
  /** What would help where the cause is not clear. */
  readonly wouldHelp: readonly string[];
  readonly next?: NextStep;
  /** Other objects that suffer. */
  readonly touched: readonly string[];
  /** Symptoms in all; `symptomEventIds` names the newest `INCIDENT_LIMITS.symptoms`. */
  readonly count: number;
  readonly firstSeenUs: number;
  readonly lastSeenUs: number;
  readonly symptomEventIds: readonly string[];
  readonly rootCauseEventId?: string;
  /** Every event that the answer stands on. */
  readonly evidenceEventIds: readonly string[];
  /** Gaps in which evidence may be missing, in words; empty when capture was complete. */
  readonly gaps: readonly string[];
  readonly rulesVersion: string;
  /** Pods of the symptoms, newest first, bounded. */
  readonly pods: readonly IncidentPod[];
}

export interface IncidentPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * What an incident's list of evidence leaves out, in words: it is bounded, and so many earlier symptoms are counted
 * without their events being named. Undefined where it names all.
 */
export function unlistedWords(
  incident: Pick<Incident, 'count' | 'symptomEventIds' | 'evidenceEventIds'>,
): string | undefined {
  const evidence = new Set(incident.evidenceEventIds);
  const unlisted = incident.count - incident.symptomEventIds.filter((id) => evidence.has(id)).length;
  if (unlisted <= 0) return undefined;
  return `${unlisted} earlier ${unlisted === 1 ? 'symptom is' : 'symptoms are'} counted only`;
}

/** `10 events, capture complete`, and what the list of them leaves out. */
export function evidenceWords(
  incident: Pick<Incident, 'count' | 'symptomEventIds' | 'evidenceEventIds' | 'gaps'>,
): string {
  const events = incident.evidenceEventIds.length;
  const unlisted = unlistedWords(incident);
  return [
    `${events} ${events === 1 ? 'event' : 'events'}`,
    ...(unlisted === undefined ? [] : [unlisted]),
    incident.gaps.length === 0 ? 'capture complete' : 'capture with gaps',
  ].join(', ');
}

export const INCIDENT_LIMITS = {
  symptoms: 100,
  evidence: 200,
  chain: 12,
  ruledOut: 16,
  pods: 32,
  touched: 16,
} as const;
