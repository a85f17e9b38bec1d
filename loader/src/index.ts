export type { LoaderConfig } from './config.ts';
export { loaderConfigSchema } from './config.ts';
export { runLoader } from './loader.ts';
