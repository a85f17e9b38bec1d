/** Bounds of what is taken from a dump. What is beyond them is left out and said. */
export const DUMP_LIMITS = {
  /** Objects of all files together. */
  objects: 200_000,
  /** Characters of one file of objects. */
  fileCharacters: 256 * 1024 * 1024,
  /** Lines kept from the end and from the beginning of one run of a container. */
  logTailLines: 2_000,
  logHeadLines: 20,
  /** Characters of one log line; the rest is cut. */
  lineCharacters: 4_096,
  /** Characters of all logs together. */
  logCharacters: 128 * 1024 * 1024,
  /** Problems of one dump that are kept with their place; the rest is counted. */
  problems: 200,
  /** Entries of one map that holds what would be many files. */
  bundleEntries: 2_000,
  /** Nesting of YAML and of `describe` text. */
  depth: 64,
} as const;
