/** What a file holds: text, or a reason why it is none. */
export type DecodedText =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

const SAMPLE_BYTES = 8_192;

/** Bytes as text: UTF-8 or UTF-16 by its byte order mark, UTF-16 without one by its zero bytes; line ends become `\n`. */
export function decodeText(bytes: Uint8Array): DecodedText {
  const encoding = encodingOf(bytes);
  if (encoding === undefined) return { ok: false, reason: reasonOf(bytes) };
  const text = new TextDecoder(encoding).decode(bytes);
  return { ok: true, text: text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text };
}

function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  let evenZeros = 0;
  let oddZeros = 0;
  let controls = 0;
  for (let index = 0; index < sample.length; index += 1) {
    const byte = sample[index] ?? 0;
    if (byte === 0) {
      if (index % 2 === 0) evenZeros += 1;
      else oddZeros += 1;
    } else if (byte < 9 || (byte > 13 && byte < 27)) controls += 1;
  }
  const half = sample.length / 2;
  if (evenZeros === 0 && oddZeros > half * 0.6) return 'utf-16le';
  if (oddZeros === 0 && evenZeros > half * 0.6) return 'utf-16be';
  // A log may hold a stray NUL where its writer was cut off.
  return evenZeros + oddZeros + controls > sample.length / 50 ? undefined : 'utf-8';
}

function reasonOf(bytes: Uint8Array): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'is compressed (gzip): unpack it first';
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return 'is a ZIP archive: unpack it first';
  return 'is binary, not text';
}
