/**
 * Builds the frontend as Grafana's plugin loader wants it: one AMD module per plugin.json under `src/` (the app,
 * and the datasource nested in it), everything Grafana provides itself left out.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import CopyWebpackPlugin from 'copy-webpack-plugin';
import type { Configuration, Compiler } from 'webpack';
import webpack from 'webpack';
import { SubresourceIntegrityPlugin } from 'webpack-subresource-integrity';

const pluginDir = join(import.meta.dirname, '..', '..');
const packageJson = JSON.parse(readFileSync(join(pluginDir, 'package.json'), 'utf8')) as { version: string };

/** Modules that Grafana shares with its plugins (`SharedDependencies` of its loader). */
const PROVIDED_BY_GRAFANA = [
  '@emotion/css',
  '@emotion/react',
  'i18next',
  'lodash',
  'moment',
  'react',
  'react-dom',
  'react-redux',
  'react-router',
  'react/jsx-runtime',
  'react/jsx-dev-runtime',
  'redux',
  'rxjs',
  /^@grafana\/(?:data|runtime|ui)/,
];

/** Fills version and date into the copied plugin.json and README.md, and says how it was built. */
class PluginMetadata {
  apply(compiler: Compiler): void {
    const { Compilation, sources } = webpack;
    compiler.hooks.compilation.tap('PluginMetadata', (compilation) => {
      compilation.hooks.processAssets.tap(
        { name: 'PluginMetadata', stage: Compilation.PROCESS_ASSETS_STAGE_ADDITIONS + 1 },
        () => {
          for (const { name, source } of compilation.getAssets()) {
            if (!/(?:^|\/)(?:plugin\.json|README\.md)$/.test(name)) continue;
            const filled = String(source.source())
              .replaceAll('%VERSION%', packageJson.version)
              .replaceAll('%TODAY%', new Date().toISOString().slice(0, 10));
            const text = name.endsWith('plugin.json')
              ? JSON.stringify(
                  { ...(JSON.parse(filled) as object), buildMode: compiler.options.mode },
                  null,
                  2,
                )
              : filled;
            compilation.updateAsset(name, new sources.RawSource(`${text.trimEnd()}\n`));
          }
        },
      );
    });
  }
}

export function frontendConfig(mode: 'production' | 'development'): Configuration {
  const isProduction = mode === 'production';
  return {
    mode,
    context: join(pluginDir, 'src'),
    devtool: isProduction ? 'source-map' : 'eval-source-map',
    entry: { module: './module.tsx', 'datasource/module': './datasource/module.ts' },
    externals: [{ 'amd-module': 'module' }, ...PROVIDED_BY_GRAFANA],
    module: {
      rules: [
        {
          test: /\.tsx?$/,
          exclude: /node_modules/,
          use: {
            loader: fileURLToPath(import.meta.resolve('swc-loader')),
            options: {
              jsc: {
                target: 'es2022',
                parser: { syntax: 'typescript', tsx: true },
                transform: { react: { runtime: 'automatic' } },
              },
            },
          },
        },
      ],
    },
    output: {
      path: join(pluginDir, 'dist'),
      filename: '[name].js',
      chunkFilename: isProduction ? '[name].js?_cache=[contenthash]' : '[name].js',
      library: { type: 'amd' },
      publicPath: 'public/plugins/tapio-app/',
      uniqueName: 'tapio-app',
      crossOriginLoading: 'anonymous',
      // The backend's files stay: it may have been built before.
      clean: { keep: /(?:^|\/)(?:gpx_tapio_.*|backend\.cjs(?:\.LEGAL\.txt)?)$/ },
    },
    plugins: [
      new CopyWebpackPlugin({
        patterns: [
          { from: '**/plugin.json' },
          { from: '**/img/*.svg' },
          { from: 'README.md' },
          { from: '../../LICENSE', noErrorOnMissing: true },
        ],
      }),
      new PluginMetadata(),
      new SubresourceIntegrityPlugin({ hashFuncNames: ['sha256'] }),
    ],
    performance: { hints: false },
    resolve: { extensions: ['.tsx', '.ts', '.js'] },
  };
}
