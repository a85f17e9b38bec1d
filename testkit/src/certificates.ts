import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a server proves with who it is. Files in PEM. */
export interface ServerCertificate {
  readonly certificateFile: string;
  /** Readable by the owner alone. */
  readonly keyFile: string;
  /** Of the authority that signed it: what clients have to trust. */
  readonly authorityFile: string;
}

/** Why no certificates can be made here, or undefined: for `describe.skipIf` and `ctx.skip`. */
export function certificatesMissing(): string | undefined {
  return spawnSync('openssl', ['version']).status === 0 ? undefined : 'no openssl command';
}

/** P-256 keys, which are made in milliseconds. */
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A certificate authority that is good for a day, in a temporary folder that goes with it. */
export class TestAuthority implements Disposable {
  /** Its own certificate: for clients that are to trust it. */
  readonly file: string;
  readonly #dir: string;
  readonly #keyFile: string;
  #certificates = 0;

  private constructor(dir: string) {
    this.#dir = dir;
    this.file = join(dir, 'authority.pem');
    this.#keyFile = join(dir, 'authority.key');
  }

  /** @throws Error with what openssl says */
  static make(name = 'Tapio test authority'): TestAuthority {
    const authority = new TestAuthority(mkdtempSync(join(tmpdir(), 'tapio-authority-')));
    const files = ['-keyout', authority.#keyFile, '-out', authority.file];
    openssl(['req', '-x509', ...NEW_KEY, ...files, '-days', '1', '-subj', `/CN=${name}`]);
    return authority;
  }

  /** @param names what the server is reached as, in the form of openssl: `IP:127.0.0.1`, `DNS:localhost` */
  certify(names: readonly string[] = ['IP:127.0.0.1', 'DNS:localhost']): ServerCertificate {
    this.#certificates += 1;
    const dir = join(this.#dir, String(this.#certificates));
    mkdirSync(dir);
    const [keyFile, requestFile, extensionFile, certificateFile] = [
      'server.key',
      'request.pem',
      'extensions',
      'server.pem',
    ].map((file) => join(dir, file)) as [string, string, string, string];
    writeFileSync(extensionFile, `subjectAltName=${names.join(',')}\nbasicConstraints=CA:FALSE\n`);
    openssl(['req', ...NEW_KEY, '-keyout', keyFile, '-out', requestFile, '-subj', '/CN=server']);
    openssl([
      ...['x509', '-req', '-in', requestFile, '-CA', this.file, '-CAkey', this.#keyFile, '-CAcreateserial'],
      ...['-out', certificateFile, '-days', '1', '-extfile', extensionFile],
    ]);
    return { keyFile, certificateFile, authorityFile: this.file };
  }

  [Symbol.dispose](): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
