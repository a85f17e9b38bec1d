/** The files of one dump: path within the dump's directory to its text. */
export type DumpFiles = Readonly<Record<string, string>>;

export type Area = 'workload' | 'platform' | 'network' | 'control' | 'healthy';

/** What is really wrong in a case. */
export interface Truth {
  /** The object to act on; `namespace` is empty for objects of the whole cluster. */
  readonly object: { readonly kind: string; readonly namespace: string; readonly name: string };
  /** The code of docs/causes.md, followed by further codes that are right too. */
  readonly causes: readonly string[];
  /** From the root to the last effect: objects as `Kind/namespace/name`, or words for what happened in between. */
  readonly chain: readonly string[];
  /** The change that brought the fault, where there was one: the object that was changed, and its fields in words. */
  readonly change: { readonly object: string; readonly field: string } | null;
}

/** One labelled state of a cluster. */
export interface TruthCase {
  readonly id: string;
  /** Held-out cases are only scored: whoever writes rules does not look at them. */
  readonly split: 'open' | 'held-out';
  /** Of held-out cases: the second batch was written by other authors, after the first had been scored. */
  readonly batch?: 'first' | 'second';
  /** `recorded`: from a real cluster; `composed`: made of objects and texts as Kubernetes writes them. */
  readonly kind: 'composed' | 'recorded';
  readonly area: Area;
  readonly title: string;
  /** Where it is documented or coded that the fault looks like this. */
  readonly sources: readonly string[];
  /** Null: healthy or merely noisy, so nothing of weight may be found. */
  readonly truth: Truth | null;
  /** The case that this one looks like, while its truth differs. */
  readonly twinOf?: string;
  /** The same files at every call. */
  build(): DumpFiles;
}
