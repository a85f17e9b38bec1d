import { expect, test } from 'vitest';
import { decodeText } from './decode.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

test.each([
  ['UTF-8', utf8('naïve\n')],
  ['UTF-8 with a mark', utf8('\uFEFFnaïve\n')],
  ['UTF-16 as PowerShell writes it', Buffer.from('\uFEFFnaïve\n', 'utf16le')],
  ['UTF-16 without a mark', Buffer.from('naïve\n', 'utf16le')],
  ['UTF-16, the higher byte first', Buffer.from('\uFEFFnaïve\n', 'utf16le').swap16()],
  ['ends of lines with CR', utf8('naïve\r\n')],
])('%s', (_, bytes) => {
  expect(decodeText(bytes)).toEqual({ ok: true, text: 'naïve\n' });
});

test('binary files are none, and packed ones are called so', () => {
  expect(decodeText(new Uint8Array(100))).toMatchObject({ ok: false, reason: 'is binary, not text' });
  expect(decodeText(new Uint8Array([0x1f, 0x8b, 8, 0]))).toMatchObject({
    ok: false,
    reason: expect.stringContaining('gzip') as string,
  });
});

test('a log with a stray zero byte is text', () => {
  expect(decodeText(utf8(`${'line\n'.repeat(50)}\0`)).ok).toBe(true);
});
