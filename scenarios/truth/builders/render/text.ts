import type { DumpFiles } from '../../case.ts';
import type { Store } from '../store.ts';
import type { Manifest } from '../types.ts';
import { isPod } from '../settle.ts';
import { describeClaim, describeNode, describeService, describeWorkload } from './describe.ts';
import { describePod } from './describe-pod.ts';
import { age, seen, table } from './events.ts';

function eventTable(store: Store): string {
  const rows = store.events
    .toSorted((a, b) => seen(a).lastMs - seen(b).lastMs)
    .map((event) => {
      const { kind, name } = event['involvedObject'] as { kind: string; name: string };
      const last = age(store.nowMs - seen(event).lastMs);
      return [
        event.metadata.namespace ?? '',
        last,
        String(event['type']),
        String(event['reason']),
        `${kind.toLowerCase()}/${name}`,
        String(event['message']),
      ];
    });
  return table([['NAMESPACE', 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'], ...rows]);
}

export function renderText(store: Store, logText: (lines: readonly string[]) => string): DumpFiles {
  const files: Record<string, string> = { 'events.txt': eventTable(store) };
  const describe = (file: string, objects: readonly Manifest[], of: (object: Manifest) => string): void => {
    if (objects.length > 0) files[file] = objects.map(of).join('\n\n');
  };
  describe('describe-nodes.txt', store.ofKind('Node'), (object) => describeNode(store, object));
  for (const { metadata } of store.ofKind('Namespace')) {
    const { name } = metadata;
    describe(`${name}/describe-pods.txt`, store.ofKind('Pod', name), (object) =>
      isPod(object) ? describePod(store, object) : '',
    );
    describe(`${name}/describe-deployments.txt`, store.ofKind('Deployment', name), (object) =>
      describeWorkload(store, object),
    );
    describe(`${name}/describe-statefulsets.txt`, store.ofKind('StatefulSet', name), (object) =>
      describeWorkload(store, object),
    );
    describe(`${name}/describe-services.txt`, store.ofKind('Service', name), (object) =>
      describeService(store, object),
    );
    describe(`${name}/describe-pvc.txt`, store.ofKind('PersistentVolumeClaim', name), (object) =>
      describeClaim(store, object),
    );
  }
  for (const { namespace, pod, container, current, previous } of store.logs.values()) {
    if (current.length > 0) files[`${namespace}/logs/${pod}_${container}.log`] = logText(current);
    if (previous !== undefined)
      files[`${namespace}/logs/${pod}_${container}_previous.log`] = logText(previous);
  }
  return files;
}
