/** Names longer than this are compared only for equality: Kubernetes allows 63 for most. */
const LONGEST = 63;

/** Words that names of one thing have or lack: `checkout-svc`, `checkoutservice`, `checkout`. */
const FILLER = /(?:^|[-_.])?(?:services?|svc|srv|server|app|api|deployment|deploy)$/;

/** How alike two names are: 1 the same, above 0.6 a likely slip of one for the other, 0 nothing in common. */
export function likeness(a: string, b: string): number {
  if (a === b) return 1;
  if (a.length > LONGEST || b.length > LONGEST || a === '' || b === '') return 0;
  const [stemA, stemB] = [stemOf(a), stemOf(b)];
  if (stemA === stemB && stemA.length >= 2) return 0.95;
  const distance = editDistance(a, b);
  const length = Math.max(a.length, b.length);
  const closeness = 1 - distance / length;
  // One letter of a short name makes another name: web and api, db and dv.
  if (distance <= 2 && length >= 4 && closeness >= 0.6) return Math.max(0.7, closeness);
  if (isPart(a, b) || isPart(b, a)) return 0.7;
  return closeness * 0.8;
}

/** The candidate that is most alike, where one is enough so to be meant. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  let best: { readonly name: string; readonly likeness: number } | undefined;
  for (const candidate of candidates) {
    const alike = likeness(name, candidate);
    if (alike >= 0.65 && (best === undefined || alike > best.likeness))
      best = { name: candidate, likeness: alike };
  }
  return best?.name;
}

function stemOf(name: string): string {
  return name.toLowerCase().replace(FILLER, '').replaceAll(/[-_.]/g, '');
}

/** What stands beside another and is not it: `redis-exporter`, `checkout-canary`. */
const BESIDE =
  /-(?:exporter|metrics|monitor|monitoring|backup|test|tests|canary|webhook|dashboard|ui|admin|operator)$/;

/** `checkout` of `checkout-v2`, `mysql` of `catalogue-mysql`. */
function isPart(short: string, long: string): boolean {
  return (
    short.length >= 3 && !BESIDE.test(long) && (long.startsWith(`${short}-`) || long.endsWith(`-${short}`))
  );
}

/** Edits between two names: insert, delete, replace, or swap of neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
