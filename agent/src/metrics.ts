import type { Figure, Registry } from '@tapio/runtime';
import { exportFigures } from '@tapio/runtime';
import type { PodIndex } from './enrich/pod-index.ts';
import type { Pipeline } from './ingest/pipeline.ts';
import type { KernelCapture } from './kernel-capture.ts';
import type { Publisher } from './publisher/publisher.ts';
import type { FlightRecorder } from './recorder/flight-recorder.ts';
import type { Spool } from './spool/spool.ts';

export interface MeasuredParts {
  readonly spool: Spool;
  readonly publisher: Publisher;
  readonly recorder: FlightRecorder;
  readonly pipeline: Pipeline;
  readonly pods: PodIndex;
  readonly kernel: KernelCapture | undefined;
}

/** Figures of the agent beside its stages; none is labelled with a pod or event. */
export function exportAgentMetrics(registry: Registry, parts: MeasuredParts): void {
  const { spool, publisher, recorder, pipeline, pods, kernel } = parts;
  const figures: Figure[] = [];
  const gauge = (name: string, help: string, read: () => number): void => {
    figures.push({ name, help, kind: 'gauge', read });
  };
  const counter = (name: string, help: string, read: () => number): void => {
    figures.push({ name, help, kind: 'counter', read });
  };
  gauge('tapio_agent_spool_bytes', 'Bytes in the spool.', () => spool.state.sizeBytes);
  gauge('tapio_agent_spool_limit_bytes', 'Bound of the spool.', () => spool.state.maxBytes);
  gauge(
    'tapio_agent_spool_unacknowledged_frames',
    'Frames that are not acknowledged.',
    () => spool.state.unacknowledged,
  );
  counter('tapio_agent_batches_resent_total', 'Batches that were sent again.', () => publisher.counts.resent);
  counter(
    'tapio_agent_batches_duplicate_total',
    'Batches that the server had already.',
    () => publisher.counts.duplicates,
  );
  gauge('tapio_agent_recorder_bytes', 'Memory of the flight recorder.', () => recorder.sizeBytes);
  counter(
    'tapio_agent_recorder_evicted_events_total',
    'Events that the recorder gave up for memory.',
    () => recorder.evicted,
  );
  counter('tapio_agent_promoted_events_total', 'Bulk events that became signals.', () => pipeline.promoted);
  gauge('tapio_agent_pods', 'Pods known by name.', () => pods.size);
  if (kernel !== undefined) {
    for (const ring of kernel.capture.rings) {
      counter(
        `tapio_agent_${ring}_ring_accepted_records_total`,
        `Records that the ring ${ring} took.`,
        () => kernel.capture.drops(ring).accepted,
      );
      counter(
        `tapio_agent_${ring}_ring_dropped_records_total`,
        `Records that the ring ${ring} refused.`,
        () => kernel.capture.drops(ring).dropped,
      );
    }
    gauge(
      'tapio_agent_clock_error_microseconds',
      'Width of the last reading of the clocks.',
      () => kernel.clock.errorUs,
    );
  }
  exportFigures(registry, figures);
}
