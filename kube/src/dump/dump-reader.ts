import type { JsonObject } from '../json.ts';
import { asCount, asList, asObject, asText } from '../json.ts';
import type { KubeObject } from '../snapshot/kube-object.ts';
import type { ContainerLog, SnapshotParts } from '../snapshot/snapshot.ts';
import { Snapshot } from '../snapshot/snapshot.ts';
import { bundleEntries } from './bundle.ts';
import type { ReadCertificate } from './certificate.ts';
import { contentKind } from './content.ts';
import { describedObjects } from './describe/describe.ts';
import type { FoundItem, FoundList } from './items.ts';
import { itemsOf } from './items.ts';
import type { JsonDocument } from './json-documents.ts';
import { jsonDocuments } from './json-documents.ts';
import { DUMP_LIMITS } from './limits.ts';
import type { LogPart } from './log-lines.ts';
import { logParts } from './log-lines.ts';
import type { KnownPod } from './log-place.ts';
import { LogPlaces } from './log-place.ts';
import { Namespaces } from './namespaces.ts';
import { placeObjects, withoutRepeatedEvents } from './place-objects.ts';
import type { DumpProblem } from './problems.ts';
import { Problems } from './problems.ts';
import { kindOfFileName } from './resources.ts';
import { tableObjects } from './table-rows.ts';
import { newestTimeUs, takenTimeUs } from './times.ts';
import { yamlDocuments } from './yaml-documents.ts';

/** A text file of a dump. */
export interface DumpFile {
  /** Relative to the dump's folder, with `/`. */
  readonly path: string;
  readonly text: string;
  /** End of a log of which the middle was left out. */
  readonly tail?: string;
  /** When the file was written, Unix microseconds: ages count from it where nothing else tells the time. */
  readonly modifiedUs?: number;
}

export interface ReadDump {
  readonly parts: SnapshotParts;
  /** What could not be read, a bounded number of them, and how many there are. */
  readonly problems: readonly DumpProblem[];
  readonly problemCount: number;
  /** Whether the time of the snapshot was found in it, or had to be taken from the files or the caller. */
  readonly isTimeKnown: boolean;
}

export interface DumpOptions {
  readonly cluster: string;
  /** When the dump was taken, Unix microseconds, where it is known better than from the dump. */
  readonly nowUs?: number;
}

interface Pending {
  readonly path: string;
  readonly strength: 'description' | 'row';
  readonly build: (takenUs: number) => readonly { readonly raw: JsonObject; readonly place: string }[];
}

interface FoundLog {
  readonly path: string;
  readonly part: LogPart;
}

/**
 * Takes the files of a dump, in any order and layout, and makes a snapshot of them. Files are told apart by their
 * content; their path gives namespace and pod where the content does not. What can't be read is a problem with its
 * place, and takes nothing else with it.
 */
export class DumpReader {
  readonly #items: FoundItem[] = [];
  readonly #lists: FoundList[] = [];
  readonly #pending: Pending[] = [];
  readonly #logs: FoundLog[] = [];
  readonly #paths: string[] = [];
  readonly #times: number[] = [];
  readonly #problems = new Problems();
  readonly #readCertificate: ReadCertificate;
  #modifiedUs: number | undefined;
  #logCharacters = 0;

  /** @param readCertificate without it certificates of Secrets tell nothing */
  constructor(readCertificate: ReadCertificate = () => undefined) {
    this.#readCertificate = readCertificate;
  }

  /** Something about a file that its reader noticed: not readable, binary, too large. */
  problem(path: string, message: string): void {
    this.#problems.add(path, '', message);
  }

  add(file: DumpFile): void {
    const { path, text, modifiedUs } = file;
    this.#paths.push(path);
    if (modifiedUs !== undefined) this.#modifiedUs = Math.max(this.#modifiedUs ?? 0, modifiedUs);
    const kind = contentKind(text);
    switch (kind) {
      case 'empty':
        return;
      case 'json':
      case 'yaml': {
        const source = { path, text: this.#withoutLogs(path, text), problems: this.#problems };
        const documents = kind === 'json' ? jsonDocuments(source) : yamlDocuments(source);
        if (this.#addDocuments(path, documents) || this.#addBundles(path, documents)) return;
        // One line of JSON may be all that a program wrote.
        if (!text.trim().includes('\n')) this.#addLog(file);
        else this.#problems.add(path, '', 'holds no objects of Kubernetes');
        return;
      }
      case 'description':
        this.#addDescription(path, text);
        return;
      case 'table':
        this.#addTable(path, text);
        return;
      case 'log':
        this.#addLog(file);
        return;
    }
  }

  finish({ cluster, nowUs }: DumpOptions): ReadDump {
    const { takenUs: foundUs, ahead } = takenTimeUs(this.#times);
    if (ahead.length > 0 && nowUs === undefined) {
      const latest = new Date(Math.max(...ahead) / 1000).toISOString();
      this.#problems.add(
        '',
        '',
        `${ahead.length} objects tell of times up to ${latest}, far after all others: taken for a wrong clock`,
      );
    }
    const takenUs = nowUs ?? foundUs ?? this.#modifiedUs ?? 946_684_800_000_000;
    const dated = this.#pending.flatMap(({ path, strength, build }) =>
      build(takenUs).map(({ raw, place }): FoundItem => ({ raw, place, path, strength })),
    );
    const items = [...this.#items, ...dated];
    const namespaces = new Namespaces(items, this.#paths);
    const objects = withoutRepeatedEvents(
      placeObjects(items, { namespaces, problems: this.#problems, readCertificate: this.#readCertificate }),
    );
    const parts: SnapshotParts = {
      cluster,
      takenUs,
      objects,
      listed: namespaces.listed(this.#lists),
      logs: this.#placeLogs(objects, namespaces.known),
    };
    return {
      parts,
      problems: this.#problems.kept,
      problemCount: this.#problems.count,
      isTimeKnown: nowUs !== undefined || foundUs !== undefined,
    };
  }

  /** `kubectl cluster-info dump` without a folder prints lists and logs one behind the other. */
  #withoutLogs(path: string, text: string): string {
    if (!text.includes('\n==== START logs for container ')) return text;
    const sections = /^==== START logs for container [\s\S]*?^==== END logs for container .*$/gm;
    this.#addLog({ path, text: [...text.matchAll(sections)].map(([part]) => part).join('\n') });
    // Lines keep their numbers.
    return text.replaceAll(sections, (part) => part.replaceAll(/[^\n]+/g, ''));
  }

  /** @returns false when they hold something, but nothing of Kubernetes */
  #addDocuments(path: string, documents: readonly JsonDocument[]): boolean {
    const found = itemsOf(documents, path, this.#problems);
    for (const item of found.items) this.#addItem(item);
    this.#lists.push(...found.lists);
    return found.items.length > 0 || found.lists.length > 0 || found.foreign === 0;
  }

  /** Maps of what would else be many files. */
  #addBundles(path: string, documents: readonly JsonDocument[]): boolean {
    const entries = documents.flatMap(({ value }) => bundleEntries(value, path, this.#problems));
    for (const entry of entries) {
      if ('text' in entry) this.add(entry);
      else this.#addDocuments(entry.path, [{ value: entry.value, place: '' }]);
    }
    return entries.length > 0;
  }

  #addItem(item: FoundItem): void {
    if (this.#items.length === DUMP_LIMITS.objects)
      this.#problems.add(
        item.path,
        item.place,
        `objects beyond the first ${DUMP_LIMITS.objects} were left out`,
      );
    if (this.#items.length > DUMP_LIMITS.objects) return;
    this.#items.push(item);
    const us = newestTimeUs(item.raw);
    if (us !== undefined) this.#times.push(us);
  }

  #addDescription(path: string, text: string): void {
    const { objects, unknown } = describedObjects(text, path, kindOfFileName(path));
    for (const { raw, place, notBeforeUs, events } of objects) {
      if (notBeforeUs !== undefined) this.#times.push(notBeforeUs);
      this.#pending.push({
        path,
        strength: 'description',
        build: (takenUs) => [{ raw, place }, ...events(takenUs).map((event) => ({ raw: event, place }))],
      });
    }
    for (const place of unknown) this.#problems.add(path, place, 'a description of a kind that is not known');
  }

  #addTable(path: string, text: string): void {
    const table = tableObjects(text, path);
    if (table !== undefined) this.#pending.push({ path, strength: 'row', build: table.build });
  }

  #addLog({ path, text, tail }: DumpFile): void {
    for (const part of logParts(text, tail)) {
      const characters = part.lines.reduce((sum, line) => sum + line.length, 0);
      if (this.#logCharacters + characters > DUMP_LIMITS.logCharacters) {
        this.#problems.add(
          path,
          `line ${part.first}`,
          'the logs together are too long: this one was left out',
        );
        continue;
      }
      this.#logCharacters += characters;
      this.#logs.push({ path, part });
    }
  }

  #placeLogs(objects: readonly KubeObject[], namespaces: ReadonlySet<string>): ContainerLog[] {
    const places = new LogPlaces(knownPods(objects), namespaces);
    const nodes = new Set(objects.filter(({ kind }) => kind === 'Node').map(({ name }) => name));
    return this.#logs.flatMap(({ path, part }) => {
      const { lines, first } = part;
      const place = first === 1 ? path : `${path}, line ${first}`;
      const byPath = places.placeOf(path);
      if (part.pod !== undefined) {
        const named = places.complete(part.pod, part.container, part.namespace);
        return [{ ...named, previous: byPath?.previous ?? false, lines, place }];
      }
      if (byPath !== undefined) return [{ ...byPath, lines, place }];
      const ofNode = nodeLog(path, lines, nodes);
      if (ofNode !== undefined) return [{ namespace: '', pod: '', previous: false, lines, place, ...ofNode }];
      const guessed = places.guess(path);
      if (guessed !== undefined) return [{ ...guessed, lines, place }];
      this.#problems.add(
        path,
        '',
        'not recognised: no objects, no table, no description, and no pod or node that it could be the log of',
      );
      return [];
    });
  }
}

function knownPods(objects: readonly KubeObject[]): KnownPod[] {
  const snapshot = new Snapshot({ cluster: '', objects, logs: [], takenUs: 0, listed: new Set() });
  return snapshot.all('Pod').map((pod) => {
    const owner = snapshot.ownerOf(pod);
    const specs = [...(asList(pod.spec['initContainers']) ?? []), ...(asList(pod.spec['containers']) ?? [])];
    const statuses = asList(pod.status['containerStatuses']) ?? [];
    return {
      namespace: pod.namespace,
      name: pod.name,
      containers: specs.flatMap((spec) => asText(asObject(spec)?.['name']) ?? []),
      owner: owner.kind === 'Pod' ? undefined : owner.name,
      restarts: statuses.reduce<number>((sum, s) => sum + (asCount(asObject(s)?.['restartCount']) ?? 0), 0),
    };
  });
}

const KLOG = /^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+\s+\d+ \S+:\d+\]/;
const JOURNAL = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? (\S+) ([A-Za-z][\w.-]*)(?:\[\d+\])?: /;
const SERVICES = /kubelet|containerd|crio|cri-o|dockerd|docker|kube-proxy|kernel|dmesg|journal/i;

/** Logs of a node's own services: by the journal's host, or a folder that is called like a node. */
function nodeLog(
  path: string,
  lines: readonly string[],
  nodes: ReadonlySet<string>,
): { readonly node: string; readonly container: string | undefined } | undefined {
  const journal = lines
    .slice(0, 20)
    .map((line) => JOURNAL.exec(line))
    .find((match) => match !== null);
  const isNodes =
    journal !== undefined || lines.slice(0, 20).some((line) => KLOG.test(line)) || SERVICES.test(path);
  if (!isNodes) return undefined;
  const segments = path.split(/[/_]|\.(?=[a-z]+$)/);
  const [onlyNode] = nodes.size === 1 ? [...nodes] : [];
  const node = segments.find((segment) => nodes.has(segment)) ?? journal?.[1] ?? onlyNode;
  if (node === undefined) return undefined;
  return { node, container: SERVICES.exec(path)?.[0].toLowerCase() ?? journal?.[2] };
}
