// Builds the app and the datasource's frontend into dist/.
//   node plugin/build-frontend.mjs [--development]
import process from 'node:process';
import { parseArgs } from 'node:util';

import webpack from 'webpack';

import { frontendConfig } from './.config/webpack/webpack.config.ts';

const { values } = parseArgs({ options: { development: { type: 'boolean' } } });
const compiler = webpack(frontendConfig(values.development ? 'development' : 'production'));
compiler.run((error, stats) => {
  if (error) throw error;
  process.stdout.write(
    `${stats.toString({ preset: 'normal', modules: false, colors: process.stdout.isTTY })}\n`,
  );
  process.exitCode = stats.hasErrors() ? 1 : 0;
  compiler.close(() => undefined);
});
