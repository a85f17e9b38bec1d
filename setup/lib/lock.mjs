import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Runs the work while holding a lock file. The lock is the kernel's, held by a `flock` process (util-linux) for as
 * long as the pipe from this process is open: an owner that dies, however, leaves nothing behind, so that no owner
 * is ever stale.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {() => void} [onWait] called once when somebody else holds the lock
 * @returns {Promise<T>}
 */
export async function withLock(path, work, onWait = () => undefined) {
  mkdirSync(dirname(path), { recursive: true });
  const holder = spawn('flock', ['--exclusive', path, 'sh', '-c', 'echo held; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => holder.once('close', resolve));
  const waiting = setTimeout(onWait, 500);
  try {
    await new Promise((resolve, reject) => {
      holder.once('error', reject);
      holder.stdout.once('data', resolve);
      holder.once('close', (code) => {
        reject(new Error(`cannot lock ${path}: flock ended with code ${String(code)}`));
      });
    });
  } finally {
    clearTimeout(waiting);
  }
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
