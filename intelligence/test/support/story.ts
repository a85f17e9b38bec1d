import type { CausalEdge, CompleteThrough, Incident, ObservationEvent } from '@tapio/domain';
import type { Engine, EngineOptions } from '../../src/engine/engine.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { InMemoryFacts } from '../../src/facts/memory-facts.ts';
import { TEST_EPOCH_US, expandEvents } from '../../src/rules/rule-tests.ts';
import type { RuleTest } from '../../src/rules/schema.ts';
import { builtInRules } from './built-in-rules.ts';

const rules = builtInRules();

/** Compact events of the embedded tests' format, made full. Throws on a bad one. */
export function events(given: RuleTest['given'], prefix = ''): ObservationEvent[] {
  const failures: string[] = [];
  const list = expandEvents({ name: 'story', given, expect: 'silence' }, failures);
  if (failures.length > 0) throw new Error(failures.join('; '));
  return list.map((event) => ({ ...event, id: `${prefix}${event.id}` }));
}

export function at(seconds: number): number {
  return TEST_EPOCH_US + seconds * 1_000_000;
}

/** An engine with facts, and the graph as its decisions would leave it. */
export class Story {
  readonly facts = new InMemoryFacts();
  readonly engine: Engine;
  readonly incidents = new Map<string, Incident>();
  readonly edges = new Map<string, CausalEdge>();
  revisions = 0;

  constructor(options: Partial<EngineOptions> = {}) {
    this.engine = createEngine({ cluster: 'test', rules, facts: this.facts, completeFromUs: 0, ...options });
  }

  /** @param through seconds after the epoch up to which all nodes are complete */
  async step(
    list: readonly ObservationEvent[],
    when: { readonly now: number; readonly through?: number; readonly nodes?: readonly string[] },
  ): Promise<void> {
    this.facts.add(list);
    const { now, through, nodes = ['n1'] } = when;
    const marks: CompleteThrough = through === undefined ? {} : { kernel: at(through), kubelet: at(through) };
    const decision = await this.engine.step({
      events: list,
      completeThrough: nodes.map((node) => ({ node, completeThrough: marks })),
      nowUs: at(now),
    });
    for (const { effectId, causeId, rule } of decision.edgesWithdrawn) {
      const key = `${effectId} <- ${causeId} (${rule})`;
      if (!this.edges.delete(key)) throw new Error(`an edge was withdrawn that is not there: ${key}`);
    }
    for (const edge of decision.edgesAdded)
      this.edges.set(`${edge.effectId} <- ${edge.causeId} (${edge.rule})`, edge);
    for (const incident of decision.incidents) {
      const before = this.incidents.get(incident.id)?.revision ?? 0;
      if (incident.revision <= before)
        throw new Error(`${incident.id}: revision ${incident.revision} after ${before}`);
      this.incidents.set(incident.id, incident);
      this.revisions += 1;
    }
  }

  /** Incidents that count, newest first. */
  get standing(): Incident[] {
    return [...this.incidents.values()]
      .filter((incident) => incident.supersededBy === undefined)
      .sort((a, b) => b.lastSeenUs - a.lastSeenUs || (a.id < b.id ? -1 : 1));
  }

  get only(): Incident {
    const [first, ...rest] = this.standing;
    if (first === undefined || rest.length > 0) {
      throw new Error(
        `expected one incident, got ${this.standing.map((i) => i.headline).join(' | ') || 'none'}`,
      );
    }
    return first;
  }
}

type Given = RuleTest['given'];

const LIMIT = { limited_by: 'container', limit_bytes: 33_554_432, usage_bytes: 33_554_432 } as const;

/** The death of a run, with the kernel's records of an OOM kill at the container's limit. */
export function oomDeath(
  t: number,
  run: number,
  more: Readonly<Record<string, string | number | boolean>> = {},
): Given {
  const process = { comm: 'java', pid: 6344 + run, container_init: true, run, ...more };
  return [
    { t: `${t * 1000 + 200}ms`, event: 'oom_kill', ...process, ...LIMIT },
    { t: `${t * 1000 + 210}ms`, event: 'process_exit', ...process, signal: 9, oom_killed: true },
    { t: `${t}s`, event: 'container_died', exit_code: 137, reason: 'OOMKilled', restart_count: run, ...more },
  ];
}

/** limits.memory of container report goes from 256Mi to 32Mi. */
export function limitLowered(
  t: number,
  more: Readonly<Record<string, string | number | boolean>> = {},
): Given {
  return [
    {
      t: `${t}s`,
      event: 'workload_spec_changed',
      field: 'spec.containers[report].resources.limits.memory',
      category: 'resources',
      old: '256Mi',
      new: '32Mi',
      words: 'limits.memory 256Mi -> 32Mi',
      manager: 'kubectl-patch',
      old_revision: '5d8f',
      new_revision: '7d9c6b5f4',
      ...more,
    },
  ];
}
