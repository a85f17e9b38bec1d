import type { PluginContext } from './context.ts';
import { BackendError } from './errors.ts';
import type { Logger } from './logger.ts';

/** Makes what a plugin keeps per datasource (or app): usually a driver and its parsed settings. */
export type InstanceFactory<Instance> = (context: PluginContext) => Instance | Promise<Instance>;

export interface InstanceManagerOptions {
  readonly logger: Logger;
  /** A replaced instance that is still in use is disposed after this long anyway; 60 s unless given. */
  readonly gracePeriodMs?: number;
  /** At most so many live instances; when full the one used longest ago is retired. 256 unless given. */
  readonly maxInstances?: number;
}

/** The use of an instance by one call. While a lease is open its instance is disposed only by the grace period. */
export interface InstanceLease<Instance> extends Disposable {
  readonly instance: Instance;
}

interface Entry<Instance> {
  readonly key: string;
  readonly updatedMs: number;
  readonly created: Promise<Instance>;
  leases: number;
  retired: boolean;
  disposal: Promise<void> | undefined;
  timer: NodeJS.Timeout | undefined;
}

function keyOf(context: PluginContext): string {
  const tenant = `${context.namespace}/${context.orgId}`;
  return context.datasource === undefined
    ? `${tenant}/app/${context.pluginId}`
    : `${tenant}/datasource/${context.datasource.uid}`;
}

function updatedMsOf(context: PluginContext): number {
  return context.datasource?.updatedMs ?? context.app?.updatedMs ?? 0;
}

async function disposeValue(value: unknown): Promise<void> {
  if (typeof value !== 'object' || value === null) return;
  if (Symbol.asyncDispose in value) await (value as AsyncDisposable)[Symbol.asyncDispose]();
  else if (Symbol.dispose in value) (value as Disposable)[Symbol.dispose]();
}

/**
 * One instance per datasource (organisation and uid) and time of its last change. Concurrent first calls share
 * one creation; a failed creation is not kept, so that the next call tries again.
 */
export class InstanceManager<Instance> implements AsyncDisposable {
  readonly #factory: InstanceFactory<Instance>;
  readonly #logger: Logger;
  readonly #gracePeriodMs: number;
  readonly #maxInstances: number;
  /** In order of last use, the oldest first. */
  readonly #current = new Map<string, Entry<Instance>>();
  readonly #retired = new Set<Entry<Instance>>();
  #closed = false;

  constructor(factory: InstanceFactory<Instance>, options: InstanceManagerOptions) {
    this.#factory = factory;
    this.#logger = options.logger;
    this.#gracePeriodMs = options.gracePeriodMs ?? 60_000;
    this.#maxInstances = options.maxInstances ?? 256;
  }

  /** Live instances, replaced ones that wait for disposal included. */
  get size(): number {
    return this.#current.size + this.#retired.size;
  }

  /** @throws what the factory throws, and BackendError 503 after disposal. */
  async acquire(context: PluginContext): Promise<InstanceLease<Instance>> {
    if (this.#closed) throw new BackendError('The plugin is shutting down.', { status: 503 });
    const entry = this.#entryFor(context);
    entry.leases += 1;
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      entry.leases -= 1;
      if (entry.retired && entry.leases === 0) void this.#dispose(entry);
    };
    try {
      return { instance: await entry.created, [Symbol.dispose]: release };
    } catch (error) {
      if (this.#current.get(entry.key) === entry) this.#current.delete(entry.key);
      release();
      throw error;
    }
  }

  #entryFor(context: PluginContext): Entry<Instance> {
    const key = keyOf(context);
    const updatedMs = updatedMsOf(context);
    const known = this.#current.get(key);
    if (known?.updatedMs === updatedMs) {
      this.#current.delete(key);
      this.#current.set(key, known);
      return known;
    }
    if (known !== undefined) this.#retire(known);
    const entry: Entry<Instance> = {
      key,
      updatedMs,
      created: Promise.resolve().then(() => this.#factory(context)),
      leases: 0,
      retired: false,
      disposal: undefined,
      timer: undefined,
    };
    this.#current.set(key, entry);
    for (const oldest of this.#current.values()) {
      if (this.#current.size <= this.#maxInstances) break;
      this.#retire(oldest);
    }
    return entry;
  }

  #retire(entry: Entry<Instance>): void {
    this.#current.delete(entry.key);
    this.#retired.add(entry);
    entry.retired = true;
    if (entry.leases === 0) {
      void this.#dispose(entry);
      return;
    }
    entry.timer = setTimeout(() => void this.#dispose(entry), this.#gracePeriodMs);
    entry.timer.unref();
  }

  #dispose(entry: Entry<Instance>): Promise<void> {
    clearTimeout(entry.timer);
    entry.disposal ??= entry.created
      .then(disposeValue, () => undefined)
      .catch((error: unknown) => {
        this.#logger.error('An instance could not be disposed', { error });
      })
      .finally(() => this.#retired.delete(entry));
    return entry.disposal;
  }

  /** Disposes every instance, used or not. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const entries = [...this.#current.values(), ...this.#retired];
    this.#current.clear();
    await Promise.all(entries.map((entry) => this.#dispose(entry)));
  }
}
