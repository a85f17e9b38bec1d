import type { Incident, ObservationEvent } from '@tapio/domain';
import type { RuleSet } from '@tapio/intelligence';
import { diagnose } from '@tapio/intelligence';
import type { Statement } from './measure.ts';

/** All that a case's dump shows. */
export interface Observed {
  readonly events: readonly ObservationEvent[];
  readonly takenUs: number;
}

export interface Answer {
  readonly statements: readonly Statement[];
  /** Of the first statement. */
  readonly incident: Incident | undefined;
  readonly tookMs: number;
}

/** Puts the events of a dump to the engine, as `tapio why --from` does. */
export async function answer({ events, takenUs }: Observed, rules: RuleSet): Promise<Answer> {
  const startedMs = performance.now();
  const { findings, incidents } = await diagnose({ cluster: 'truth', events, takenUs, rules });
  const tookMs = performance.now() - startedMs;
  const statements = findings.map((finding): Statement => {
    const object = `${finding.kind}/${finding.namespace}/${finding.name}`;
    const told = finding.chain.flatMap((step) => (step.object === '' ? [] : [step.object]));
    return {
      object,
      cause: finding.cause,
      score: finding.score,
      severity: finding.severity,
      // What is to be acted on is said to be behind all that follows, whether or not an event is about it.
      chain: told.includes(object) ? told : [object, ...told],
    };
  });
  const [first] = findings;
  return { statements, incident: incidents.find(({ id }) => id === first?.incident), tookMs };
}
