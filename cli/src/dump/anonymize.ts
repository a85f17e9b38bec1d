import type { Incident } from '@tapio/domain';
import type { Finding } from '@tapio/intelligence';
import type { KubeObject, Snapshot } from '@tapio/kube';

/** Namespaces that every cluster has: names of what Kubernetes itself puts there say nothing of anybody. */
const OWN_NAMESPACES: ReadonlySet<string> = new Set([
  '',
  'default',
  'kube-system',
  'kube-public',
  'kube-node-lease',
]);
const OWN_NAMES: ReadonlySet<string> = new Set(['kubernetes', 'default', 'kube-root-ca.crt', 'localhost']);

/** What objects are called in place of their names; those of other kinds by their kind. */
const WORDS: Readonly<Record<string, string>> = {
  Namespace: 'namespace',
  Node: 'node',
  Deployment: 'app',
  StatefulSet: 'app',
  DaemonSet: 'app',
  ReplicaSet: 'app',
  ReplicationController: 'app',
  Job: 'job',
  CronJob: 'job',
  Pod: 'pod',
  Service: 'app',
  PersistentVolumeClaim: 'claim',
  PersistentVolume: 'volume',
};
/** Order in which names are given, so that a pod's can be made of its owner's. */
const KINDS_FIRST = [
  'Namespace',
  'Node',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'CronJob',
  'Job',
  'Service',
];

const IPV4 = /(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)/g;
const IPV6 = /(?<![\w:.-])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f:]{0,19}[0-9a-f](?![\w:-])/gi;
const UID = /(?<![\w-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-])/gi;
/** Names that end like those of hosts do; paths of fields (`limits.memory`) and files do not. */
const HOST =
  /(?<![\w./@-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:com|net|org|edu|gov|mil|int|info|biz|dev|app|cloud|tech|online|site|xyz|example|test|invalid|corp|lan|home|intranet|private|internal|local|(?!js|sh|py|go|rb|ts|md|pl|so|rs|cc|gz|db|ip)[a-z]{2})(?![\w-]|\.\w)/gi;
/** What every cluster has. */
const OWN_HOSTS =
  /(?:^|\.)(?:cluster\.local|k8s\.io|kubernetes\.io|x-k8s\.io|docker\.io|docker\.com|quay\.io|gcr\.io|ghcr\.io|helm\.sh)$/i;

/** Fields whose values are codes, never names. */
const CODES: ReadonlySet<string> = new Set([
  'kind',
  'label',
  'cause',
  'causeCode',
  'rule',
  'symptom',
  'severity',
  'role',
  'word',
  'status',
  'state',
  'incident',
  'id',
  'rulesVersion',
  'time',
]);

/**
 * Replaces names of namespaces, workloads, pods, nodes, images, hosts and addresses by others, each always by the
 * same one, so that an answer can be shared. Names of Kubernetes' own parts stay.
 */
export class Anonymizer {
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #pattern: RegExp;

  constructor(snapshot: Snapshot) {
    const objects = snapshot
      .objects()
      .filter(({ kind }) => kind !== 'Event')
      .toSorted((a, b) => rank(a) - rank(b));
    for (const object of objects) this.#nameObject(object, snapshot);
    // Event objects may tell of namespaces and objects that are gone.
    for (const { namespace } of snapshot.objects())
      if (!OWN_NAMESPACES.has(namespace)) this.#give(namespace, 'namespace');
    const names = [...this.#names.keys()].sort((a, b) => b.length - a.length);
    this.#pattern = new RegExp(`(?<![\\w-])(?:${names.map(escape).join('|')})(?![\\w-])`, 'g');
  }

  /** Replaces all that is known, and what looks like a host or an address. */
  text(text: string): string {
    const named =
      this.#names.size === 0 ? text : text.replace(this.#pattern, (name) => this.#names.get(name) ?? name);
    return named
      .replace(UID, (uid) => this.#give(uid, 'uid'))
      .replace(IPV4, (ip) => (/^(?:127\.|0\.0\.0\.0)/.test(ip) ? ip : this.#give(ip, 'ip')))
      .replace(IPV6, (ip) => this.#give(ip, 'ip'))
      .replace(HOST, (host) => (OWN_HOSTS.test(host) ? host : this.#give(host.toLowerCase(), 'host')));
  }

  incident(incident: Incident): Incident {
    return { ...(this.#deep(incident) as Incident), cluster: 'cluster' };
  }

  /** The label of a finding is its headline. */
  finding(finding: Finding): Finding {
    return { ...(this.#deep(finding) as Finding), label: this.text(finding.label) };
  }

  #deep(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((entry) => this.#deep(entry));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [
        key,
        typeof entry === 'string' && CODES.has(key) ? entry : this.#deep(entry),
      ]),
    );
  }

  #nameObject(object: KubeObject, snapshot: Snapshot): void {
    const { kind, namespace, name, spec } = object;
    this.#nameImages(spec);
    const isOwn =
      kind === 'Namespace'
        ? OWN_NAMESPACES.has(name)
        : OWN_NAMESPACES.has(namespace) && namespace.startsWith('kube');
    if (
      isOwn ||
      OWN_NAMES.has(name) ||
      (kind !== 'Node' && namespace === '' && /^(?:system|kube|cluster-admin)/.test(name))
    ) {
      // A static pod is called after its node.
      const node = [...this.#names].find(
        ([known, alias]) => alias.startsWith('node-') && name.endsWith(`-${known}`),
      );
      if (node !== undefined) this.#names.set(name, `${name.slice(0, -node[0].length)}${node[1]}`);
      return;
    }
    const owner = kind === 'Pod' || kind === 'ReplicaSet' ? snapshot.ownerOf(object).name : name;
    const above = owner === name ? undefined : this.#names.get(owner);
    if (above === undefined) this.#give(name, WORDS[kind] ?? kind.toLowerCase());
    else this.#give(name, kind === 'Pod' ? `${above}-pod` : `${above}-set`);
  }

  #nameImages(spec: unknown): void {
    const found = JSON.stringify(spec).matchAll(/"image":"([^"\\]{1,512})"/g);
    for (const [, image = ''] of found) {
      if (/^registry\.k8s\.io\//.test(image)) continue;
      this.#give(image, 'image');
      const repository = image.replace(/@sha256:[0-9a-f]+$/, '').replace(/:[^:/]+$/, '');
      if (repository.includes('/')) this.#give(repository, 'image');
    }
  }

  /** The name that stands for another, always the same. */
  #give(name: string, word: string): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const number = (this.#counts.get(word) ?? 0) + 1;
    this.#counts.set(word, number);
    const alias = `${word}-${number}`;
    this.#names.set(name, alias);
    return alias;
  }
}

function rank({ kind }: KubeObject): number {
  const at = KINDS_FIRST.indexOf(kind);
  return at === -1 ? KINDS_FIRST.length + (kind === 'Pod' ? 2 : kind === 'ReplicaSet' ? 1 : 0) : at;
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
}
