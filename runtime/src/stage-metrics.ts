import type { Registry } from 'prom-client';
import { Counter, Gauge } from 'prom-client';
import type { ConservationState } from './conservation.ts';

/**
 * Exports stages under the conservation law: `tapio_stage_records_total{stage,outcome}` with outcome
 * `received`, `sent` or `dropped_<reason>`, and `tapio_stage_in_flight_records{stage}`.
 */
export function exportStages(registry: Registry, stages: readonly (() => ConservationState)[]): void {
  new Counter({
    name: 'tapio_stage_records_total',
    help: 'Records of a stage by outcome: received = sent + dropped + in flight.',
    labelNames: ['stage', 'outcome'],
    registers: [registry],
    collect() {
      this.reset();
      for (const read of stages) {
        const state = read();
        this.inc({ stage: state.stage, outcome: 'received' }, state.received);
        this.inc({ stage: state.stage, outcome: 'sent' }, state.sent);
        for (const [reason, count] of Object.entries(state.dropped)) {
          this.inc({ stage: state.stage, outcome: `dropped_${reason}` }, count);
        }
      }
    },
  });
  new Gauge({
    name: 'tapio_stage_in_flight_records',
    help: 'Records that a stage holds.',
    labelNames: ['stage'],
    registers: [registry],
    collect() {
      for (const read of stages) {
        const state = read();
        this.set({ stage: state.stage }, state.inFlight);
      }
    },
  });
}

/** A figure that is read when it is asked for. A counter only ever grows. */
export interface Figure {
  readonly name: string;
  readonly help: string;
  readonly kind: 'gauge' | 'counter';
  readonly read: () => number;
}

/** Exports figures that a part keeps itself. */
export function exportFigures(registry: Registry, figures: readonly Figure[]): void {
  for (const { name, help, kind, read } of figures) {
    if (kind === 'gauge') {
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(read());
        },
      });
    } else {
      new Counter({
        name,
        help,
        registers: [registry],
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    }
  }
}
