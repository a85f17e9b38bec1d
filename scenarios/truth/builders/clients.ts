import type { Cluster } from './cluster.ts';
import { notReady } from './states.ts';

/** `address:port` of a Service, as a client's dialer prints it. */
export function addressOfService(c: Cluster, namespace: string, name: string): string {
  const { clusterIP, ports } = (c.get('Service', namespace, name).spec ?? {}) as {
    clusterIP?: string;
    ports?: { port: number }[];
  };
  return `${clusterIP ?? ''}:${ports?.[0]?.port ?? 0}`;
}

export interface ClientTrouble {
  readonly namespace: string;
  readonly client: string;
  /** Lines of its log; each is repeated over the time. TIME stands for the time of the line. */
  readonly lines: readonly string[];
  readonly sinceMinutesAgo: number;
  /** Text of its failing readiness probe, where it is not ready itself. */
  readonly notReady?: string;
}

/** A workload that runs and tells in its log that what it asks does not answer. */
export function failingClient(c: Cluster, trouble: ClientTrouble): void {
  const { namespace, client, lines, sinceMinutesAgo } = trouble;
  const w = c.workload(namespace, client);
  for (const pod of w.pods) {
    const at = { namespace, pod: pod.metadata.name, container: w.container.name };
    const moments = Array.from({ length: 6 }, (_, index) => (sinceMinutesAgo * (6 - index)) / 6.1);
    c.log(
      at,
      moments.flatMap((minutes) => lines.map((line) => line.replaceAll('TIME', c.ago(minutes)))),
    );
  }
  if (trouble.notReady !== undefined) {
    notReady(w, { minutesAgo: sinceMinutesAgo, probe: trouble.notReady, pods: w.pods });
  }
}

/** The texts of a pull that fails: `reason` is what the runtime says behind the reference. */
export function pullWarnings(image: string, reason: string): (readonly [string, string, number])[] {
  const text = `failed to pull and unpack image "${image}": ${reason}`;
  return [
    ['Failed', `Failed to pull image "${image}": ${text}`, 4],
    ['Failed', 'Error: ErrImagePull', 4],
    ['Failed', 'Error: ImagePullBackOff', 11],
  ];
}

export function pullNormals(image: string): (readonly [string, string, number])[] {
  return [
    ['Pulling', `Pulling image "${image}"`, 4],
    ['BackOff', `Back-off pulling image "${image}"`, 12],
  ];
}

/** What runc says when it can't start a container, as containerd passes it on. */
export function runcError(text: string): string {
  return `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${text}: unknown`;
}
