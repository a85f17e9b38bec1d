export interface BuildOptions {
  /** The script to bundle; `main.ts` beside this file unless given. It must not await at its top level. */
  readonly entry?: string;
  /** The folder to write to; `plugin/dist` unless given. Other files in it are left alone. */
  readonly out?: string;
  /** `executable` of plugin.json; `gpx_tapio` unless given. */
  readonly executable?: string;
}

export const DEFAULTS: Required<BuildOptions>;

/** Bundles a backend and copies the launchers; resolves to the files written. */
export function buildBackend(options?: BuildOptions): Promise<{ script: string; launchers: string[] }>;
