import { X509Certificate } from 'node:crypto';
import type { Certificate } from '@tapio/kube';

const NAMES_LIMIT = 100;

/** Dates and names of the first certificate of a PEM text; undefined where it holds none. */
export function readCertificate(pem: string): Certificate | undefined {
  try {
    const { validFromDate, validToDate, subject, subjectAltName } = new X509Certificate(pem);
    const names = alternativeNames(subjectAltName ?? '');
    return {
      notBeforeUs: validFromDate.getTime() * 1000,
      notAfterUs: validToDate.getTime() * 1000,
      names: (names.length > 0 ? names : commonNames(subject)).slice(0, NAMES_LIMIT),
    };
  } catch {
    return undefined;
  }
}

/** `DNS:shop.example, IP Address:10.0.0.1`; a name that could be read as several stands in quotes (CVE-2021-44532). */
function alternativeNames(text: string): string[] {
  return [...text.matchAll(/(?:DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,\s]+)/g)].map(([, name = '']) =>
    name.startsWith('"') ? (JSON.parse(name) as string) : name,
  );
}

/** A line for each part of the subject: `O=Shop`, `CN=old.shop.example`. */
function commonNames(subject: string): string[] {
  return subject.split('\n').flatMap((line) => (line.startsWith('CN=') ? [line.slice(3)] : []));
}
