import type { CausalEdge, CausalEdgeKey, CompleteThrough, Incident, ObservationEvent } from '@tapio/domain';
import { NO_NODE, objectOf } from '@tapio/domain';
import { objectText } from '@tapio/kube';
import { createEngine } from '../engine/engine.ts';
import type { RuleExplanation } from '../engine/near-miss.ts';
import type { EngineSettings } from '../engine/settings.ts';
import { ENGINE_DEFAULTS } from '../engine/settings.ts';
import type { Finding } from '../explain/findings.ts';
import { findingsOf } from '../explain/findings.ts';
import { InMemoryFacts } from '../facts/memory-facts.ts';
import type { RuleSet } from '../rules/rule-set.ts';

export interface DiagnoseInput {
  readonly cluster: string;
  /** All that a dump shows (`observeSnapshot`, `matchLogs`), in any order. */
  readonly events: readonly ObservationEvent[];
  /** When the dump was taken, Unix microseconds: what happened later is not known. */
  readonly takenUs: number;
  readonly rules: RuleSet;
}

export interface Diagnosis {
  /** All that were made of the events, the closed ones too. */
  readonly incidents: readonly Incident[];
  /** From effects to causes, as they stand at the end. */
  readonly edges: readonly CausalEdge[];
  /** What is wrong now, best first. */
  readonly findings: readonly Finding[];
  /**
   * Why a rule did or did not explain the symptom of an incident; undefined where there is no such incident or rule.
   */
  readonly explainRule: (incidentId: string, ruleId: string) => Promise<RuleExplanation | undefined>;
}

const DAY_MS = 86_400_000;
const DAY_US = DAY_MS * 1000;

/** Everything fits in memory, nothing is too old, and one step looks at all. */
const OFFLINE: Partial<EngineSettings> = {
  horizonMs: 20 * 365 * DAY_MS,
  eventsHeld: 4_000_000,
  eventsPerKey: 100_000,
  questionsHeld: 1_000_000,
  incidentsHeld: 1_000_000,
  ruleBudgetMs: 20_000,
};

/** Sources of which a dump holds all that there is. A kernel’s records are in none: their absence says nothing. */
const IN_DUMPS = ['kubeapi', 'kubelet', 'log'] as const;

/** Beyond the longest window of a rule: with it, every window is complete. */
const WINDOWS_END_US = 40 * DAY_US;

/** Asks the engine about a dump: the same rules, joins and words as live, with all of it in memory. */
export async function diagnose(input: DiagnoseInput): Promise<Diagnosis> {
  const { cluster, events, takenUs, rules } = input;
  const facts = new InMemoryFacts();
  facts.add(events);
  const engine = createEngine({ cluster, rules, facts, settings: OFFLINE, completeFromUs: 0 });
  const completeThrough: CompleteThrough = Object.fromEntries(
    IN_DUMPS.map((source) => [source, takenUs + WINDOWS_END_US]),
  );
  const nodes = new Set([NO_NODE, ...events.map((event) => event.node)]);
  const marks = [...nodes].map((node) => ({ node, completeThrough }));
  const incidents = new Map<string, Incident>();
  const edges = new Map<string, CausalEdge>();
  const settledUs = takenUs + (ENGINE_DEFAULTS.settleWaitMs + 1) * 1000;
  for (const step of [
    { events, completeThrough: marks, nowUs: takenUs },
    { events: [], completeThrough: [], nowUs: settledUs },
  ]) {
    const decision = await engine.step(step);
    for (const edge of decision.edgesWithdrawn) edges.delete(edgeKey(edge));
    for (const edge of decision.edgesAdded) edges.set(edgeKey(edge), edge);
    for (const incident of decision.incidents) incidents.set(incident.id, incident);
  }
  const all = [...incidents.values()];
  const open = all.filter((incident) => incident.state !== 'closed');
  return {
    incidents: all,
    edges: [...edges.values()],
    findings: findingsOf(withoutAccounted(open, events)).findings,
    explainRule: async (incidentId, ruleId) => {
      const ids = incidents.get(incidentId)?.symptomEventIds ?? [];
      const list = await Promise.all(ids.map((id) => engine.explainRule(id, ruleId)));
      return list.filter((one) => one !== undefined).sort(byNearness)[0];
    },
  };
}

/** A symptom of the incident that the rule explains, else one that it is about, before all others. */
function byNearness(a: RuleExplanation, b: RuleExplanation): number {
  return b.score - a.score || b.trace.length - a.trace.length;
}

function edgeKey({ effectId, causeId, rule }: CausalEdgeKey): string {
  return JSON.stringify([effectId, causeId, rule]);
}

/** Leaves out failures without a known cause of an object for whose symptoms another incident accounts. */
function withoutAccounted(
  incidents: readonly Incident[],
  events: readonly ObservationEvent[],
): readonly Incident[] {
  const objects = new Map(events.map((event) => [event.id, objectOf(event)]));
  const accounted = new Set(
    incidents
      .filter(({ verdict }) => verdict.causeCode !== undefined)
      .flatMap(({ subject, symptomEventIds }) => [
        subjectText(subject),
        ...symptomEventIds.flatMap((id) => objects.get(id) ?? []),
      ]),
  );
  return incidents.filter(
    ({ verdict, subject }) => verdict.causeCode !== undefined || !accounted.has(subjectText(subject)),
  );
}

function subjectText({ kind, namespace = '', name }: Incident['subject']): string {
  return objectText({ kind, namespace, name });
}
