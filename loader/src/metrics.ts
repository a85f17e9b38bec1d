import type { Figure, Registry } from '@tapio/runtime';
import { exportFigures, exportStages } from '@tapio/runtime';
import type { LoaderStatus, Timing } from './status.ts';

/** Figures of the loader; none is labelled with a pod or event. */
export function exportLoaderMetrics(registry: Registry, status: LoaderStatus): void {
  const figures: Figure[] = [];
  const gauge = (name: string, help: string, read: () => number): void => {
    figures.push({ name: `tapio_loader_${name}`, help, kind: 'gauge', read });
  };
  const counter = (name: string, help: string, read: () => number): void => {
    figures.push({ name: `tapio_loader_${name}_total`, help, kind: 'counter', read });
  };
  const timing = (name: string, what: string, read: Timing): void => {
    counter(`${name}_seconds`, `Time spent in ${what}.`, () => read.seconds);
    counter(name, `${what}, counted.`, () => read.count);
  };
  gauge('leading', '1 while this loader owns the cluster.', () =>
    status.phase === 'leading' || status.phase === 'replaying' ? 1 : 0,
  );
  gauge('epoch', 'Epoch of the lease that it holds or held last.', () => status.epoch);
  gauge('lag_messages', 'Messages stored and not yet read.', () => status.lag);
  gauge(
    'decided_timestamp_seconds',
    'When the newest message was stored whose events are decided over.',
    () => status.decidedUs / 1e6,
  );
  gauge('entity_cache_entries', 'Entities and bonds known to be in the graph.', () => status.cacheEntries);
  timing('transaction_a', 'transactions with events', status.transactionA);
  timing('transaction_b', 'transactions with decisions', status.transactionB);
  timing('engine_step', 'steps of the engine', status.step);
  counter('takeovers', 'Times that the lease was taken.', () => status.takeovers);
  counter('restarts', 'Times that the pipeline ended in trouble and began again.', () => status.restarts);
  counter('replayed_records', 'Records read again for the engine.', () => status.replayed);
  counter('incident_revisions', 'Revisions of incidents written.', () => status.incidentsWritten);
  counter('edges_added', 'CAUSED_BY edges written.', () => status.edgesAdded);
  counter('edges_withdrawn', 'CAUSED_BY edges withdrawn.', () => status.edgesWithdrawn);
  counter('entities_merged', 'Entities and bonds merged.', () => status.entitiesMerged);
  counter('expired_events', 'Events deleted by retention.', () => status.expiredEvents);
  counter('purged_messages', 'Messages purged from the stream.', () => status.purgedMessages);
  counter('dead_letters', 'Dead letters stored.', () => status.deadLetters);
  gauge('engine_events_held', 'Events in the memory of the engine.', () => status.engine?.eventsHeld ?? 0);
  gauge('engine_questions', 'Symptoms in the memory of the engine.', () => status.engine?.questions ?? 0);
  gauge(
    'engine_questions_unsettled',
    'Symptoms whose answer may change.',
    () => status.engine?.questionsUnsettled ?? 0,
  );
  counter(
    'engine_fact_queries',
    'Questions of the engine to the graph.',
    () => status.engine?.factQueries ?? 0,
  );
  exportFigures(registry, figures);
  exportStages(registry, [() => status.conservation.state()]);
}
