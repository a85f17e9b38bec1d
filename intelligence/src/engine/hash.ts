/** FNV-1a over UTF-16 units (draft-eastlake-fnv), with a final mix so that short inputs spread. */
function fnv1a(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** Crockford's base 32: no I, L, O, U, so that an id survives being read out on the phone. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Eight letters and digits (40 bits) that are the same for the same text everywhere. */
export function shortHash(text: string): string {
  let value = (BigInt(fnv1a(text, 0)) << 32n) | BigInt(fnv1a(text, 0x9e3779b9));
  let out = '';
  for (let i = 0; i < 8; i += 1) {
    out += ALPHABET[Number(value & 31n)] ?? '0';
    value >>= 5n;
  }
  return out;
}
