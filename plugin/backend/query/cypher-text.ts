/** A piece of Cypher: code, or what must be left as it is (texts, quoted names, comments). */
interface Piece {
  readonly isCode: boolean;
  readonly text: string;
}

/** Texts with backslash escapes, names in backticks (doubled to escape), line and block comments; unclosed ones run to the end. */
const OPAQUE =
  /'(?:\\[\s\S]|[^'\\])*(?:'|$)|"(?:\\[\s\S]|[^"\\])*(?:"|$)|`(?:``|[^`])*(?:`|$)|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;

/** Cuts Cypher into code and what is none. Joined, the pieces are the text again. */
export function cypherPieces(cypher: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of cypher.matchAll(OPAQUE)) {
    if (match.index > end) pieces.push({ isCode: true, text: cypher.slice(end, match.index) });
    pieces.push({ isCode: false, text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < cypher.length) pieces.push({ isCode: true, text: cypher.slice(end) });
  return pieces;
}

/** Rewrites the code of a Cypher text and nothing else. */
export function rewriteCode(cypher: string, rewrite: (code: string) => string): string {
  return cypherPieces(cypher)
    .map(({ isCode, text }) => (isCode ? rewrite(text) : text))
    .join('');
}

/** The code alone, everything else blanked with as many spaces: positions stay those of the text. */
export function blankOpaque(cypher: string): string {
  return cypherPieces(cypher)
    .map(({ isCode, text }) => (isCode ? text : ' '.repeat(text.length)))
    .join('');
}
