import type { JsonObject } from '../json.ts';
import { asObject, asText } from '../json.ts';
import type { ReadCertificate } from './certificate.ts';

/** Annotations of a Secret that say nothing of its content. */
const HARMLESS_ANNOTATIONS = /^(?:kubernetes\.io\/service-account\.|cert-manager\.io\/)/;

/**
 * A Secret without its values: `data` holds its keys with empty values. Of a public certificate under `tls.crt` the
 * dates and names are kept as `certificate`.
 */
export function redactSecret(raw: JsonObject, readCertificate: ReadCertificate): JsonObject {
  const metadata = asObject(raw['metadata']) ?? {};
  const values = { ...asObject(raw['data']), ...asObject(raw['stringData']) };
  const certificate = certificateOf(raw, readCertificate);
  return {
    apiVersion: raw['apiVersion'],
    kind: raw['kind'],
    type: raw['type'],
    ...(raw['immutable'] === true ? { immutable: true } : {}),
    metadata: {
      ...metadata,
      ...(metadata['annotations'] === undefined ? {} : { annotations: harmless(metadata['annotations']) }),
    },
    data: Object.fromEntries(Object.keys(values).map((key) => [key, ''])),
    ...(certificate === undefined ? {} : { certificate }),
  };
}

function harmless(annotations: unknown): JsonObject {
  return Object.fromEntries(
    Object.entries(asObject(annotations) ?? {}).filter(([key]) => HARMLESS_ANNOTATIONS.test(key)),
  );
}

function certificateOf(raw: JsonObject, readCertificate: ReadCertificate): JsonObject | undefined {
  const encoded = asText(asObject(raw['data'])?.['tls.crt']);
  const plain = asText(asObject(raw['stringData'])?.['tls.crt']);
  const pem = plain ?? (encoded === undefined ? undefined : base64Text(encoded));
  const certificate = pem === undefined ? undefined : readCertificate(pem);
  return certificate === undefined ? undefined : { ...certificate };
}

function base64Text(encoded: string): string | undefined {
  try {
    return atob(encoded);
  } catch {
    return undefined;
  }
}
