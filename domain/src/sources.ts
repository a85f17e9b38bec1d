/** Who can report an event, with what it stands for. The closed list that subjects and events use. */
export const SOURCES = {
  kernel: 'eBPF programs on the node',
  dns: 'DNS messages seen on the node',
  network: 'sockets, retransmits, resets seen on the node',
  cni: 'network set-up of pods',
  systemd: 'units of the node',
  kubeapi: 'objects and Events of the API server',
  kubelet: 'pods and their status as the kubelet reports them',
  etcd: 'health of etcd; never its values',
  runtime: 'the container runtime',
  log: 'lines of container logs that a rule matched',
  tapio: 'Tapio itself: gaps, starts, derived facts',
} as const;

export type Source = keyof typeof SOURCES;

const names: ReadonlySet<string> = new Set(Object.keys(SOURCES));

export function isSource(value: unknown): value is Source {
  return typeof value === 'string' && names.has(value);
}
