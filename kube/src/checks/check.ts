import type { EventType } from '@tapio/domain';
import type { KubeObject, ObjectName } from '../snapshot/kube-object.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

/** Something that a check sees in the objects of a snapshot. It becomes an event with a stable id. */
export interface Observation {
  readonly type: EventType;
  /**
   * The object that shows it: it gives namespace, names and uid. For a pod the event's `data.object` is the
   * object that a user owns behind it, and pod name, uid and node are set besides.
   */
  readonly about: KubeObject;
  /** The object that it points to: what is missing, selected, depended upon. Joined by rules (`join: refers`). */
  readonly refers?: ObjectName;
  /** Since when, Unix microseconds; the snapshot's time if left out. */
  readonly atUs?: number;
  readonly container?: string;
  /** What tells apart several observations of one type about one object: a port, a key, a claim. */
  readonly discriminators?: readonly (string | number)[];
  /** Keys of the type's vocabulary row besides `object`, `refers` and `container`. Undefined ones are left out. */
  readonly data?: Readonly<Record<string, string | number | boolean | undefined>>;
}

export type Emit = (observation: Observation) => void;

/**
 * A pure look at the objects of a snapshot for one kind of inconsistency or failure. It emits what it can prove;
 * where a list was not read (`snapshot.knowsAll`) absence proves nothing and it is silent.
 */
export interface Check {
  readonly name: string;
  readonly run: (snapshot: Snapshot, emit: Emit) => void;
}
