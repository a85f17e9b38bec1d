/** Tests of the frontend run in jsdom, as Grafana's plugin template has it; the backend's run in vitest. */
process.env.TZ = 'UTC';

/** Packages under @grafana/* that come as ES modules only. */
const ES_MODULES = [
  '@grafana/schema',
  '@wojtekmaj/date-utils',
  'd3',
  'd3-color',
  'd3-force',
  'd3-interpolate',
  'd3-scale-chromatic',
  'get-user-locale',
  'marked',
  'memoize',
  'mimic-function',
  'ol',
  'react-calendar',
  'react-colorful',
  'rxjs',
  'uuid',
];

module.exports = {
  testEnvironment: 'jest-environment-jsdom',
  testMatch: ['<rootDir>/src/**/*.test.{ts,tsx}'],
  setupFilesAfterEnv: ['<rootDir>/.config/jest/setup.ts'],
  moduleNameMapper: {
    '\\.(css|scss|sass)$': '<rootDir>/.config/jest/empty-style.cjs',
    'react-inlinesvg': '<rootDir>/.config/jest/inline-svg.tsx',
    // @grafana/ui links through the router of Grafana, which here is that of the app.
    '^react-router-dom-v5-compat$': require.resolve('react-router-dom'),
    '^amd-module$': '<rootDir>/.config/jest/empty-style.cjs',
  },
  transform: {
    '^.+\\.(t|j|mj)sx?$|^.+\\.mjs$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', tsx: true },
          transform: { react: { runtime: 'automatic' } },
        },
      },
    ],
  },
  transformIgnorePatterns: [`node_modules/(?!.*(${ES_MODULES.join('|')})/.*)`],
  collectCoverageFrom: ['src/**/*.{ts,tsx}', '!src/**/*.test.{ts,tsx}', '!src/testing/**'],
  coverageDirectory: '<rootDir>/../.tapio/coverage/plugin-frontend',
};
