/** What is kept of an X.509 certificate. */
export interface Certificate {
  readonly notBeforeUs: number;
  readonly notAfterUs: number;
  /** DNS names and addresses it is for; its common name where it has no others. */
  readonly names: readonly string[];
}

interface Node {
  readonly tag: number;
  readonly bytes: Uint8Array;
}

const CONSTRUCTED = 0x20;
const SEQUENCE = 0x30;
const CONTEXT_0 = 0xa0;
const EXTENSIONS = 0xa3;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;
/** 2.5.29.17 subjectAltName and 2.5.4.3 commonName, as they are encoded. */
const SUBJECT_ALT_NAME = '85,29,17';
const COMMON_NAME = '85,4,3';
const NAMES_LIMIT = 100;

/** Reads the first certificate of a PEM text (RFC 5280, DER). Undefined for anything else. */
export function readCertificate(pem: string): Certificate | undefined {
  const match = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----([A-Za-z0-9+/=\s]{1,65536})-----END/.exec(pem);
  if (match === null) return undefined;
  try {
    const der = Uint8Array.from(atob((match[1] ?? '').replaceAll(/\s/g, '')), (c) => c.charCodeAt(0));
    return certificateOf(der);
  } catch {
    return undefined;
  }
}

function certificateOf(der: Uint8Array): Certificate | undefined {
  const [certificate] = nodes(der);
  const [tbs] = certificate === undefined ? [] : nodes(certificate.bytes);
  if (tbs === undefined) return undefined;
  // version [0]?, serial, signature, issuer, validity, subject, key, [1]?, [2]?, extensions [3]?
  const fields = nodes(tbs.bytes);
  const first = fields[0]?.tag === CONTEXT_0 ? 1 : 0;
  const validity = fields[first + 3];
  const subject = fields[first + 4];
  if (validity?.tag !== SEQUENCE || subject === undefined) return undefined;
  const [before, after] = nodes(validity.bytes);
  const notBeforeUs = timeUs(before);
  const notAfterUs = timeUs(after);
  if (notBeforeUs === undefined || notAfterUs === undefined) return undefined;
  const extensions = fields.find(({ tag }) => tag === EXTENSIONS);
  const alternative = extensions === undefined ? [] : alternativeNames(extensions);
  const names = alternative.length > 0 ? alternative : commonNames(subject);
  return { notBeforeUs, notAfterUs, names: names.slice(0, NAMES_LIMIT) };
}

/** The elements that lie one behind the other. @throws RangeError where a length leads out of the bytes */
function nodes(bytes: Uint8Array): Node[] {
  const found: Node[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0;
    let head = 2;
    if (length > 0x80) {
      const count = length - 0x80;
      if (count > 4) throw new RangeError('length');
      length = 0;
      for (let i = 0; i < count; i += 1) length = length * 256 + (bytes[at + 2 + i] ?? 0);
      head += count;
    }
    if (at + head + length > bytes.length) throw new RangeError('length');
    found.push({ tag, bytes: bytes.subarray(at + head, at + head + length) });
    at += head + length;
  }
  return found;
}

function timeUs(node: Node | undefined): number | undefined {
  if (node === undefined) return undefined;
  const digits = text(node.bytes);
  const match =
    node.tag === UTC_TIME
      ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/.exec(digits)
      : node.tag === GENERALIZED_TIME
        ? /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/.exec(digits)
        : null;
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((d) => Number(d));
  // RFC 5280: two digits from 50 on are of the last century.
  const century = node.tag === UTC_TIME ? (year >= 50 ? 1900 : 2000) : 0;
  return Date.UTC(century + year, month - 1, day, hour, minute, Number.isNaN(second) ? 0 : second) * 1000;
}

function alternativeNames(extensions: Node): string[] {
  const [list] = nodes(extensions.bytes);
  for (const extension of list === undefined ? [] : nodes(list.bytes)) {
    const parts = nodes(extension.bytes);
    if (parts[0]?.tag !== OBJECT_ID || parts[0].bytes.join() !== SUBJECT_ALT_NAME) continue;
    const value = parts.find(({ tag }) => tag === OCTET_STRING);
    const [names] = value === undefined ? [] : nodes(value.bytes);
    return (names === undefined ? [] : nodes(names.bytes)).flatMap(({ tag, bytes }) => {
      if (tag === DNS_NAME) return [text(bytes)];
      return tag === IP_ADDRESS ? [address(bytes)] : [];
    });
  }
  return [];
}

function commonNames(subject: Node): string[] {
  return nodes(subject.bytes)
    .filter(({ tag }) => (tag & CONSTRUCTED) !== 0)
    .flatMap((set) => nodes(set.bytes))
    .flatMap((pair) => {
      const [id, value] = nodes(pair.bytes);
      return id?.bytes.join() === COMMON_NAME && value !== undefined ? [text(value.bytes)] : [];
    });
}

function address(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups: string[] = [];
  for (let i = 0; i + 1 < bytes.length; i += 2)
    groups.push((((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16));
  return groups.join(':');
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, 256));
}
