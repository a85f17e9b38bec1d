import type { JsonObject } from '../../json.ts';
import { asList, asObject, asText } from '../../json.ts';
import { allContainers } from '../../relations/pod-templates.ts';

/** A place where a pod takes something from a ConfigMap or Secret. */
export interface ConfigReference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly key: string | undefined;
  readonly via: 'env' | 'volume';
  /** Variable, prefix or volume. */
  readonly setting: string | undefined;
  /** Absent for volumes, which hold up all containers. */
  readonly container: string | undefined;
  readonly optional: boolean;
}

/** References of one pod; the API server allows far more than anybody writes. */
const REFERENCES_LIMIT = 512;

/** All ConfigMaps and Secrets that a pod's spec names, image pull secrets apart. */
export function configReferences(podSpec: JsonObject): readonly ConfigReference[] {
  const env = allContainers(podSpec).flatMap((container) => {
    const name = asText(container['name']);
    return [...fromVariables(container['env'], name), ...fromLists(container['envFrom'], name)];
  });
  return [...env, ...fromVolumes(podSpec['volumes'])].slice(0, REFERENCES_LIMIT);
}

function objects(value: unknown): readonly JsonObject[] {
  return (asList(value) ?? [])
    .slice(0, 1_000)
    .map(asObject)
    .filter((entry): entry is JsonObject => entry !== undefined);
}

function fromVariables(env: unknown, container: string | undefined): ConfigReference[] {
  return objects(env).flatMap((variable) => {
    const source = asObject(variable['valueFrom']);
    const setting = asText(variable['name']);
    return [
      ...reference('ConfigMap', asObject(source?.['configMapKeyRef']), { via: 'env', setting, container }),
      ...reference('Secret', asObject(source?.['secretKeyRef']), { via: 'env', setting, container }),
    ];
  });
}

function fromLists(envFrom: unknown, container: string | undefined): ConfigReference[] {
  return objects(envFrom).flatMap((entry) => {
    const setting = asText(entry['prefix']);
    return [
      ...reference('ConfigMap', asObject(entry['configMapRef']), { via: 'env', setting, container }),
      ...reference('Secret', asObject(entry['secretRef']), { via: 'env', setting, container }),
    ];
  });
}

function fromVolumes(volumes: unknown): ConfigReference[] {
  return objects(volumes).flatMap((volume) => {
    const setting = asText(volume['name']);
    const projected = objects(asObject(volume['projected'])?.['sources']);
    return [volume, ...projected].flatMap((source) => [
      ...withItems('ConfigMap', asObject(source['configMap']), setting),
      ...withItems('Secret', asObject(source['secret']), setting),
    ]);
  });
}

function withItems(
  kind: ConfigReference['kind'],
  source: JsonObject | undefined,
  setting: string | undefined,
): ConfigReference[] {
  const named = reference(kind, source, { via: 'volume', setting, container: undefined });
  const keys = objects(source?.['items']).flatMap((item) => asText(item['key']) ?? []);
  return [...named, ...named.flatMap((whole) => keys.map((key) => ({ ...whole, key })))];
}

function reference(
  kind: ConfigReference['kind'],
  source: JsonObject | undefined,
  where: Pick<ConfigReference, 'via' | 'setting' | 'container'>,
): ConfigReference[] {
  const name = asText(source?.['name']) ?? asText(source?.['secretName']);
  if (source === undefined || name === undefined) return [];
  return [{ kind, name, key: asText(source['key']), optional: source['optional'] === true, ...where }];
}
