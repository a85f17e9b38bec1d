/** What is kept of an X.509 certificate. */
export interface Certificate {
  readonly notBeforeUs: number;
  readonly notAfterUs: number;
  /** DNS names and addresses it is for; its common name where it has no others. */
  readonly names: readonly string[];
}

/** Reads the first certificate of a PEM text; undefined where it holds none. Given by the caller: this package is pure. */
export type ReadCertificate = (pem: string) => Certificate | undefined;
