/** How long a container that keeps dying waits before it is started again. */
export interface BackOffOptions {
  /** Second pause; the first restart is immediate. A kubelet takes 10 s. */
  readonly firstMs: number;
  /** A kubelet takes 300 s. */
  readonly maxMs: number;
}

/** What a kubelet does (Kubernetes documentation, "Pod Lifecycle", container restart policy). */
export const KUBELET_BACK_OFF: BackOffOptions = { firstMs: 10_000, maxMs: 300_000 };

/** The same shape, quick enough to watch. */
export const QUICK_BACK_OFF: BackOffOptions = { firstMs: 1_000, maxMs: 30_000 };

/** First restart at once, then `firstMs`, doubled each time up to `maxMs`; anew after a run of twice `maxMs`. */
export class RestartBackOff {
  readonly #options: BackOffOptions;
  #pauseMs = 0;

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  /** @param ranMs how long the run that has just ended took */
  nextMs(ranMs: number): number {
    const { firstMs, maxMs } = this.#options;
    if (ranMs >= 2 * maxMs) this.#pauseMs = 0;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = pauseMs === 0 ? firstMs : Math.min(maxMs, pauseMs * 2);
    return pauseMs;
  }
}
