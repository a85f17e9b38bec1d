import { asObject, asText } from '../../json.ts';
import type { Corefile, CorefilePlugin } from '../../relations/corefile.ts';
import { parseCorefile } from '../../relations/corefile.ts';
import { dependencies } from '../../relations/dependencies.ts';
import { resolveHost } from '../../relations/resolve-host.ts';
import { serviceNamed, servicesOf } from '../../relations/services.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check } from '../check.ts';
import { isClusterDns } from './cluster-dns.ts';

const NAMESPACE = 'kube-system';
const DEFAULT_DOMAIN = 'cluster.local';

interface Problem {
  readonly problem: string;
  readonly detail: string;
}

/** The Corefile of the cluster’s DNS, and what its servers say of it in their logs. */
export const dnsConfig: Check = {
  name: 'dns-config',
  run(snapshot, emit) {
    const map = snapshot.get('ConfigMap', NAMESPACE, 'coredns');
    const text = asText(asObject(map?.raw['data'])?.['Corefile']);
    const corefile = text === undefined ? undefined : parseCorefile(text);
    const ofText = corefile === undefined ? [] : problemsOf(snapshot, corefile);
    const silent = corefile === undefined ? [] : unansweredUpstreams(snapshot, corefile);
    const found = [ofText, silent, problemsOfLogs(snapshot)].find((problems) => problems.length > 0) ?? [];
    for (const { problem, detail } of found.slice(0, 8)) {
      emit({
        type: 'dns_config_wrong',
        about: map ?? unseenConfigMap(),
        refers: { kind: 'Deployment', namespace: NAMESPACE, name: 'coredns' },
        discriminators: [problem, detail.slice(0, 60)],
        data: { problem, detail },
      });
    }
  },
};

function problemsOf(snapshot: Snapshot, corefile: Corefile): readonly Problem[] {
  if (corefile.fault !== undefined) return [{ problem: 'syntax', detail: corefile.fault }];
  const plugins = corefile.servers.flatMap((server) => server.plugins);
  // Parts that are imported from other keys or files may hold any plugin.
  const isWhole = !plugins.some((plugin) => plugin.name === 'import' || plugin.name === 'files');
  const kubernetes = plugins.filter((plugin) => plugin.name === 'kubernetes');
  const problems: Problem[] = [];
  const domain = clusterDomain(snapshot);
  if (kubernetes.length === 0) {
    if (isWhole && plugins.length > 0)
      problems.push({ problem: 'kubernetes-missing', detail: 'no server block has the plugin kubernetes' });
  } else if (!kubernetes.some((plugin) => plugin.args.length === 0 || plugin.args.includes(domain))) {
    const zones = kubernetes.flatMap((plugin) => plugin.args).filter((zone) => !zone.endsWith('.arpa'));
    problems.push({
      problem: 'domain',
      detail: `the plugin kubernetes answers for ${zones.join(', ')}, pods ask in ${domain}`,
    });
  }
  const own = asText(servicesOf(snapshot, NAMESPACE).find(isClusterDns)?.spec['clusterIP']);
  for (const plugin of plugins) {
    const problem = pluginProblem(snapshot, plugin, { domain, own });
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

interface Expected {
  readonly domain: string;
  /** Address of the DNS Service itself. */
  readonly own: string | undefined;
}

function pluginProblem(snapshot: Snapshot, plugin: CorefilePlugin, expected: Expected): Problem | undefined {
  switch (plugin.name) {
    case 'forward':
    case 'proxy':
      return forwardProblem(plugin, expected);
    case 'template':
      return templateProblem(plugin, expected);
    case 'hosts':
      return hostsProblem(snapshot, plugin);
    case 'rewrite':
      return rewriteProblem(snapshot, plugin, expected);
    default:
      return undefined;
  }
}

function forwardProblem(plugin: CorefilePlugin, { own }: Expected): Problem | undefined {
  const looping = plugin.args.slice(1).find((upstream) => {
    const host = upstream.replace(/^(?:dns|tls):\/\//, '').replace(/:\d+$/, '');
    return host === own || host === 'localhost' || host.startsWith('127.');
  });
  return looping === undefined
    ? undefined
    : { problem: 'forward-loop', detail: `line ${plugin.line}: it forwards to ${looping}, which is itself` };
}

/** A template that answers for names of Services with an error. Suppressing AAAA answers is ordinary. */
function templateProblem({ args, body, line }: CorefilePlugin, { domain }: Expected): Problem | undefined {
  const [, type = '', ...zones] = args;
  if (type === 'AAAA' || type === 'HTTPS' || type === 'SVCB') return undefined;
  const code = body.find(([word]) => word === 'rcode')?.[1]?.toUpperCase();
  if (code === undefined || code === 'NOERROR') return undefined;
  const isBroad = zones.length === 0 || zones.includes('.');
  const matches = body.filter(([word]) => word === 'match').flatMap((words) => words.slice(1));
  const inCluster = (name: string): boolean =>
    name
      .replaceAll('\\', '')
      .replace(/\.?\$?$/, '')
      .endsWith(domain);
  const narrowed = matches.length > 0;
  const isOurs = narrowed ? matches.some(inCluster) : isBroad || zones.some((zone) => inCluster(zone));
  return isOurs
    ? {
        problem: 'template',
        detail: `line ${line}: it answers ${[...zones, ...matches].join(' ') || 'every name'} with ${code}`,
      }
    : undefined;
}

function hostsProblem(snapshot: Snapshot, { body, line }: CorefilePlugin): Problem | undefined {
  for (const [address = '', ...names] of body) {
    for (const name of names) {
      const target = name.includes('.svc') ? resolveHost(snapshot, NAMESPACE, name) : undefined;
      if (target?.is !== 'service' || target.exists !== true || target.object === undefined) continue;
      const service = serviceNamed(snapshot, target.object.namespace, target.object.name);
      const own = asText(service?.spec['clusterIP']);
      if (own === undefined || own === address) continue;
      return {
        problem: 'hosts',
        detail: `line ${line}: ${name} is answered with ${address}, the Service has ${own}`,
      };
    }
  }
  return undefined;
}

function rewriteProblem(
  snapshot: Snapshot,
  { args, line }: CorefilePlugin,
  { domain }: Expected,
): Problem | undefined {
  const names = args.filter((word) => word.replace(/\.$/, '').endsWith(domain));
  const [from, to] = names;
  if (from === undefined || to === undefined || !from.includes('.svc.')) return undefined;
  const target = resolveHost(snapshot, NAMESPACE, to);
  return target?.exists === false
    ? { problem: 'rewrite', detail: `line ${line}: ${from} is rewritten to ${to}, which is no Service` }
    : undefined;
}

/** What the kubelet tells pods to search; kubeadm keeps it, else names that workloads are given show it. */
function clusterDomain(snapshot: Snapshot): string {
  const kubeadm = asObject(snapshot.get('ConfigMap', NAMESPACE, 'kubeadm-config')?.raw['data']);
  const told = /^\s*dnsDomain:\s*([\w.-]+)\s*$/m.exec(asText(kubeadm?.['ClusterConfiguration']) ?? '')?.[1];
  if (told !== undefined) return told;
  const used = dependencies(snapshot).flatMap(({ address }) => /\.svc\.(.+)$/.exec(address.host)?.[1] ?? []);
  const [first] = used;
  return first !== undefined && used.every((domain) => domain === first) && used.length >= 3
    ? first
    : DEFAULT_DOMAIN;
}

/** Words of CoreDNS itself: coremain, plugin/loop, plugin/kubernetes. */
const LOG_PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [/plugin\/loop: (?:Loop \(.{1,80}\) detected for zone|Seen "HINFO .{1,120} loop detected)/, 'forward-loop'],
  [
    /Corefile:\d+ - Error during parsing|Unknown directive|plugin\/\w+: (?:unknown property|wrong argument)/,
    'syntax',
  ],
];

/** Lines of plugin/errors on queries that a name server did not answer. */
const UNANSWERED =
  /plugin\/errors: \d+ \S+ \S+: (?:read|dial) (?:udp|tcp) .{0,60}?(?:->)?(\d{1,3}(?:\.\d{1,3}){3}):\d+: (?:i\/o timeout|.{0,40}(?:refused|no route to host|unreachable))/;
/** Now and then any name server misses one. */
const UNANSWERED_LEAST = 3;

/** Name servers that the Corefile names by address and that do not answer, as the logs of CoreDNS tell. */
function unansweredUpstreams(snapshot: Snapshot, corefile: Corefile): readonly Problem[] {
  const named = corefile.servers
    .flatMap((server) => server.plugins)
    .filter((plugin) => plugin.name === 'forward')
    .flatMap((plugin) => plugin.args.slice(1).map((upstream) => ({ upstream, line: plugin.line })));
  const counts = new Map<string, number>();
  for (const log of snapshot.logs) {
    if (log.namespace !== NAMESPACE || !log.pod.startsWith('coredns')) continue;
    for (const line of log.lines.slice(-500)) {
      const upstream = UNANSWERED.exec(line.slice(0, 1000))?.[1];
      if (upstream !== undefined) counts.set(upstream, (counts.get(upstream) ?? 0) + 1);
    }
  }
  return named
    .filter(({ upstream }) => (counts.get(upstream.replace(/:\d+$/, '')) ?? 0) >= UNANSWERED_LEAST)
    .map(({ upstream, line }) => ({
      problem: 'forward-unanswered',
      detail: `line ${line}: it forwards to ${upstream}, which does not answer`,
    }));
}

function problemsOfLogs(snapshot: Snapshot): readonly Problem[] {
  for (const log of snapshot.logs) {
    if (log.namespace !== NAMESPACE || !log.pod.startsWith('coredns')) continue;
    for (const line of log.lines.slice(-200)) {
      const problem = LOG_PROBLEMS.find(([pattern]) => pattern.test(line))?.[1];
      if (problem !== undefined) return [{ problem, detail: line.slice(0, 200) }];
    }
  }
  return [];
}

/** The ConfigMap that every installer makes, where it was not read and only a log speaks of it. */
function unseenConfigMap(): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: NAMESPACE,
    name: 'coredns',
    uid: undefined,
    resourceVersion: undefined,
    labels: {},
    createdUs: undefined,
    deletionUs: undefined,
    metadata: {},
    spec: {},
    status: {},
    raw: {},
    place: 'logs of coredns',
  };
}
