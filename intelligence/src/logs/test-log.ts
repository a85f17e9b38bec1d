import type { LogPattern } from '../rules/rule-set.ts';
import { LineMatcher } from './match-line.ts';

export interface LogTestResult {
  readonly owner: string;
  readonly name: string;
  readonly file: string;
  readonly passed: boolean;
  readonly failures: readonly string[];
}

/** Runs the embedded tests of a log pattern: each line, and what is found in it. */
export function testLog(pattern: LogPattern): LogTestResult[] {
  const matcher = new LineMatcher([pattern]);
  return pattern.document.tests.map(({ line, expect }) => {
    const [match] = matcher.matches(line);
    const got = match === undefined ? 'none' : words(match.names);
    const wanted = expect === 'none' ? 'none' : words(expect);
    const failures = got === wanted ? [] : [`expected ${wanted}, got ${got}`];
    return {
      owner: pattern.id,
      name: line.slice(0, 100),
      file: pattern.path,
      passed: failures.length === 0,
      failures,
    };
  });
}

function words(names: {
  host?: string | undefined;
  port?: number | undefined;
  subject?: string | undefined;
}): string {
  const { host, port, subject } = names;
  return `host ${host ?? '-'}, port ${port ?? '-'}, subject ${subject ?? '-'}`;
}
