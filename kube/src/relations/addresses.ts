import type { JsonObject } from '../json.ts';
import { asList, asObject, asText } from '../json.ts';
import type { ObjectName } from '../snapshot/kube-object.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { NamedAddress } from './parse-addresses.ts';
import { addressesInSetting, addressesInText, hostPortWords } from './parse-addresses.ts';
import type { PodTemplate } from './pod-templates.ts';
import { allContainers } from './pod-templates.ts';
import { portNumber, textPairs } from './services.ts';

/** An address that a container is given. Values stay in memory: events may tell the host and port, and the setting's name. */
export interface ConfiguredAddress extends NamedAddress {
  readonly container: string;
  /** Name of the variable, flag or key; `argument 2` where it has none. */
  readonly setting: string;
  readonly by: 'env' | 'argument' | 'file';
  /** The ConfigMap that holds it. */
  readonly configMap: ObjectName | undefined;
}

interface Setting {
  readonly name: string;
  readonly value: string;
  readonly configMap: ObjectName | undefined;
}

const SETTINGS_LIMIT = 512;
const ADDRESSES_LIMIT = 256;
/** Every namespace has it, and certificates name no peers. */
const ROOT_CA = 'kube-root-ca.crt';

/** Addresses in the environment, arguments and mounted ConfigMaps of a workload's containers. */
export function configuredAddresses(snapshot: Snapshot, template: PodTemplate): readonly ConfiguredAddress[] {
  const { namespace } = template.workload;
  const found = new Map<string, ConfiguredAddress>();
  for (const container of allContainers(template.podSpec)) {
    const name = asText(container['name']) ?? '';
    const env = environmentOf(snapshot, namespace, container);
    const all = [
      ...env.flatMap((setting) => inSetting(setting, env, name)),
      ...inArguments(container, env, name),
      ...inFiles(snapshot, { namespace, podSpec: template.podSpec, container }),
    ];
    for (const address of all) {
      const key = `${name} ${address.host} ${address.port ?? ''} ${address.setting}`;
      if (found.size < ADDRESSES_LIMIT && !found.has(key)) found.set(key, address);
    }
  }
  return [...found.values()];
}

/** Variables in the order in which Kubernetes sets them; a later one of a name replaces an earlier one. */
function environmentOf(snapshot: Snapshot, namespace: string, container: JsonObject): readonly Setting[] {
  const env = new Map<string, Setting>();
  for (const entry of (asList(container['envFrom']) ?? []).slice(0, 64)) {
    const source = asObject(entry);
    const name = asText(asObject(source?.['configMapRef'])?.['name']);
    if (name === undefined) continue;
    const prefix = asText(source?.['prefix']) ?? '';
    const configMap: ObjectName = { kind: 'ConfigMap', namespace, name };
    for (const [key, value] of Object.entries(configData(snapshot, configMap))) {
      env.set(`${prefix}${key}`, { name: `${prefix}${key}`, value, configMap });
    }
  }
  for (const entry of (asList(container['env']) ?? []).slice(0, SETTINGS_LIMIT)) {
    const variable = asObject(entry);
    const name = asText(variable?.['name']);
    if (name === undefined) continue;
    const value = asText(variable?.['value']);
    if (value !== undefined) {
      env.set(name, { name, value: expand(value, env), configMap: undefined });
      continue;
    }
    const reference = asObject(asObject(variable?.['valueFrom'])?.['configMapKeyRef']);
    const mapName = asText(reference?.['name']);
    const key = asText(reference?.['key']);
    if (mapName === undefined || key === undefined) continue;
    const configMap: ObjectName = { kind: 'ConfigMap', namespace, name: mapName };
    const held = configData(snapshot, configMap)[key];
    if (held !== undefined) env.set(name, { name, value: held, configMap });
  }
  return [...env.values()].slice(0, SETTINGS_LIMIT);
}

function configData(snapshot: Snapshot, { namespace, name }: ObjectName): Readonly<Record<string, string>> {
  return textPairs(asObject(snapshot.get('ConfigMap', namespace, name)?.raw['data']));
}

/** `$(NAME)` of a variable that was set before; others stay as they are ("Define Dependent Environment Variables"). */
function expand(value: string, env: ReadonlyMap<string, Setting>): string {
  return value.replaceAll(
    /\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)/g,
    (whole, name: string) => env.get(name)?.value ?? whole,
  );
}

function inSetting(
  setting: Setting,
  env: readonly Setting[],
  container: string,
): readonly ConfiguredAddress[] {
  const { name, value, configMap } = setting;
  return addressesInSetting(name, value).map((address) => ({
    ...address,
    port: address.port ?? companionPort(name, env),
    container,
    setting: name,
    by: 'env' as const,
    configMap,
  }));
}

/** `DB_PORT` beside `DB_HOST`. */
function companionPort(name: string, env: readonly Setting[]): number | undefined {
  const stem = /^(.*?)(?:host|hostname|addr|address|server)$/i.exec(name)?.[1];
  if (stem === undefined || stem === '') return undefined;
  const wanted = `${stem}port`.toLowerCase();
  return portNumber(env.find((setting) => setting.name.toLowerCase() === wanted)?.value.trim());
}

function inArguments(
  container: JsonObject,
  env: readonly Setting[],
  name: string,
): readonly ConfiguredAddress[] {
  const known = new Map(env.map((setting) => [setting.name, setting]));
  const words = [...(asList(container['command']) ?? []), ...(asList(container['args']) ?? [])]
    .slice(0, SETTINGS_LIMIT)
    .map((word) => expand(asText(word) ?? '', known));
  const found: ConfiguredAddress[] = [];
  const add = (setting: string, addresses: readonly NamedAddress[]): void => {
    for (const address of addresses) {
      found.push({ ...address, container: name, setting, by: 'argument', configMap: undefined });
    }
  };
  for (const [index, word] of words.entries()) {
    const pair = /^(-{1,2}[A-Za-z][\w.-]*)=(.*)$/s.exec(word);
    const next = words[index + 1];
    if (pair !== null)
      add(pair[1] ?? '', addressesInSetting((pair[1] ?? '').replace(/^-D/, ''), pair[2] ?? ''));
    else if (/^--?[A-Za-z][\w.-]*$/.test(word)) {
      if (next !== undefined && !next.startsWith('-')) add(word, addressesInSetting(word, next));
    } else if (!/^--?[A-Za-z][\w.-]*$/.test(words[index - 1] ?? '') || /\s/.test(word)) {
      const setting = `argument ${index + 1}`;
      const inText = addressesInText(word);
      add(setting, inText.length > 0 ? inText : hostPortWords(word));
    }
  }
  return found;
}

interface Mounting {
  readonly namespace: string;
  readonly podSpec: JsonObject;
  readonly container: JsonObject;
}

function inFiles(
  snapshot: Snapshot,
  { namespace, podSpec, container }: Mounting,
): readonly ConfiguredAddress[] {
  const mounted = new Set(
    (asList(container['volumeMounts']) ?? []).map((mount) => asObject(mount)?.['name']),
  );
  const name = asText(container['name']) ?? '';
  return (asList(podSpec['volumes']) ?? []).slice(0, 128).flatMap((entry) => {
    const volume = asObject(entry);
    const mapName = asText(asObject(volume?.['configMap'])?.['name']);
    if (mapName === undefined || mapName === ROOT_CA || !mounted.has(volume?.['name'])) return [];
    const configMap: ObjectName = { kind: 'ConfigMap', namespace, name: mapName };
    return Object.entries(configData(snapshot, configMap)).flatMap(([key, text]) =>
      inFile(text).map((address) => ({
        ...address,
        container: name,
        setting: key,
        by: 'file' as const,
        configMap,
      })),
    );
  });
}

/** Addresses in the lines of a configuration file that are no comments. Which of them count nobody knows: they only look so. */
function inFile(text: string): readonly NamedAddress[] {
  const lines = text.slice(0, 65_536).split('\n');
  const used = lines.filter((line) => !/^\s*(?:#|\/\/|;|--|\*|<!--)/.test(line)).join('\n');
  return [...addressesInText(used), ...hostPortWords(used)].map((address) => ({ ...address, form: 'looks' }));
}
