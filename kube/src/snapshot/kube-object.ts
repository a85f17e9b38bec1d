import type { JsonObject } from '../json.ts';

/** An API object as a dump or a watch gives it. Whatever is missing or of the wrong type is absent, never a fault. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for objects of the cluster. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdUs: number | undefined;
  /** When its deletion was asked for. */
  readonly deletionUs: number | undefined;
  readonly metadata: JsonObject;
  /** Empty where the object has none. */
  readonly spec: JsonObject;
  readonly status: JsonObject;
  /** Whole, for kinds whose fields stand elsewhere: ConfigMap, Event, StorageClass, EndpointSlice. */
  readonly raw: JsonObject;
  /** Where it was read: `pods.json, items[3]`. */
  readonly place: string;
}

/** An object by its name, whether or not it is there. */
export interface ObjectName {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** `Deployment/shop/checkout`, `Node//worker-1`: how events name objects in `data.object` and `data.refers`. */
export function objectText({ kind, namespace, name }: ObjectName): string {
  return `${kind}/${namespace}/${name}`;
}
