import { RE2JS } from 're2js';
import type { CompileFault, Path } from './compiler.ts';
import type { LogPattern } from './rule-set.ts';
import type { LogDocument } from './schema.ts';

/** Named groups that a pattern may have: what a line says that it is about. */
const GROUPS: ReadonlySet<string> = new Set(['host', 'port', 'subject']);

/** Compiles a log pattern; RE2 runs in time linear in the line, whatever the pattern. */
export function compileLog(
  document: LogDocument,
  path: string,
): { log: LogPattern; faults: readonly CompileFault[] } {
  const faults: CompileFault[] = [];
  const compile = (text: string, at: Path): RE2JS[] => {
    try {
      const compiled = RE2JS.compile(text);
      for (const group of Object.keys(compiled.namedGroups())) {
        if (!GROUPS.has(group)) {
          const reason = `a group is called ${group}; there are ${[...GROUPS].join(', ')}`;
          faults.push({ path: at, offset: 0, reason });
        }
      }
      return [compiled];
    } catch (error) {
      const reason = `the pattern is refused: ${error instanceof Error ? error.message : 'malformed'}`;
      faults.push({ path: at, offset: 0, reason });
      return [];
    }
  };
  const log: LogPattern = {
    id: document.id,
    version: document.version,
    title: document.title,
    path,
    document,
    words: document.words.map((word) => word.toLowerCase()),
    patterns: document.patterns.flatMap((text, index) => compile(text, ['patterns', index])),
    unless: document.unless.flatMap((text, index) => compile(text, ['unless', index])),
  };
  return { log, faults };
}
