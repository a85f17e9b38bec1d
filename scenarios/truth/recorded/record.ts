// Makes the recorded cases again on a real cluster with one node that the caller may disturb:
//   KUBECONFIG=... RECORD_IMAGE=registry.example/busybox:1 node scenarios/truth/recorded/record.ts [ID...]
// Faults that stop a service of the node need RECORD_STOP and RECORD_START: commands that take the service's name, such as
// RECORD_STOP='systemctl stop' RECORD_START='systemctl start'.
// What names the machine is replaced; values of Secrets never leave the cluster.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { DumpFiles } from '../case.ts';
import type { RecordedFault } from './fault.ts';
import { RECORDED_FAULTS } from './faults/index.ts';

const run = promisify(execFile);
const IMAGE = process.env['RECORD_IMAGE'] ?? 'busybox:1.36';
const KUBECTL = process.env['KUBECTL'] ?? 'kubectl';
const SHOWS_WITHIN_MS = 150_000;
const SETTLE_SECONDS = 12;
const NODE_NAME = 'worker-1';
/** Where the node keeps the folders `kubelet` and `containerd`. */
const STATE = process.env['RECORD_STATE'] ?? '/var/lib';

const KINDS = [
  'deployments',
  'replicasets',
  'statefulsets',
  'daemonsets',
  'jobs',
  'cronjobs',
  'pods',
  'services',
  'endpoints',
  'configmaps',
  'secrets',
  'serviceaccounts',
  'persistentvolumeclaims',
  'resourcequotas',
  'limitranges',
  'networkpolicies',
  'ingresses',
  'horizontalpodautoscalers',
  'poddisruptionbudgets',
  'events',
];
const CLUSTER_KINDS = [
  'nodes',
  'namespaces',
  'persistentvolumes',
  'storageclasses',
  'priorityclasses',
  'validatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
];
/** Where it is looked whether a fault shows. */
const SHOWN_IN =
  'deployments,replicasets,statefulsets,jobs,cronjobs,pods,persistentvolumeclaims,horizontalpodautoscalers,events';

async function kubectl(args: readonly string[], input?: string): Promise<string> {
  const child = run(KUBECTL, [...args], { maxBuffer: 64 << 20 });
  if (input !== undefined) child.child.stdin?.end(input);
  return (await child).stdout;
}

async function shows(fault: RecordedFault): Promise<boolean> {
  const text = await kubectl(['-n', fault.namespace, 'get', SHOWN_IN, '-o', 'json']);
  return fault.shows.every((pattern) => pattern.test(text));
}

async function awaitShown(fault: RecordedFault): Promise<void> {
  const endMs = Date.now() + SHOWS_WITHIN_MS;
  while (!(await shows(fault))) {
    if (Date.now() > endMs) throw new Error(`${fault.id}: it does not show: ${fault.shows.join(' ')}`);
    await sleep(2_000);
  }
  await sleep((fault.lingerSeconds ?? 3) * 1_000);
}

/** Values go, names of keys stay. */
function withoutSecrets(text: string): string {
  const list = JSON.parse(text) as { items: { data?: Record<string, string> }[] };
  for (const item of list.items) {
    if (item.data !== undefined) {
      item.data = Object.fromEntries(Object.keys(item.data).map((key) => [key, '']));
    }
  }
  return JSON.stringify(list, undefined, 1);
}

async function getFiles(fault: RecordedFault): Promise<DumpFiles> {
  const files: Record<string, string> = {};
  for (const kind of [...CLUSTER_KINDS, ...KINDS]) {
    const scope = CLUSTER_KINDS.includes(kind) ? [] : ['-n', fault.namespace];
    const text = await kubectl([...scope, 'get', kind, '-o', 'json', '--show-managed-fields']);
    files[`${kind}.json`] = kind === 'secrets' ? withoutSecrets(text) : text;
  }
  const pods = JSON.parse(files['pods.json'] ?? '{}') as {
    items: {
      metadata: { name: string };
      spec: { containers: { name: string }[]; initContainers?: { name: string }[] };
    }[];
  };
  for (const { metadata, spec } of pods.items) {
    for (const { name } of [...(spec.initContainers ?? []), ...spec.containers]) {
      for (const previous of [false, true]) {
        const args = ['-n', fault.namespace, 'logs', metadata.name, '-c', name, ...(previous ? ['-p'] : [])];
        const log = await kubectl(args).catch(() => '');
        const file = `logs/${fault.namespace}/${metadata.name}/${name}${previous ? '-previous' : ''}.log`;
        if (log !== '') files[file] = log;
      }
    }
  }
  return files;
}

async function clusterInfoFiles(fault: RecordedFault): Promise<DumpFiles> {
  const directory = mkdtempSync(join(tmpdir(), 'tapio-record-'));
  try {
    await kubectl([
      'cluster-info',
      'dump',
      '-o',
      'json',
      `--output-directory=${directory}`,
      `--namespaces=${fault.namespace}`,
    ]);
    const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    return Object.fromEntries(paths.map((path) => [relative(directory, path), readFileSync(path, 'utf8')]));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Takes the machine's names out: its node, its kernel, its folders, where its image came from. */
function anonymous(files: DumpFiles, node: string): DumpFiles {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      path.replaceAll(node, NODE_NAME),
      text
        .replaceAll(node, NODE_NAME)
        .replaceAll(IMAGE, 'busybox:1.36')
        .replaceAll(`${STATE}/`, '/var/lib/')
        .replaceAll(/"(kernelVersion|bootID|machineID|systemUUID)": "[^"]*"/g, '"$1": "-"'),
    ]),
  );
}

/** Stops or starts a service of the node, as the caller says how. */
async function control(variable: 'RECORD_STOP' | 'RECORD_START', service: string): Promise<void> {
  const [command = '', ...args] = (process.env[variable] ?? '').split(' ');
  if (command === '') throw new Error(`${variable} is not set: it takes ${service}`);
  await run(command, [...args, service]);
}

/** Makes the change that brings the fault. A command may be refused: whether the fault shows is what counts. */
async function change(fault: RecordedFault, fill: (text: string) => string): Promise<void> {
  const { then, stops, commands = [], settleSeconds = SETTLE_SECONDS, namespace } = fault;
  if (then === undefined && stops === undefined && fault.commands === undefined) return;
  await sleep(settleSeconds * 1_000);
  if (stops !== undefined) await control('RECORD_STOP', stops);
  if (then !== undefined) await kubectl(['-n', namespace, 'apply', '-f', '-'], fill(then));
  for (const args of commands) {
    await kubectl(['-n', namespace, ...args.map(fill)]).catch((error: unknown) => {
      process.stderr.write(`${fault.id}: ${error instanceof Error ? error.message : String(error)}\n`);
    });
  }
}

async function record(fault: RecordedFault, node: string): Promise<void> {
  const fill = (text: string): string => text.replaceAll('$IMAGE', IMAGE).replaceAll('$NODE', node);
  await kubectl(['create', 'namespace', fault.namespace]);
  try {
    await kubectl(['-n', fault.namespace, 'apply', '-f', '-'], fill(fault.manifests));
    await change(fault, fill);
    await awaitShown(fault);
    const files = fault.layout === 'get' ? await getFiles(fault) : await clusterInfoFiles(fault);
    const packed = gzipSync(JSON.stringify(anonymous(files, node)), { level: 9 });
    writeFileSync(new URL(`dumps/${fault.id}.json.gz`, import.meta.url), packed);
    process.stdout.write(
      `${fault.id}: ${String(Object.keys(files).length)} files, ${String(packed.length)} bytes\n`,
    );
  } finally {
    if (fault.stops !== undefined) await control('RECORD_START', fault.stops);
    for (const args of fault.undo ?? []) await kubectl(args.map(fill));
    await kubectl(['delete', 'namespace', fault.namespace, '--wait=false']);
  }
}

const wanted = process.argv.slice(2);
const [node = ''] = (await kubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}'])).split(' ');
const faults = RECORDED_FAULTS.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
// What disturbs the node goes alone, after all others; these go four at a time.
const isAlone = ({ commands, stops }: RecordedFault): boolean =>
  commands !== undefined || stops !== undefined;
const queue = faults.filter((fault) => !isAlone(fault));
const alone = faults.filter(isAlone);
let failed = 0;
const work = async (list: RecordedFault[]): Promise<void> => {
  for (let fault = list.shift(); fault !== undefined; fault = list.shift()) {
    await record(fault, node).catch((error: unknown) => {
      failed += 1;
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    });
  }
};
await Promise.all([1, 2, 3, 4].map(() => work(queue)));
await work(alone);
process.exitCode = failed === 0 ? 0 : 1;
