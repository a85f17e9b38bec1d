import { expect, test } from 'vitest';
import { countsOf } from './capturing-agent.ts';

const METRICS = `# HELP tapio_stage_records_total Records.
# TYPE tapio_stage_records_total counter
tapio_stage_records_total{stage="decode",outcome="received"} 12
tapio_stage_records_total{stage="decode",outcome="sent"} 10
tapio_stage_records_total{stage="decode",outcome="dropped_malformed"} 2
tapio_stage_records_total{stage="decode",outcome="dropped_not_collected"} 0
tapio_stage_records_total{stage="assemble",outcome="received"} 11
tapio_stage_records_total{stage="assemble",outcome="sent"} 11
tapio_stage_records_total{stage="assemble",outcome="dropped_spool_overflow"} 0
tapio_agent_crit_ring_accepted_records_total 5
tapio_agent_crit_ring_dropped_records_total 0
tapio_agent_bulk_ring_accepted_records_total 7
tapio_agent_bulk_ring_dropped_records_total 3
`;

test('an agent’s rings and stages are read from its metrics, each reason of a drop by its name', () => {
  const counts = countsOf(METRICS);
  expect(counts.crit).toEqual({ accepted: 5, dropped: 0 });
  expect(counts.bulk).toEqual({ accepted: 7, dropped: 3 });
  expect(counts.decode).toMatchObject({ received: 12, sent: 10 });
  expect([...counts.decode.dropped]).toEqual([
    ['malformed', 2],
    ['not_collected', 0],
  ]);
  expect([...counts.assemble.dropped]).toEqual([['spool_overflow', 0]]);
});

test('an agent without the ring is no agent that lost nothing', () => {
  expect(() => countsOf(METRICS.replaceAll('_bulk_', '_other_'))).toThrow(/ring bulk/);
});
