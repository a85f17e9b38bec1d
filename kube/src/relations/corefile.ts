/** One plugin of a server block with what stands behind it and in its own block. */
export interface CorefilePlugin {
  readonly name: string;
  readonly args: readonly string[];
  /** Lines of its block, as words. */
  readonly body: readonly (readonly string[])[];
  readonly line: number;
}

export interface CorefileServer {
  readonly zones: readonly string[];
  readonly plugins: readonly CorefilePlugin[];
}

export interface Corefile {
  readonly servers: readonly CorefileServer[];
  /** Why it cannot be read, with its line. */
  readonly fault: string | undefined;
}

const LINES_LIMIT = 2000;

/** Reads a CoreDNS configuration: server blocks, their plugins and the plugins' own blocks (CoreDNS manual). */
export function parseCorefile(text: string): Corefile {
  const servers: {
    zones: string[];
    plugins: { name: string; args: string[]; body: string[][]; line: number }[];
  }[] = [];
  let depth = 0;
  const lines = text.split(/\r?\n/).slice(0, LINES_LIMIT);
  for (const [index, whole] of lines.entries()) {
    const words = wordsOf(whole);
    if (words.length === 0) continue;
    const opens = words.at(-1) === '{';
    if (words[0] === '}') {
      depth -= 1;
      if (depth < 0) return { servers, fault: `line ${index + 1}: a brace is closed that was not opened` };
      continue;
    }
    const said = opens ? words.slice(0, -1) : words;
    const server = servers.at(-1);
    if (depth === 0) {
      if (opens) servers.push({ zones: said.map((zone) => zone.replace(/,$/, '')), plugins: [] });
      else if (said[0] !== 'import' && !said[0]?.startsWith('(')) {
        return { servers, fault: `line ${index + 1}: ${said[0] ?? ''} stands outside of a server block` };
      }
    } else if (depth === 1) {
      const [name = '', ...args] = said;
      server?.plugins.push({ name, args, body: [], line: index + 1 });
    } else server?.plugins.at(-1)?.body.push(said);
    if (opens) depth += 1;
  }
  return { servers, fault: depth === 0 ? undefined : 'a brace is not closed' };
}

function wordsOf(line: string): string[] {
  const used = line.replace(/(?:^|\s)#.*$/, '');
  return used.split(/\s+/).filter((word) => word !== '');
}
