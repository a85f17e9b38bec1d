import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What is true of a scenario, whoever finds it out: tests and `--once` compare answers with it. */
const Truth = z.strictObject({
  /** Folder of the scenario. */
  scenario: z.string(),
  /** In a sentence. */
  what: z.string(),
  object: z.strictObject({ kind: z.string(), namespace: z.string(), name: z.string() }),
  /** Kind of incident; null where nothing is wrong. */
  kind: z.enum(['crash_loop']).nullable(),
  /** Code of the closed list of causes. */
  cause: z.string().nullable(),
  /** Types of the events of the chain, from the symptom down to the root. */
  chain: z.array(z.string()),
  change: z
    .strictObject({
      type: z.string(),
      field: z.string(),
      old: z.string(),
      new: z.string(),
      manager: z.string(),
    })
    .nullable(),
  /** Name of the process that did it, where a process did. */
  sender: z.string().nullable(),
});

export type Truth = z.infer<typeof Truth>;

export const SCENARIO_NAMES = ['oom-crash-loop', 'sigkill', 'healthy'] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

export function readTruth(scenario: ScenarioName): Truth {
  const path = join(import.meta.dirname, '..', scenario, 'truth.json');
  return Truth.parse(JSON.parse(readFileSync(path, 'utf8')));
}
