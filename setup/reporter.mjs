import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed tests, and files or hooks that failed outside any test
 * @property {number} skipped
 * @property {Record<string, number>} skipReasons how many tests each reason skipped
 */

/**
 * A vitest reporter beside the default one: counts tests, gathers why tests were skipped (the note of `ctx.skip`) and
 * writes both to the file that TAPIO_TEST_COUNTS names.
 */
export default class CountingReporter {
  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
   * @param {ReadonlyArray<unknown>} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const counts = countTests(modules);
    counts.failed += unhandledErrors.length;
    const path = process.env['TAPIO_TEST_COUNTS'];
    if (path === undefined) return;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(counts));
  }
}

/**
 * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
 * @returns {Counts}
 */
function countTests(modules) {
  /** @type {Counts} */
  const counts = { passed: 0, failed: 0, skipped: 0, skipReasons: {} };
  for (const module of modules) {
    let failedHere = 0;
    for (const test of module.children.allTests()) {
      const result = test.result();
      if (result.state === 'passed') counts.passed += 1;
      else if (result.state === 'skipped') {
        counts.skipped += 1;
        const reason = result.note ?? `no reason given in ${module.relativeModuleId}`;
        counts.skipReasons[reason] = (counts.skipReasons[reason] ?? 0) + 1;
      } else failedHere += 1;
    }
    // A file that does not load, or a hook that throws, fails without a failed test.
    if (failedHere === 0 && !module.ok()) failedHere = 1;
    counts.failed += failedHere;
  }
  return counts;
}
