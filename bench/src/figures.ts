import type { Figure, Row } from './bench.ts';

/** Claims are those of the original's README; targets are the ones that this project has set itself. */
export const FIGURES = {
  kernelEvents: { target: { is: 'at least', value: 100_000 } },
  lostEvents: { target: { is: 'exactly', value: 0 } },
  decode: { target: { is: 'at least', value: 1_500_000 } },
  ingest: { claim: '50,000', target: { is: 'at least', value: 500_000 } },
  publish: { claim: '30,000', target: { is: 'at least', value: 500_000 } },
  graphLoad: { claim: '10,000', target: { is: 'at least', value: 0.8, of: 'ratio' } },
  engine: { target: { is: 'at least', value: 100_000 } },
  weekGrowth: { target: { is: 'below', value: 10 } },
  idleCpu: { claim: 'below 5', target: { is: 'below', value: 1 } },
  idleMemory: { claim: '500', target: { is: 'below', value: 150 } },
  start: { target: { is: 'below', value: 60 } },
} as const satisfies Record<string, Figure>;

/** Whether a row keeps its target; undefined when it has none. */
export function isReached({ value, ratio, figure }: Row): boolean | undefined {
  const target = figure?.target;
  if (target === undefined) return undefined;
  const measured = target.of === 'ratio' ? ratio : value;
  if (measured === undefined) return false;
  switch (target.is) {
    case 'at least':
      return measured >= target.value;
    case 'below':
      return measured < target.value;
    case 'exactly':
      return measured === target.value;
  }
}
