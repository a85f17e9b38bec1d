/** `httpPort` -> `http-port`, as the flag says it. */
export function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `httpPort` -> `TAPIO_HTTP_PORT`, as the environment says it. */
export function environmentName(key: string): string {
  return `${ENVIRONMENT_PREFIX}${flagName(key).replaceAll('-', '_').toUpperCase()}`;
}

export const ENVIRONMENT_PREFIX = 'TAPIO_';

/**
 * The known name that is most like `name` (Levenshtein distance), or undefined when none is near enough for
 * a typing mistake: at most a third of its letters may differ.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
