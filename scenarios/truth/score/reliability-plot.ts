import type { Claim } from './statistics.ts';
import { bins } from './statistics.ts';

const SIZE = 360;
const MARGIN = 48;

function x(score: number): number {
  return MARGIN + score * (SIZE - 2 * MARGIN);
}

function y(accuracy: number): number {
  return SIZE - MARGIN - accuracy * (SIZE - 2 * MARGIN);
}

/** A reliability diagram: what was said against what came true; the size of a dot is how often it was said. */
export function reliabilityPlot(claims: readonly Claim[], title: string): string {
  const dots = bins(claims)
    .filter((bin) => bin.count > 0)
    .map((bin) => {
      const radius = 3 + 9 * Math.sqrt(bin.count / Math.max(1, claims.length));
      const words = `said ${bin.meanScore.toFixed(2)}, right ${bin.accuracy.toFixed(2)}, ${String(bin.count)} times`;
      return `<circle cx="${x(bin.meanScore).toFixed(1)}" cy="${y(bin.accuracy).toFixed(1)}" r="${radius.toFixed(1)}" fill="#3274d9" fill-opacity="0.75"><title>${words}</title></circle>`;
    });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (t) =>
      `<text x="${x(t).toFixed(1)}" y="${String(SIZE - MARGIN + 18)}" text-anchor="middle">${String(t)}</text>` +
      `<text x="${String(MARGIN - 8)}" y="${(y(t) + 4).toFixed(1)}" text-anchor="end">${String(t)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(SIZE)} ${String(SIZE)}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="white"/>
<text x="${String(SIZE / 2)}" y="22" text-anchor="middle" font-size="13">${title} (n=${String(claims.length)})</text>
<rect x="${x(0).toFixed(1)}" y="${y(1).toFixed(1)}" width="${(x(1) - x(0)).toFixed(1)}" height="${(y(0) - y(1)).toFixed(1)}" fill="none" stroke="#999"/>
<line x1="${x(0).toFixed(1)}" y1="${y(0).toFixed(1)}" x2="${x(1).toFixed(1)}" y2="${y(1).toFixed(1)}" stroke="#999" stroke-dasharray="4 4"/>
${ticks.join('\n')}
${dots.join('\n')}
<text x="${String(SIZE / 2)}" y="${String(SIZE - 8)}" text-anchor="middle">score of the first answer</text>
<text transform="translate(14 ${String(SIZE / 2)}) rotate(-90)" text-anchor="middle">share that was right</text>
</svg>
`;
}
