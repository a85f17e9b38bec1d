import type { JsonObject } from '../../json.ts';
import { asList, asObject, asText } from '../../json.ts';
import { nearestName } from '../../relations/near-names.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check } from '../check.ts';
import { configReferences } from './config-references.ts';
import type { PodContainer } from './pod-containers.ts';
import { containersOf, standingPods } from './pod-containers.ts';
import { dataKeys } from './config-missing.ts';

/**
 * Single files of a ConfigMap or Secret that containers mount (`subPath`) and that it does not hold: the kubelet makes
 * an empty directory in its place (pkg/volume/util/subpath), which no file can be mounted over, and no program reads.
 */
export const subPathCheck: Check = {
  name: 'sub-paths',
  run(snapshot, emit) {
    for (const pod of standingPods(snapshot)) {
      for (const container of containersOf(pod)) {
        if (isWell(container)) continue;
        for (const { volume, subPath, mountPath } of singleFiles(container.spec)) {
          const found = missingFile(snapshot, pod, { volume, subPath });
          if (found === undefined) continue;
          const said = mountFailure(container, volume, mountPath);
          if (found.seen === undefined && said === undefined) continue;
          emit({
            type: 'config_missing',
            about: pod,
            container: container.view.name,
            refers: { kind: found.kind, namespace: pod.namespace, name: found.name },
            discriminators: [found.kind, found.name, subPath],
            data: {
              kind: found.kind,
              key: subPath,
              via: 'volume',
              setting: volume,
              nearest: found.nearest,
              proven: found.seen === undefined ? 'message' : said === undefined ? 'objects' : 'both',
              message: said,
            },
          });
        }
      }
    }
  },
};

function isWell({ view, isReady }: PodContainer): boolean {
  if (view.state.is === 'running') return isReady !== false;
  return view.state.is === 'terminated' && view.state.end.exitCode === 0;
}

interface SingleFile {
  readonly volume: string;
  readonly subPath: string;
  readonly mountPath: string;
}

function singleFiles(container: JsonObject): readonly SingleFile[] {
  return (asList(container['volumeMounts']) ?? []).slice(0, 256).flatMap((entry) => {
    const mount = asObject(entry);
    const volume = asText(mount?.['name']);
    const subPath = asText(mount?.['subPath']);
    const mountPath = asText(mount?.['mountPath']) ?? '';
    return volume === undefined || subPath === undefined || subPath === ''
      ? []
      : [{ volume, subPath, mountPath }];
  });
}

interface MissingFile {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly nearest?: string | undefined;
  /** Undefined: the object was not read, so only the runtime can tell. */
  readonly seen: true | undefined;
}

function missingFile(
  snapshot: Snapshot,
  pod: KubeObject,
  { volume: name, subPath }: Pick<SingleFile, 'volume' | 'subPath'>,
): MissingFile | undefined {
  const volume = (asList(pod.spec['volumes']) ?? []).map(asObject).find((entry) => entry?.['name'] === name);
  const sources = configReferences({ volumes: volume === undefined ? [] : [volume] });
  const whole = sources.filter(({ key }) => key === undefined);
  const [source] = whole;
  if (source === undefined || whole.length > 1 || source.optional) return undefined;
  const base = { kind: source.kind, name: source.name };
  const items = itemPaths(volume);
  if (items !== undefined) {
    return items.some((path) => isAt(path, subPath))
      ? undefined
      : { ...base, nearest: nearestName(subPath, items), seen: true };
  }
  const object = snapshot.get(source.kind, pod.namespace, source.name);
  const keys = object === undefined ? undefined : dataKeys(object);
  if (keys === undefined) return object === undefined ? { ...base, seen: undefined } : undefined;
  return keys.some((key) => isAt(key, subPath))
    ? undefined
    : { ...base, nearest: nearestName(subPath, keys), seen: true };
}

function isAt(path: string, subPath: string): boolean {
  const wanted = subPath.replace(/^\.?\//, '').replace(/\/+$/, '');
  return path === wanted || path.startsWith(`${wanted}/`);
}

/** Paths that a volume gives to the keys it picks; undefined where it takes all under their own names. */
function itemPaths(volume: JsonObject | undefined): readonly string[] | undefined {
  const source = asObject(volume?.['configMap']) ?? asObject(volume?.['secret']);
  const items = asList(source?.['items']);
  if (items === undefined || items.length === 0) return undefined;
  return items.flatMap((entry) => asText(asObject(entry)?.['path']) ?? []);
}

/** The runtime’s words where it could not mount just that (runc, crun). */
function mountFailure({ view }: PodContainer, volume: string, mountPath: string): string | undefined {
  const { state, last } = view;
  const texts = [
    state.is === 'waiting' ? state.message : undefined,
    state.is === 'terminated' ? state.end.message : undefined,
    last?.message,
  ];
  return texts.find(
    (text) =>
      text !== undefined &&
      /not a directory|directory onto a file/i.test(text) &&
      (text.includes(`/volume-subpaths/${volume}/`) || text.includes(`"${mountPath}"`)),
  );
}
