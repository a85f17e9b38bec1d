import { defineConfig } from 'vitest/config';

const ignored = ['**/node_modules/**', '**/dist/**', 'plugin/src/**', '.tapio/**'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['*/src/**/*.test.ts', 'plugin/backend/**/*.test.ts', 'setup/**/*.test.mjs'],
          exclude: ignored,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['*/test/integration/**/*.test.ts'],
          exclude: ignored,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['*/src/**/*.ts', 'plugin/backend/**/*.ts'],
      exclude: [...ignored, '**/*.test.ts', '**/*.d.ts', '**/main.ts', 'bench/**', 'testkit/**', 'scenarios/**'],
      reporter: ['text-summary', 'json-summary', 'lcovonly'],
      reportsDirectory: '.tapio/coverage',
      thresholds: { lines: 80 },
    },
  },
});
