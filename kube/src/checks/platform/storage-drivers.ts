import { asObject, asText } from '../../json.ts';
import { reportsAbout } from '../../relations/object-reports.ts';
import { oncePerSnapshot } from '../../relations/once.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import { objectText } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';

/** Part of a template that is searched for a driver's name. */
const TEMPLATE_LENGTH = 100_000;
const DRIVERS = 200;

/** Kubelet and controllers name the driver that they miss or wait for (pkg/volume/csi). */
const IN_MESSAGE = [
  /driver name (\S+) not found in the list of registered CSI drivers/,
  /external-attacher of (\S+) CSI driver/,
  /kubernetes\.io~?\/?csi[/^]([a-z0-9.-]+\.[a-z0-9.-]+)\^/,
  /CSINode \S+ does not contain driver (\S+)/,
  /created (?:either )?by (?:the )?external provisioner ['"]?([a-z0-9.-]+\.[a-z0-9./-]+)['"]?/,
] as const;

export function driverInMessage(message: string): string | undefined {
  for (const pattern of IN_MESSAGE) {
    const name = pattern.exec(message)?.[1]?.replace(/[,.;:"']+$/, '');
    if (name !== undefined) return name;
  }
  return undefined;
}

/** The driver of the volume behind a claim: what the volume says, else the provisioner of its class. */
export function driverOfClaim(snapshot: Snapshot, namespace: string, claim: string): string | undefined {
  const object = snapshot.get('PersistentVolumeClaim', namespace, claim);
  const volume = snapshot.get('PersistentVolume', '', asText(object?.spec['volumeName']) ?? '');
  return driverOfVolume(volume) ?? provisionerOf(snapshot, object);
}

function driverOfVolume(volume: KubeObject | undefined): string | undefined {
  return asText(asObject(volume?.spec['csi'])?.['driver']);
}

function provisionerOf(snapshot: Snapshot, claim: KubeObject | undefined): string | undefined {
  const name = asText(claim?.spec['storageClassName']);
  return name === undefined ? undefined : asText(snapshot.get('StorageClass', '', name)?.raw['provisioner']);
}

const knownDrivers = oncePerSnapshot((snapshot): readonly string[] => {
  const names = [
    ...snapshot.all('CSIDriver').map(({ name }) => name),
    ...snapshot.all('StorageClass').flatMap(({ raw }) => asText(raw['provisioner']) ?? []),
    ...snapshot.all('PersistentVolume').flatMap((volume) => driverOfVolume(volume) ?? []),
    ...snapshot
      .all('Pod')
      .filter(({ status }) => status['phase'] === 'Pending')
      .flatMap((pod) => reportsAbout(snapshot, pod).flatMap(({ message }) => driverInMessage(message) ?? [])),
  ];
  return [...new Set(names)].filter((name) => name !== 'kubernetes.io/no-provisioner').slice(0, DRIVERS);
});

const byWorkload = oncePerSnapshot((snapshot) => {
  const drivers = new Map<string, string[]>();
  for (const kind of ['DaemonSet', 'Deployment', 'StatefulSet']) {
    for (const workload of snapshot.all(kind)) {
      const template = JSON.stringify(workload.spec['template'] ?? {}).slice(0, TEMPLATE_LENGTH);
      const named = knownDrivers(snapshot).filter((driver) => mentions(template, driver));
      if (named.length > 0) drivers.set(objectText(workload), named);
    }
  }
  return drivers;
});

/** Whether its template names a driver of the cluster, as only who serves one does. */
export function namesDriver(snapshot: Snapshot, workload: KubeObject): boolean {
  return byWorkload(snapshot).has(objectText(workload));
}

/** As a word of its own: `csi.example.com` is no part of `nfs.csi.example.com`. */
function mentions(template: string, driver: string): boolean {
  for (let at = template.indexOf(driver); at !== -1; at = template.indexOf(driver, at + 1)) {
    const around = `${template[at - 1] ?? ''}${template[at + driver.length] ?? ''}`;
    if (!/[\w.-]/.test(around)) return true;
  }
  return false;
}

/**
 * Drivers that a workload of the cluster's storage serves: those that its template names (socket, arguments), else those
 * whose name begins with a word of its own (`ebs.csi.aws.com`, `ebs-csi-node`).
 */
export function driversServedBy(snapshot: Snapshot, workload: KubeObject): readonly string[] {
  const named = byWorkload(snapshot).get(objectText(workload));
  if (named !== undefined) return named;
  const words = new Set(workload.name.split('-'));
  return knownDrivers(snapshot).filter((driver) => {
    const first = driver.split(/[./]/).find((word) => !GENERAL.has(word)) ?? '';
    return first.split('-').some((word) => word.length > 1 && !GENERAL.has(word) && words.has(word));
  });
}

/** Words that many drivers have in their names. */
const GENERAL: ReadonlySet<string> = new Set([
  'csi',
  'driver',
  'kubernetes',
  'k8s',
  'io',
  'com',
  'storage',
  'provisioner',
]);
