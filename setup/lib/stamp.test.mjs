import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentHash, inputFiles, Stamps } from './stamp.mjs';

let base = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'tapio-stamp-'));
  for (const folder of ['src/deep', 'src/build', 'src/node_modules'])
    mkdirSync(join(base, folder), { recursive: true });
  for (const file of ['src/b.c', 'src/deep/a.h', 'src/build/a.o', 'src/node_modules/x.js', 'one.json']) {
    writeFileSync(join(base, file), file);
  }
});
afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

const files = () => inputFiles(base, ['src', 'one.json', 'absent']);
const hash = (/** @type {string[]} */ facts = []) => contentHash(base, files(), facts);

describe('inputs', () => {
  it('are the sorted files below the paths, without what builds write', () => {
    expect(files()).toEqual(['one.json', 'src/b.c', 'src/deep/a.h']);
  });

  it('give another hash when content, name or a fact changes, and only then', () => {
    const first = hash();
    expect(hash()).toBe(first);
    writeFileSync(join(base, 'src/build/a.o'), 'other');
    expect(hash()).toBe(first);
    expect(hash(['gcc 12'])).not.toBe(first);
    writeFileSync(join(base, 'src/b.c'), 'other');
    const second = hash();
    expect(second).not.toBe(first);
    writeFileSync(join(base, 'src/c.c'), '');
    expect(hash()).not.toBe(second);
  });

  it('are not confused by bytes that move from one file to the next', () => {
    writeFileSync(join(base, 'src/b.c'), 'ab');
    writeFileSync(join(base, 'src/deep/a.h'), 'c');
    const first = hash();
    writeFileSync(join(base, 'src/b.c'), 'a');
    writeFileSync(join(base, 'src/deep/a.h'), 'bc');
    expect(hash()).not.toBe(first);
  });
});

describe('a stamp', () => {
  it('is current for the hash it was written with while its products are there', () => {
    const stamps = new Stamps(join(base, 'stamps'));
    const product = join(base, 'src', 'b.c');
    expect(stamps.isCurrent('step', 'h1', [product])).toBe(false);
    stamps.write('step', 'h1');
    expect(stamps.isCurrent('step', 'h1', [product])).toBe(true);
    expect(stamps.isCurrent('step', 'h2', [product])).toBe(false);
    expect(stamps.isCurrent('other', 'h1', [product])).toBe(false);
    rmSync(product);
    expect(stamps.isCurrent('step', 'h1', [product])).toBe(false);
  });
});
