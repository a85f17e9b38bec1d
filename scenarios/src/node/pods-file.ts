import { renameSync, writeFileSync } from 'node:fs';

/** A file in the format of a kubelet's `/pods`, replaced whole: a reader sees the old list or the new one. */
export class PodsFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    this.write([]);
  }

  write(pods: readonly unknown[]): void {
    const next = `${this.path}.next`;
    writeFileSync(next, JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods }), {
      mode: 0o600,
    });
    renameSync(next, this.path);
  }
}
