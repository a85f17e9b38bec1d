import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Progress } from './progress.mjs';

/** @param {{ isTTY?: boolean, columns?: number }} kind */
function screen(kind = {}) {
  /** @type {string[]} */
  const written = [];
  return { written, out: { ...kind, write: (/** @type {string} */ text) => written.push(text) } };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('progress', () => {
  it('prints one plain line a step where there is no terminal', async () => {
    const { out, written } = screen();
    const progress = new Progress(out, {});
    progress.current('npm packages', 'as locked');
    await progress.step(
      'make bpf',
      () => {
        vi.advanceTimersByTime(1_500);
        return Promise.resolve('3 objects');
      },
      (note) => note,
    );
    expect(written.join('')).toBe('= npm packages       as locked\n+ make bpf           1.5 s  3 objects\n');
  });

  it('reminds every 30 s of a long step where there is no terminal', async () => {
    const { out, written } = screen();
    await new Progress(out, {}).step('long', () => Promise.resolve(vi.advanceTimersByTime(65_000)));
    expect(written.filter((text) => text.includes('still running'))).toEqual([
      '  long  still running, 30.0 s\n',
      '  long  still running, 60.0 s\n',
    ]);
  });

  it('shows elapsed time and the last output within the width of a terminal, and wipes them', async () => {
    const { out, written } = screen({ isTTY: true, columns: 50 });
    await new Progress(out, { NO_COLOR: '1' }).step('make', (status) => {
      status('x'.repeat(200));
      return Promise.resolve(vi.advanceTimersByTime(240));
    });
    const spins = written.filter((text) => text.startsWith('\r\u001b[K') && text.includes('make'));
    expect(spins).toHaveLength(2);
    expect(spins[1]).toContain('0.2 s  xxx');
    expect(Math.max(...spins.map((text) => text.length - '\r\u001b[K'.length))).toBeLessThan(50);
    expect(written.slice(-2)).toEqual(['\r\u001b[K', '+ make               0.2 s\n']);
  });

  it.each([
    ['colours a terminal', { isTTY: true }, {}, true],
    ['obeys NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }, false],
    ['ignores an empty NO_COLOR', { isTTY: true }, { NO_COLOR: '' }, true],
    ['does not colour a file', {}, {}, false],
  ])('%s', (_name, kind, env, coloured) => {
    const { out, written } = screen(kind);
    new Progress(out, env).current('step', '');
    expect(written.join('').includes('\u001b[2m')).toBe(coloured);
  });

  it('marks a failed step and hands its error on', async () => {
    const { out, written } = screen();
    const failing = new Progress(out, {}).step('make', () => Promise.reject(new Error('no compiler')));
    await expect(failing).rejects.toThrow('no compiler');
    expect(written.join('')).toBe('x make               0.0 s  failed\n');
  });
});
