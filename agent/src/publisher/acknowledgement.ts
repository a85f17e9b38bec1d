/** What the server said to a published batch. */
export type Acknowledgement =
  | { readonly kind: 'stored'; readonly duplicate: boolean }
  /** The stream is full and takes nothing new until something is purged. */
  | { readonly kind: 'full' }
  /** Nobody listens: no such stream, or JetStream is not up. */
  | { readonly kind: 'nobody' }
  | { readonly kind: 'refused'; readonly reason: string };

/** JSStreamStoreFailedF of nats-server: with `discard: new`, the stream's limit is reached. */
const STORE_FAILED = 10077;

interface PubAck {
  readonly stream?: string;
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly err_code?: number; readonly description?: string };
}

/** Reads the server's answer. `status` is the code of a message without body, e.g. 503. */
export function readAcknowledgement(body: Uint8Array, status: number): Acknowledgement {
  if (status === 503) return { kind: 'nobody' };
  let answer: PubAck;
  try {
    answer = JSON.parse(new TextDecoder().decode(body)) as PubAck;
  } catch {
    return { kind: 'refused', reason: 'the answer is no JSON' };
  }
  if (answer.error !== undefined) {
    if (answer.error.err_code === STORE_FAILED) return { kind: 'full' };
    return { kind: 'refused', reason: answer.error.description ?? `error ${answer.error.err_code ?? '?'}` };
  }
  if (answer.stream === undefined || answer.seq === undefined)
    return { kind: 'refused', reason: 'the answer is no acknowledgement' };
  return { kind: 'stored', duplicate: answer.duplicate === true };
}
