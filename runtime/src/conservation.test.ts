import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { Conservation } from './conservation.ts';
import { exportFigures, exportStages } from './stage-metrics.ts';

test('a stage that accounts for everything is balanced, one that loses something shows how much', () => {
  let held = 3;
  const stage = new Conservation('decode', ['malformed', 'too_large'], () => held);
  stage.receive(10);
  stage.send(5);
  stage.drop('malformed', 2);
  expect(stage.state()).toEqual({
    stage: 'decode',
    received: 10,
    sent: 5,
    dropped: { malformed: 2, too_large: 0 },
    inFlight: 3,
    imbalance: 0,
  });
  held = 2;
  expect(stage.state().imbalance).toBe(1);
});

test('stages are exported by outcome, dropped ones by reason and with an explicit zero', async () => {
  const registry = new Registry();
  const stage = new Conservation('decode', ['malformed'], () => 1);
  exportStages(registry, [() => stage.state()]);
  stage.receive(4);
  stage.send(3);
  const text = await registry.metrics();
  expect(text).toContain('tapio_stage_records_total{stage="decode",outcome="received"} 4');
  expect(text).toContain('tapio_stage_records_total{stage="decode",outcome="sent"} 3');
  expect(text).toContain('tapio_stage_records_total{stage="decode",outcome="dropped_malformed"} 0');
  expect(text).toContain('tapio_stage_in_flight_records{stage="decode"} 1');
});

test('figures are read when they are asked for', async () => {
  const registry = new Registry();
  let value = 1;
  exportFigures(registry, [
    { name: 'tapio_a', help: 'a', kind: 'gauge', read: () => value },
    { name: 'tapio_b_total', help: 'b', kind: 'counter', read: () => value * 10 },
  ]);
  expect(await registry.metrics()).toContain('tapio_b_total 10');
  value = 3;
  const text = await registry.metrics();
  expect(text).toContain('tapio_a 3');
  expect(text).toContain('tapio_b_total 30');
});
