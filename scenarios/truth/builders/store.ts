import { Dice } from './random.ts';
import type { ManagedFields, Manifest, Meta } from './types.ts';

export interface EventOptions {
  readonly type?: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** Minutes before the dump was taken, at which it was seen last. */
  readonly minutesAgo: number;
  readonly count?: number;
  /** Minutes before the dump at which it was seen first; as `minutesAgo` when left out. */
  readonly sinceMinutesAgo?: number;
  readonly component?: string;
  readonly host?: string;
  /** The container within the pod. */
  readonly container?: string;
  readonly initContainer?: boolean;
}

export interface ContainerLog {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly current: readonly string[];
  readonly previous: readonly string[] | undefined;
}

interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** What a dump is rendered from: objects, events and logs, with the clock and the dice that make them. */
export class Store {
  readonly dice: Dice;
  readonly nowMs: number;
  readonly objects: Manifest[] = [];
  readonly events: Manifest[] = [];
  readonly logs = new Map<string, ContainerLog>();
  #version: number;

  constructor(seed: string) {
    this.dice = new Dice(seed);
    const day = Date.UTC(2026, 8, 1 + this.dice.below(60), 7, 0, 0);
    this.nowMs = day + this.dice.below(12 * 3600) * 1000;
    this.#version = 100_000 + this.dice.below(9_000_000);
  }

  /** A time before the dump, as the API writes it. */
  ago(minutes: number): string {
    return new Date(this.nowMs - Math.round(minutes * 60_000)).toISOString().replace(/\.\d+Z$/u, 'Z');
  }

  nextVersion(): string {
    this.#version += 1 + this.dice.below(40);
    return String(this.#version);
  }

  meta(name: string, namespace: string | undefined, minutesAgo: number): Meta {
    return {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid: this.dice.uid(),
      resourceVersion: this.nextVersion(),
      creationTimestamp: this.ago(minutesAgo),
    };
  }

  add<T extends Manifest>(object: T): T {
    this.objects.push(object);
    return object;
  }

  /** The object of that kind and name; a case that asks for one that is not there is wrong. */
  get(kind: string, namespace: string, name: string): Manifest {
    const found = this.find(kind, namespace, name);
    if (found === undefined) throw new Error(`the cluster has no ${kind} ${namespace}/${name}`);
    return found;
  }

  find(kind: string, namespace: string, name: string): Manifest | undefined {
    return this.objects.find(
      ({ kind: k, metadata }) =>
        k === kind && (metadata.namespace ?? '') === namespace && metadata.name === name,
    );
  }

  ofKind(kind: string, namespace?: string): Manifest[] {
    return this.objects.filter(
      (object) =>
        object.kind === kind && (namespace === undefined || object.metadata.namespace === namespace),
    );
  }

  remove(object: Manifest): void {
    const index = this.objects.indexOf(object);
    if (index >= 0) this.objects.splice(index, 1);
  }

  event(about: Manifest | Identity, options: EventOptions): Manifest {
    const { minutesAgo, sinceMinutesAgo = minutesAgo, count = 1, component = 'kubelet', host } = options;
    const isObject = 'metadata' in about;
    const name = isObject ? about.metadata.name : about.name;
    const namespace = isObject ? about.metadata.namespace : about.namespace;
    const prefix = options.initContainer === true ? 'spec.initContainers' : 'spec.containers';
    const isNew = component === 'default-scheduler';
    const event: Manifest = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        ...this.meta(`${name}.${this.dice.hex(16)}`, namespace ?? 'default', sinceMinutesAgo),
      },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(isObject ? { resourceVersion: about.metadata.resourceVersion, uid: about.metadata.uid } : {}),
        ...(options.container === undefined ? {} : { fieldPath: `${prefix}{${options.container}}` }),
      },
      type: options.type ?? 'Normal',
      reason: options.reason,
      message: options.message,
      source: isNew ? {} : { component, ...(host === undefined ? {} : { host }) },
      firstTimestamp: isNew ? null : this.ago(sinceMinutesAgo),
      lastTimestamp: isNew ? null : this.ago(minutesAgo),
      ...(isNew ? {} : { count }),
      eventTime: isNew ? this.ago(minutesAgo).replace('Z', '.000000Z') : null,
      reportingComponent: component,
      reportingInstance: isNew ? 'default-scheduler-cp' : (host ?? ''),
      ...(isNew ? { action: 'Scheduling' } : {}),
    };
    this.events.push(event);
    return event;
  }

  log(
    at: { namespace: string; pod: string; container: string },
    current: readonly string[],
    previous?: readonly string[],
  ): void {
    this.logs.set(`${at.namespace}/${at.pod}/${at.container}`, { ...at, current, previous });
  }

  /** Notes who changed which fields, as the API server does. A segment `{name}` is the list item of that name. */
  changed(
    object: Manifest,
    change: { readonly by: string; readonly minutesAgo: number; readonly fields: readonly string[] },
  ): void {
    const fieldsV1: Record<string, unknown> = {};
    for (const field of change.fields) {
      let at = fieldsV1;
      for (const segment of field.split('/')) {
        const key = segment.startsWith('{') ? `k:{"name":"${segment.slice(1, -1)}"}` : `f:${segment}`;
        at[key] ??= {};
        at = at[key] as Record<string, unknown>;
      }
    }
    const entry: ManagedFields = {
      manager: change.by,
      operation: change.by === 'kubectl' || change.by === 'argocd-controller' ? 'Apply' : 'Update',
      apiVersion: object.apiVersion,
      time: this.ago(change.minutesAgo),
      fieldsType: 'FieldsV1',
      fieldsV1,
    };
    object.metadata.managedFields = [...(object.metadata.managedFields ?? []), entry];
    object.metadata.resourceVersion = this.nextVersion();
    if (object.metadata.generation !== undefined) object.metadata.generation += 1;
  }
}
