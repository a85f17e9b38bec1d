import { Buffer } from 'node:buffer';
import { open, readFile, stat } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';

/** What one look at the pod list gave. */
export type PodListRead =
  | { readonly kind: 'list'; readonly text: string }
  /** The same as at the last look. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface PodListSource {
  read(signal: AbortSignal): Promise<PodListRead>;
}

export interface PodListSourceOptions {
  /** `http://` or `https://` URL of a kubelet's /pods, or the path of a file in that format. */
  readonly from: string;
  /** File with the bearer token; read for every request, because it is rotated. */
  readonly tokenFile?: string;
  readonly caFile?: string;
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
}

/** 110 pods of 300 KB (the largest object that etcd takes is 1.5 MiB) and some room. */
const DEFAULT_MAX_BYTES = 32 * 1024 * 1024;

export function podListSource(options: PodListSourceOptions): PodListSource {
  return /^https?:\/\//.test(options.from) ? new UrlSource(options) : new FileSource(options);
}

class FileSource implements PodListSource {
  readonly #path: string;
  readonly #maxBytes: number;
  #seen = '';

  constructor(options: PodListSourceOptions) {
    this.#path = options.from;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  async read(): Promise<PodListRead> {
    try {
      const before = await stat(this.#path, { bigint: true });
      const mark = `${before.ino}/${before.size}/${before.mtimeNs}`;
      if (mark === this.#seen) return { kind: 'unchanged' };
      if (before.size > this.#maxBytes)
        return { kind: 'unreachable', reason: `${this.#path} is larger than ${this.#maxBytes} bytes` };
      await using file = await open(this.#path, 'r');
      const text = await file.readFile('utf8');
      this.#seen = mark;
      return { kind: 'list', text };
    } catch (error) {
      this.#seen = '';
      return { kind: 'unreachable', reason: error instanceof Error ? error.message : 'unreadable' };
    }
  }
}

class UrlSource implements PodListSource {
  readonly #options: PodListSourceOptions;
  readonly #agent: Agent | undefined;
  #ca: string | undefined;
  #etag: string | undefined;
  #lastText = '';

  constructor(options: PodListSourceOptions) {
    this.#options = options;
    this.#agent = options.from.startsWith('https')
      ? new Agent({ keepAlive: true, maxSockets: 2 })
      : undefined;
  }

  async read(signal: AbortSignal): Promise<PodListRead> {
    try {
      const response = await this.#request(signal);
      if (response.statusCode === 304) {
        response.resume();
        return { kind: 'unchanged' };
      }
      if (response.statusCode !== 200) {
        response.resume();
        return { kind: 'unreachable', reason: statusReason(response.statusCode ?? 0) };
      }
      const text = await readBody(response, this.#options.maxBytes ?? DEFAULT_MAX_BYTES);
      this.#etag = response.headers.etag;
      if (text === this.#lastText) return { kind: 'unchanged' };
      this.#lastText = text;
      return { kind: 'list', text };
    } catch (error) {
      this.#etag = undefined;
      return { kind: 'unreachable', reason: error instanceof Error ? error.message : 'no answer' };
    }
  }

  async #request(signal: AbortSignal): Promise<IncomingMessage> {
    const { from, tokenFile, caFile, timeoutMs = 5_000 } = this.#options;
    const headers: Record<string, string> = { accept: 'application/json' };
    if (tokenFile !== undefined)
      headers['authorization'] = `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}`;
    if (this.#etag !== undefined) headers['if-none-match'] = this.#etag;
    if (caFile !== undefined) this.#ca ??= await readFile(caFile, 'utf8');
    const send = from.startsWith('https') ? httpsRequest : httpRequest;
    return await new Promise((resolve, reject) => {
      const outgoing = send(
        from,
        {
          headers,
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
          ...(this.#agent === undefined ? {} : { agent: this.#agent }),
          ...(this.#ca === undefined ? {} : { ca: this.#ca }),
        },
        resolve,
      );
      outgoing.on('error', reject);
      outgoing.end();
    });
  }
}

function statusReason(status: number): string {
  if (status === 401) return 'the kubelet answered 401: is --pods-token-file right?';
  if (status === 403)
    return 'the kubelet answered 403: the service account needs get on nodes/proxy (or nodes/pods)';
  return `the kubelet answered ${status}`;
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      response.destroy();
      throw new Error(`the pod list is larger than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
