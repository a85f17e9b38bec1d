import type { DumpFiles } from '../../case.ts';
import { toYaml } from '../yaml.ts';
import type { Store } from '../store.ts';
import type { Manifest } from '../types.ts';
import { renderText } from './text.ts';

/**
 * How a dump is laid out: the directory of `kubectl cluster-info dump -o json`, files of `kubectl get -o json|yaml`,
 * the directory of `oc adm must-gather`, or only events, `kubectl describe` and logs.
 */
export type DumpFormat = 'cluster-info' | 'json' | 'yaml' | 'must-gather' | 'text';

const PLURAL: Readonly<Record<string, string>> = {
  Ingress: 'ingresses',
  IngressClass: 'ingressclasses',
  NetworkPolicy: 'networkpolicies',
  StorageClass: 'storageclasses',
  Endpoints: 'endpoints',
  PriorityClass: 'priorityclasses',
  ResourceQuota: 'resourcequotas',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
};

function pluralOf(kind: string): string {
  return PLURAL[kind] ?? `${kind.toLowerCase()}s`;
}

function groupOf(object: Manifest): string {
  const [group = '', version] = object.apiVersion.split('/');
  return version === undefined ? 'core' : group;
}

function withoutManaged(object: Manifest): Manifest {
  const metadata = { ...object.metadata };
  delete metadata.managedFields;
  return { ...object, metadata };
}

/** JSON as kubectl writes it: keys in order, four blanks. */
function toJson(value: unknown): string {
  const ordered = (_: string, inner: unknown): unknown =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner;
  return `${JSON.stringify(value, ordered, 4)}\n`;
}

function groupBy(objects: readonly Manifest[], keyOf: (object: Manifest) => string): Map<string, Manifest[]> {
  const groups = new Map<string, Manifest[]>();
  for (const object of objects) {
    const key = keyOf(object);
    groups.set(key, [...(groups.get(key) ?? []), object]);
  }
  return groups;
}

function logText(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

const IN_CLUSTER_INFO: Readonly<Record<string, string>> = {
  Event: 'events',
  ReplicationController: 'replication-controllers',
  Service: 'services',
  DaemonSet: 'daemonsets',
  Deployment: 'deployments',
  ReplicaSet: 'replicasets',
  Pod: 'pods',
};

function renderClusterInfo(store: Store): DumpFiles {
  const files: Record<string, string> = {};
  const list = (kind: string, apiVersion: string, objects: readonly Manifest[]): string =>
    toJson({
      kind: `${kind}List`,
      apiVersion,
      metadata: { resourceVersion: '' },
      items: objects.map((object) => ({ ...withoutManaged(object), kind: undefined, apiVersion: undefined })),
    });
  files['nodes.json'] = list('Node', 'v1', store.ofKind('Node'));
  const everything = [...store.objects, ...store.events];
  for (const { metadata } of store.ofKind('Namespace')) {
    for (const [kind, file] of Object.entries(IN_CLUSTER_INFO)) {
      const found = everything.filter(
        (object) => object.kind === kind && object.metadata.namespace === metadata.name,
      );
      const apiVersion = ['DaemonSet', 'Deployment', 'ReplicaSet'].includes(kind) ? 'apps/v1' : 'v1';
      files[`${metadata.name}/${file}.json`] = list(kind, apiVersion, found);
    }
  }
  for (const pod of store.ofKind('Pod')) {
    const { namespace = '', name } = pod.metadata;
    const { containers, initContainers = [] } = pod.spec as {
      containers: { name: string }[];
      initContainers?: { name: string }[];
    };
    const parts = [...initContainers, ...containers].map((container) => {
      const log = store.logs.get(`${namespace}/${name}/${container.name}`);
      const of = `logs for container ${container.name} of pod ${namespace}/${name}`;
      return `==== START ${of} ====\n${logText(log?.current ?? [])}==== END ${of} ====\n`;
    });
    files[`${namespace}/${name}/logs.txt`] = parts.join('');
  }
  return files;
}

function renderLoose(store: Store, form: 'json' | 'yaml'): DumpFiles {
  const files: Record<string, string> = {};
  const shows = store.dice.below(2) === 0;
  const write = form === 'json' ? toJson : toYaml;
  const byNamespace = store.dice.below(2) === 0;
  const objects = [...store.objects, ...store.events];
  for (const [name, items] of groupBy(objects, (object) => {
    const plural = pluralOf(object.kind);
    const { namespace } = object.metadata;
    return byNamespace && namespace !== undefined ? `${namespace}/${plural}` : plural;
  })) {
    files[`${name}.${form}`] = write({
      apiVersion: 'v1',
      kind: 'List',
      metadata: { resourceVersion: '' },
      items: items.map((item) => (shows ? item : withoutManaged(item))),
    });
  }
  for (const { namespace, pod, container, current, previous } of store.logs.values()) {
    if (current.length > 0) files[`logs/${namespace}/${pod}/${container}.log`] = logText(current);
    if (previous !== undefined)
      files[`logs/${namespace}/${pod}/${container}.previous.log`] = logText(previous);
  }
  return files;
}

function renderMustGather(store: Store): DumpFiles {
  const files: Record<string, string> = {};
  const root = `must-gather.local.${store.dice.below(9_000_000)}/quay-io-example-must-gather-sha256-${store.dice.hex(12)}`;
  for (const object of store.objects) {
    const { namespace, name } = object.metadata;
    if (namespace === undefined)
      files[`${root}/cluster-scoped-resources/${groupOf(object)}/${pluralOf(object.kind)}/${name}.yaml`] =
        toYaml(object);
    else if (object.kind === 'Pod')
      files[`${root}/namespaces/${namespace}/pods/${name}/${name}.yaml`] = toYaml(object);
  }
  const inNamespaces = [...store.objects, ...store.events].filter(
    ({ metadata }) => metadata.namespace !== undefined,
  );
  for (const [path, items] of groupBy(
    inNamespaces,
    (object) => `${object.metadata.namespace ?? ''}/${groupOf(object)}/${pluralOf(object.kind)}`,
  )) {
    const [first] = items;
    if (first === undefined) continue;
    files[`${root}/namespaces/${path}.yaml`] = toYaml({
      apiVersion: first.apiVersion,
      kind: `${first.kind}List`,
      metadata: { resourceVersion: store.nextVersion() },
      items,
    });
  }
  for (const { namespace, pod, container, current, previous } of store.logs.values()) {
    const at = `${root}/namespaces/${namespace}/pods/${pod}/${container}/${container}/logs`;
    const stamped = (lines: readonly string[]): string =>
      logText(
        lines.map((line, index) => `${store.ago(1 - index / 1000).replace('Z', '.123456789Z')} ${line}`),
      );
    files[`${at}/current.log`] = stamped(current);
    files[`${at}/previous.log`] = stamped(previous ?? []);
  }
  files[`${root}/version`] = 'example/must-gather\nv4.16.0\n';
  return files;
}

export function renderFiles(store: Store, format: DumpFormat): DumpFiles {
  switch (format) {
    case 'cluster-info':
      return renderClusterInfo(store);
    case 'json':
    case 'yaml':
      return renderLoose(store, format);
    case 'must-gather':
      return renderMustGather(store);
    case 'text':
      return renderText(store, logText);
  }
}
