/** What the objects of a dump say of pods, for naming the container that a log comes from. */
export interface KnownPod {
  readonly namespace: string;
  readonly name: string;
  readonly containers: readonly string[];
  /** `checkout` for Deployment/checkout. */
  readonly owner: string | undefined;
  readonly restarts: number;
}

export interface LogPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string | undefined;
  readonly previous: boolean;
}

const EXTENSION = /\.(?:log|txt|out|json|jsonl|ndjson)(?:\.\d{1,3})?$/i;
const PREVIOUS = /(?:^|[-_.])(?:previous|prev|last)(?=$|[-_.])/i;
/** `/var/log/pods/<namespace>_<pod>_<uid>/<container>/0.log` */
const POD_FOLDER = /^([a-z0-9-]+)_([a-z0-9.-]+)_[0-9a-f-]{32,36}$/;
/** `/var/log/containers/<pod>_<namespace>_<container>-<id>.log` */
const CONTAINER_FILE = /^([a-z0-9.-]+)_([a-z0-9-]+)_([a-z0-9.-]+)-[0-9a-f]{64}$/;
const GENERATED_NAME = /^[a-z0-9][a-z0-9.-]*-(?:[a-z0-9]{5}|\d{1,4})$/;

/** Which container a log file is of, by folders and name, with the pods of the dump where they are known. */
export class LogPlaces {
  readonly #byName = new Map<string, KnownPod[]>();
  readonly #byOwner = new Map<string, KnownPod[]>();
  readonly #namespaces: ReadonlySet<string>;

  constructor(pods: readonly KnownPod[], namespaces: ReadonlySet<string>) {
    this.#namespaces = namespaces;
    for (const pod of pods) {
      this.#byName.set(pod.name, [...(this.#byName.get(pod.name) ?? []), pod]);
      if (pod.owner !== undefined)
        this.#byOwner.set(pod.owner, [...(this.#byOwner.get(pod.owner) ?? []), pod]);
    }
  }

  /** Undefined where nothing of the path names a pod of the dump. */
  placeOf(path: string): LogPlace | undefined {
    return this.#place(path, false);
  }

  /** A pod that the dump does not hold, by the usual order of names. */
  guess(path: string): LogPlace | undefined {
    return this.#place(path, true);
  }

  #place(path: string, isGuess: boolean): LogPlace | undefined {
    const segments = path.split('/');
    const base = (segments.pop() ?? '').replace(EXTENSION, '');
    const previous = PREVIOUS.test(base) || segments.some((segment) => PREVIOUS.test(segment));
    const plain = base.replace(PREVIOUS, '').replace(/^[-_.]+|[-_.]+$/g, '');
    const found = isGuess
      ? this.#unknown(segments, plain)
      : (this.#byRuntimePath(segments, base) ??
        this.#byFolder(segments, plain) ??
        this.#byFile(segments, plain) ??
        this.#byWorkload(segments, plain));
    return found === undefined ? undefined : { ...found, previous };
  }

  /** What a line or header says of the pod, completed by what is known. */
  complete(pod: string, container: string | undefined, namespace?: string): Omit<LogPlace, 'previous'> {
    const known = (this.#byName.get(pod) ?? []).find(
      (p) => namespace === undefined || p.namespace === namespace,
    );
    return { namespace: namespace ?? known?.namespace ?? 'default', pod, container };
  }

  #byRuntimePath(segments: readonly string[], base: string): Omit<LogPlace, 'previous'> | undefined {
    for (const [index, segment] of segments.entries()) {
      const match = POD_FOLDER.exec(segment);
      if (match !== null) {
        const [, namespace = '', pod = ''] = match;
        return { namespace, pod, container: segments[index + 1] };
      }
    }
    const match = CONTAINER_FILE.exec(base);
    if (match === null) return undefined;
    const [, pod = '', namespace = '', container] = match;
    return { namespace, pod, container };
  }

  /** A folder that is called like a pod; container by a folder below it or by the file. */
  #byFolder(segments: readonly string[], plain: string): Omit<LogPlace, 'previous'> | undefined {
    for (let index = segments.length - 1; index >= 0; index -= 1) {
      const pod = this.#pick(segments[index] ?? '', segments.slice(0, index));
      if (pod === undefined) continue;
      return placed(pod, [...segments.slice(index + 1), ...parts(plain)]);
    }
    // must-gather: namespaces/<namespace>/pods/<pod>/<container>/<container>/logs/current.log
    const at = segments.lastIndexOf('pods');
    const [namespace, pod, container] = [segments[at - 1], segments[at + 1], segments[at + 2]];
    if (at > 1 && segments[at - 2] === 'namespaces' && namespace !== undefined && pod !== undefined)
      return { namespace, pod, container };
    return undefined;
  }

  /** The longest name of a pod that the file's name holds. */
  #byFile(segments: readonly string[], plain: string): Omit<LogPlace, 'previous'> | undefined {
    let best: { readonly pod: KnownPod; readonly rest: string } | undefined;
    const whole = [plain, ...plain.split('_')].filter((name) => this.#byName.has(name));
    for (const name of whole.length > 0 ? whole : this.#byName.keys()) {
      if (name.length <= (best?.pod.name.length ?? 0)) continue;
      const at = plain.indexOf(name);
      if (at === -1 || !isApart(plain, at, name.length)) continue;
      const before = plain.slice(0, at);
      const pod = this.#pick(name, [...segments, ...parts(before), before.replace(/[-_.]+$/, '')]);
      if (pod !== undefined) best = { pod, rest: plain.slice(at + name.length).replace(/^[-_.]+/, '') };
    }
    return best === undefined ? undefined : placed(best.pod, [best.rest, ...parts(best.rest)]);
  }

  /** `kubectl logs deploy/checkout > checkout.log`: one of its pods, the one that restarted most. */
  #byWorkload(segments: readonly string[], plain: string): Omit<LogPlace, 'previous'> | undefined {
    for (const owner of [plain, ...parts(plain)]) {
      const pods = (this.#byOwner.get(owner) ?? []).filter(
        (pod) => !segments.some((s) => this.#namespaces.has(s)) || segments.includes(pod.namespace),
      );
      const [pod] = pods.toSorted((a, b) => b.restarts - a.restarts || (a.name < b.name ? -1 : 1));
      if (pod !== undefined) return placed(pod, parts(plain));
    }
    return undefined;
  }

  /** No pod of the dump: names by their usual order. */
  #unknown(segments: readonly string[], plain: string): Omit<LogPlace, 'previous'> | undefined {
    const namespace = segments.findLast((segment) => this.#namespaces.has(segment));
    const names = plain.split('_').filter(Boolean);
    if (!names.every((name) => /^[a-z0-9][a-z0-9.-]*$/.test(name))) return undefined;
    const [a = '', b, c] = names;
    if (c !== undefined && b !== undefined) return { namespace: a, pod: b, container: c };
    if (b !== undefined) {
      if (this.#namespaces.has(a)) return { namespace: a, pod: b, container: undefined };
      return { namespace: namespace ?? 'default', pod: a, container: b };
    }
    const folder = segments.at(-1) ?? '';
    if (GENERATED_NAME.test(folder)) return { namespace: namespace ?? 'default', pod: folder, container: a };
    return GENERATED_NAME.test(a)
      ? { namespace: namespace ?? 'default', pod: a, container: undefined }
      : undefined;
  }

  /** The pod of that name; of several, the one whose namespace the path names. */
  #pick(name: string, words: readonly string[]): KnownPod | undefined {
    const pods = this.#byName.get(name);
    if (pods === undefined || pods.length < 2) return pods?.[0];
    return pods.find((pod) => words.includes(pod.namespace)) ?? pods[0];
  }
}

function placed(pod: KnownPod, words: readonly string[]): Omit<LogPlace, 'previous'> {
  const container =
    words.find((word) => pod.containers.includes(word)) ??
    (pod.containers.length === 1 ? pod.containers[0] : undefined);
  return { namespace: pod.namespace, pod: pod.name, container };
}

function parts(text: string): string[] {
  return text.split(/[_.]|--/).flatMap((part) => (part === '' ? [] : [part]));
}

function isApart(text: string, at: number, length: number): boolean {
  return /^[-_./]?$/.test(text.charAt(at - 1)) && /^[-_./]?$/.test(text.charAt(at + length));
}
