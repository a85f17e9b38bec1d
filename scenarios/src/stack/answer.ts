import { setTimeout as delay } from 'node:timers/promises';
import type { Incident } from '@tapio/domain';
import type { Graph } from '@tapio/store';
import { findIncidentsOfPod } from '@tapio/store';
import type { ScenarioRecord } from '../scenarios/scenario.ts';

export interface AwaitOptions {
  readonly graph: Graph;
  readonly record: ScenarioRecord;
  /** How long an answer that is there may take to become whole. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const POLL_MS = 200;

/**
 * Waits for the incident of the scenario's pod to be as the truth wants it: its cause named, all deaths in it, and
 * settled, so that it also says what was ruled out. When time is up, whatever is there; undefined when nothing is.
 */
export async function awaitAnswer(options: AwaitOptions): Promise<Incident | undefined> {
  const { graph, record, timeoutMs, signal } = options;
  const startedMs = performance.now();
  let newest: Incident | undefined;
  while (performance.now() - startedMs < timeoutMs) {
    const incidents = await findIncidentsOfPod(graph, {
      namespace: record.pod.namespace,
      pod: record.pod.name,
      signal,
    });
    newest = incidents.find((incident) => incident.pods.some((pod) => pod.uid === record.pod.uid)) ?? newest;
    if (newest !== undefined && isWhole(newest, record)) return newest;
    await delay(POLL_MS, undefined, { signal });
  }
  return newest;
}

function isWhole(incident: Incident, record: ScenarioRecord): boolean {
  return (
    incident.verdict.causeCode === record.truth.cause &&
    incident.verdict.status === 'settled' &&
    incident.count >= record.deaths.length &&
    (record.truth.change === null || incident.change !== undefined)
  );
}
