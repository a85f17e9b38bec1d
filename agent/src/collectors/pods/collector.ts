import type { ObservationEvent } from '@tapio/domain';
import type { PodView } from '@tapio/kube';
import { PodTracker, parsePodList, podIdentity } from '@tapio/kube';
import type { Logger } from '@tapio/runtime';
import { Conservation, waitMs } from '@tapio/runtime';
import type { PodIndex } from '../../enrich/pod-index.ts';
import type { Gap } from '../../gaps/gap-events.ts';
import { readIfThere, replaceFile } from '../../spool/durable-file.ts';
import type { PodListSource } from './source.ts';

/** What one look yields for the stream. */
export interface PodObservation {
  readonly events: readonly ObservationEvent[];
  readonly gap?: Gap;
  /** The kubelet had reported all up to this time, in Unix microseconds. */
  readonly completeThroughUs: number;
}

export interface PodsCollectorOptions {
  readonly cluster: string;
  readonly node: string;
  readonly source: PodListSource;
  readonly index: PodIndex;
  readonly intervalMs: number;
  /** Up to when an earlier agent had seen all, in Unix microseconds; undefined when there was none. */
  readonly seenThroughUs: number | undefined;
  /** Where the tracker's state is kept, so that a restart misses no change. */
  readonly snapshotPath: string;
  /** Resolves when the observation is stored for good. */
  readonly deliver: (observation: PodObservation) => Promise<void>;
  readonly log: Logger;
  readonly nowUs?: () => number;
}

/**
 * How far the kubelet's report may lie behind what happened: it relists its containers every second
 * (genericPLEG, 1 s) and then syncs the pod's status.
 */
const REPORT_LAG_US = 3_000_000;
/** Polls that were asked for because of an unknown pod are at least this far apart. */
const REFRESH_PAUSE_MS = 200;
/** A pod that a poll did not find is not asked for again so soon. */
const UNKNOWN_PAUSE_MS = 10_000;
const UNKNOWN_LIMIT = 1024;
const SNAPSHOT_INTERVAL_US = 60_000_000;

export type PodDrop = 'malformed';

/** Watches the node's pods as its kubelet lists them: names for records, and changes as events. */
export class PodsCollector {
  readonly #options: PodsCollectorOptions;
  readonly #nowUs: () => number;
  readonly #unknown = new Map<string, number>();
  readonly stage: Conservation<PodDrop>;
  #tracker: PodTracker;
  #pods: readonly PodView[] = [];
  #polling: Promise<void> | undefined;
  #delivery: Promise<void> = Promise.resolve();
  #delivering = 0;
  #lastRefreshMs = 0;
  #reachedUs: number | undefined;
  /** No list was read by this agent yet. */
  #first = true;
  #downSinceUs: number | undefined;
  #snapshotUs = 0;
  #reason: string | undefined = 'the pod list was not read yet';

  private constructor(options: PodsCollectorOptions, tracker: PodTracker) {
    this.#options = options;
    this.#tracker = tracker;
    this.#reachedUs = options.seenThroughUs;
    this.#nowUs = options.nowUs ?? ((): number => Date.now() * 1000);
    this.stage = new Conservation<PodDrop>('pods', ['malformed'], () => 0);
  }

  static async open(options: PodsCollectorOptions): Promise<PodsCollector> {
    const { cluster, node, log, snapshotPath } = options;
    const text = await readIfThere(snapshotPath);
    const restored = text === undefined ? undefined : restore({ cluster, node }, text);
    if (restored !== undefined && !restored.ok) {
      log.warn({ fault: restored.fault }, 'the pod tracker starts anew: its snapshot can’t be used');
    }
    return new PodsCollector(
      options,
      restored?.ok === true ? restored.value : new PodTracker({ cluster, node }),
    );
  }

  get health(): { readonly ok: boolean; readonly reason?: string } {
    return this.#reason === undefined ? { ok: true } : { ok: false, reason: this.#reason };
  }

  /** Polls at the interval until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#poll(signal);
      // A spool that takes nothing holds up polling too.
      await this.#delivery;
      await waitMs(this.#options.intervalMs, signal);
    }
    await this.#delivery;
  }

  /**
   * Polls at once because records name pods that are not known, and waits for it at most `maxWaitMs`. Polls are
   * kept apart, and a pod that was not found is not asked for again for a while: the wait is then none.
   */
  async refresh(podUids: readonly string[], maxWaitMs: number, signal: AbortSignal): Promise<void> {
    const now = Date.now();
    const news = podUids.filter((uid) => (this.#unknown.get(uid) ?? 0) <= now);
    if (news.length === 0 || this.#delivering > 1) return;
    for (const uid of news) this.#unknown.set(uid, now + UNKNOWN_PAUSE_MS);
    for (const uid of this.#unknown.keys()) {
      if (this.#unknown.size <= UNKNOWN_LIMIT) break;
      this.#unknown.delete(uid);
    }
    await Promise.race([this.#pollAnew(signal), waitMs(maxWaitMs, signal)]);
  }

  /** A poll that begins now: one that is under way may have been answered before the pod was there. */
  async #pollAnew(signal: AbortSignal): Promise<void> {
    await this.#polling;
    const pauseMs = this.#lastRefreshMs + REFRESH_PAUSE_MS - Date.now();
    if (pauseMs > 0) await waitMs(pauseMs, signal);
    this.#lastRefreshMs = Date.now();
    await this.#poll(signal);
  }

  #poll(signal: AbortSignal): Promise<void> {
    this.#polling ??= this.#look(signal).finally(() => {
      this.#polling = undefined;
    });
    return this.#polling;
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { log, source } = this.#options;
    const askedUs = this.#nowUs();
    const read = await source.read(signal);
    if (signal.aborted) return;
    if (read.kind === 'unreachable') {
      if (this.#downSinceUs === undefined) log.warn({ reason: read.reason }, 'the pod list can’t be read');
      this.#downSinceUs ??= this.#reachedUs ?? askedUs;
      this.#reason = read.reason;
      return;
    }
    if (read.kind === 'list' && !this.#take(read.text)) {
      this.#downSinceUs ??= this.#reachedUs ?? askedUs;
      return;
    }
    this.#reason = undefined;
    const outage = this.#endOutage(askedUs);
    this.#reachedUs = askedUs;
    const changed = read.kind === 'list' || this.#tracker.trackedPods > this.#pods.length;
    const events = changed ? this.#tracker.observe(this.#pods, askedUs) : [];
    const gap = outage ?? (events.length > 0 ? this.#sinceEarlierAgent(askedUs) : undefined);
    this.#first = false;
    this.#deliver({
      events,
      completeThroughUs: askedUs - REPORT_LAG_US,
      ...(gap === undefined ? {} : { gap }),
    });
  }

  /** False when the list as a whole can't be used. */
  #take(text: string): boolean {
    const parsed = parseJson(text);
    const list = parsed === undefined ? undefined : parsePodList(parsed);
    if (list?.ok !== true) {
      this.#reason = `the pod list can't be used: ${list?.fault.message ?? 'it is no JSON'}`;
      this.stage.receive();
      this.stage.drop('malformed');
      return false;
    }
    const { pods, rejected } = list.value;
    this.stage.receive(pods.length + rejected.length);
    this.stage.send(pods.length);
    this.stage.drop('malformed', rejected.length);
    if (rejected.length > 0)
      this.#options.log.warn({ rejected: rejected.slice(0, 3) }, 'pods could not be read');
    this.#pods = pods;
    this.#options.index.replace(pods.map((pod) => podIdentity(pod)));
    return true;
  }

  #endOutage(nowUs: number): Gap | undefined {
    const sinceUs = this.#downSinceUs;
    this.#downSinceUs = undefined;
    if (sinceUs === undefined) return undefined;
    this.#options.log.info(
      { outageMs: Math.round((nowUs - sinceUs) / 1000) },
      'the pod list can be read again',
    );
    return {
      reason: 'kubelet_unreachable',
      sources: ['kubelet'],
      lanes: ['signal'],
      startUs: sinceUs,
      endUs: nowUs,
    };
  }

  /**
   * The time in which no agent read the list, when the first one shows that pods changed in it (a restart count,
   * a spec, a pod that came or went): what came and went between is in no list. A list in which nothing changed
   * is taken as proof that nothing happened, and so is a pause no longer than the kubelet's own report takes.
   */
  #sinceEarlierAgent(nowUs: number): Gap | undefined {
    const { seenThroughUs } = this.#options;
    if (!this.#first || seenThroughUs === undefined || nowUs - seenThroughUs <= 2 * REPORT_LAG_US)
      return undefined;
    return {
      reason: 'kubelet_unreachable',
      sources: ['kubelet'],
      lanes: ['signal'],
      startUs: seenThroughUs,
      endUs: nowUs,
      detail: 'no agent read the pod list, and pods changed meanwhile',
    };
  }

  #deliver(observation: PodObservation): void {
    const due =
      observation.events.length > 0 ||
      observation.completeThroughUs - this.#snapshotUs > SNAPSHOT_INTERVAL_US;
    const snapshot = due ? JSON.stringify(this.#tracker.snapshot()) : undefined;
    if (due) this.#snapshotUs = observation.completeThroughUs;
    this.#delivering += 1;
    this.#delivery = this.#delivery
      .then(async () => {
        await this.#options.deliver(observation);
        // Only now: a snapshot ahead of its events would lose them.
        if (snapshot !== undefined) await replaceFile(this.#options.snapshotPath, snapshot, true);
      })
      .catch((error: unknown) => {
        this.#options.log.warn(
          { error },
          'pod events are not stored: they are found again by the next agent',
        );
      })
      .finally(() => {
        this.#delivering -= 1;
      });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function restore(
  origin: { cluster: string; node: string },
  text: string,
): ReturnType<typeof PodTracker.restore> {
  return PodTracker.restore(origin, parseJson(text));
}
