import { defineConfig } from 'vitest/config';

const ignored = ['**/node_modules/**', '**/dist/**', 'plugin/src/**', '.tapio/**'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // With one worker, vitest's default on two cores, it would put the unit tests last.
          maxWorkers: 2,
          include: [
            '*/src/**/*.test.ts',
            'plugin/backend/**/*.test.ts',
            'scenarios/truth/**/*.test.ts',
            'setup/**/*.test.mjs',
          ],
          exclude: ignored,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['*/test/integration/**/*.test.ts'],
          exclude: ignored,
          // Launched servers die with the thread that started them, which in a worker thread is too early.
          pool: 'forks',
          // Tests that share a kernel and two cores run one file at a time, after the unit tests.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          env: { TAPIO_NEO4J_QUICK_START: '1' },
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['*/src/**/*.ts', 'plugin/backend/**/*.ts'],
      exclude: [
        ...ignored,
        '**/*.test.ts',
        '**/*.d.ts',
        '**/main.ts',
        'bench/**',
        'testkit/**',
        'scenarios/**',
      ],
      reporter: ['text-summary', 'json-summary', 'lcovonly'],
      reportsDirectory: '.tapio/coverage',
      thresholds: { lines: 80 },
      // A failing test must not hide what is covered.
      reportOnFailure: true,
    },
  },
});
