import type { TruthCase } from '../case.ts';
import type { Claim, Share } from './statistics.ts';
import { expectedCalibrationError, share } from './statistics.ts';

/** One ranked statement: an object as `Kind/namespace/name`, a cause code, how sure. */
export interface Statement {
  readonly object: string;
  readonly cause: string;
  readonly score: number;
  readonly severity: 'error' | 'warning' | 'info';
  /** Objects from the root down, as the answer's chain names them. */
  readonly chain: readonly string[];
}

/** What was answered to one case, best first. */
export interface Answered {
  readonly truth: TruthCase;
  readonly statements: readonly Statement[];
}

export interface Measures {
  readonly cases: number;
  /** Right first time: object and cause. */
  readonly first: Share;
  readonly firstObject: Share;
  readonly firstThree: Share;
  readonly firstThreeObject: Share;
  /** Mean reciprocal rank of object and cause. */
  readonly reciprocalRank: number;
  /** First statements that are `Likely` and wrong. */
  readonly wrongLikely: Share;
  /** Faults to which nothing was answered, or no cause. */
  readonly abstained: Share;
  readonly edgePrecision: Share;
  readonly edgeRecall: Share;
  readonly calibrationError: number;
  readonly claims: readonly Claim[];
}

/** From this score on an answer says `Likely` (SCORING.likely of the engine, which the test compares). */
export const LIKELY = 0.8;

export function objectIsRight(statement: { readonly object: string } | undefined, truth: TruthCase): boolean {
  if (statement === undefined || truth.truth === null) return false;
  const { kind, namespace, name } = truth.truth.object;
  return statement.object === `${kind}/${namespace}/${name}`;
}

export function isRight(
  statement: { readonly object: string; readonly cause: string | undefined } | undefined,
  truth: TruthCase,
): boolean {
  return (
    statement?.cause !== undefined &&
    objectIsRight(statement, truth) &&
    (truth.truth?.causes.includes(statement.cause) ?? false)
  );
}

function rankOf(answered: Answered, matches: typeof isRight): number {
  const index = answered.statements.findIndex((statement) => matches(statement, answered.truth));
  return index < 0 ? Number.POSITIVE_INFINITY : index + 1;
}

/** Measures answers to faults; healthy states are left to `falseFindings`. */
export function measure(answers: readonly Answered[]): Measures {
  const faults = answers.filter(({ truth }) => truth.truth !== null);
  const count = (holds: (answered: Answered) => boolean): Share =>
    share(faults.filter(holds).length, faults.length);
  const ranks = faults.map((answered) => rankOf(answered, isRight));
  const objectRanks = faults.map((answered) => rankOf(answered, objectIsRight));
  const claims = faults.flatMap(({ statements: [first], truth }): Claim[] =>
    first === undefined || first.cause === 'unknown'
      ? []
      : [{ score: first.score, correct: isRight(first, truth) }],
  );
  const edges = faults.map(edgesOf);
  const sum = (pick: (edge: ReturnType<typeof edgesOf>) => number): number =>
    edges.reduce((total, edge) => total + pick(edge), 0);
  const hits = sum((edge) => edge.hits);
  return {
    cases: faults.length,
    first: share(ranks.filter((rank) => rank === 1).length, faults.length),
    firstObject: share(objectRanks.filter((rank) => rank === 1).length, faults.length),
    firstThree: share(ranks.filter((rank) => rank <= 3).length, faults.length),
    firstThreeObject: share(objectRanks.filter((rank) => rank <= 3).length, faults.length),
    reciprocalRank: ranks.reduce((total, rank) => total + 1 / rank, 0) / Math.max(1, faults.length),
    wrongLikely: count(
      ({ statements: [first], truth }) =>
        first !== undefined && first.score >= LIKELY && !isRight(first, truth),
    ),
    abstained: count(({ statements: [first] }) => first === undefined || first.cause === 'unknown'),
    edgePrecision: share(
      hits,
      sum((edge) => edge.told),
    ),
    edgeRecall: share(
      hits,
      sum((edge) => edge.wanted),
    ),
    calibrationError: expectedCalibrationError(claims),
    claims,
  };
}

/** States in which something of weight was found though nothing is wrong. */
export function falseFindings(answers: readonly Answered[]): Share {
  const healthy = answers.filter(({ truth }) => truth.truth === null);
  const bad = healthy.filter(({ statements }) => statements.some((s) => s.severity !== 'info'));
  return share(bad.length, healthy.length);
}

/** Edges between objects of the chain that was told and of the true one; only objects can be compared. */
function edgesOf({ statements: [first], truth }: Answered): { hits: number; told: number; wanted: number } {
  const isObject = (text: string): boolean => /^[A-Z][A-Za-z]*\/[^/]*\/[^/]+$/.test(text);
  const wanted = pairs((truth.truth?.chain ?? []).filter(isObject));
  const told = pairs((first?.chain ?? []).filter(isObject));
  return {
    hits: told.filter((edge) => wanted.includes(edge)).length,
    told: told.length,
    wanted: wanted.length,
  };
}

function pairs(objects: readonly string[]): string[] {
  const path = objects.filter((object, index) => object !== objects[index - 1]);
  return path.slice(1).map((object, index) => `${path[index] ?? ''} > ${object}`);
}
