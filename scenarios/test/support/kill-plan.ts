import { SeededRandom } from './seeded-random.ts';

export const VICTIMS = ['agent', 'loader', 'nats', 'neo4j'] as const;
export type Victim = (typeof VICTIMS)[number];

export interface PlannedKill {
  readonly victim: Victim;
  /** All four are up again before the pause begins; else it begins with the kill before. */
  readonly fromCalm: boolean;
  readonly pauseMs: number;
}

/** So often the parts get on with their work first; the other kills find some of them still coming up. */
const CALM_SHARE = 0.4;

const PAUSE_MS = { shortest: 100, longest: 4_500 } as const;

/** Each victim equally often, in an order and at moments that the seed decides. */
export function planKills(seed: number, killsEach: number): readonly PlannedKill[] {
  const random = new SeededRandom(seed);
  const victims = VICTIMS.flatMap((victim) => Array.from({ length: killsEach }, () => victim));
  return random.shuffled(victims).map((victim) => ({
    victim,
    fromCalm: random.next() < CALM_SHARE,
    pauseMs: random.integer(PAUSE_MS.shortest, PAUSE_MS.longest),
  }));
}
