import { asText } from '../../json.ts';
import { serviceNamed, servicePorts, servicesOf, selectorOf } from '../../relations/services.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check, Emit } from '../check.ts';
import { declaredPorts, portsInLog } from './listening-ports.ts';
import type { PodContainer } from './pod-containers.ts';
import { containersOf, cpuLimitMillis, standingPods } from './pod-containers.ts';
import type { PodReport } from './pod-reports.ts';
import { reportsOf } from './pod-reports.ts';
import { probeProblem } from './probe-problems.ts';
import type { ProbeName, ProbeSpec } from './probe-spec.ts';
import { PROBE_NAMES, allowedUs, probeSpec } from './probe-spec.ts';

const SECOND_US = 1_000_000;
/** After ten healthy minutes the kubelet forgets a container's back-off too (pkg/kubelet/kubelet.go). */
const RECENT_US = 600 * SECOND_US;
/** How much longer than its probe allows a container lives until it is gone: grace period and the kubelet's work. */
const KILL_SLACK_US = 15 * SECOND_US;
/** Programs that end by themselves often live shorter: of these the length of a life tells nothing. */
const SHORTEST_US = 15 * SECOND_US;

/** Probes that fail now, or for which containers are being ended. */
export const probesCheck: Check = {
  name: 'probes',
  run(snapshot, emit) {
    for (const pod of standingPods(snapshot)) {
      for (const container of containersOf(pod)) {
        for (const name of PROBE_NAMES) {
          const spec = probeSpec(container.spec, name, declaredPorts(pod, container.view.name));
          if (spec !== undefined) lookAt(snapshot, { pod, container, spec, emit });
        }
      }
    }
  },
};

interface Look {
  readonly pod: KubeObject;
  readonly container: PodContainer;
  readonly spec: ProbeSpec;
}

function lookAt(snapshot: Snapshot, { emit, ...look }: Look & { readonly emit: Emit }): void {
  const { pod, container, spec } = look;
  const reports = unhealthyReports(snapshot, look);
  const newest = reports.at(-1);
  const killed = spec.name === 'readiness' ? undefined : killedBy(snapshot, look, newest);
  if (
    !(spec.name === 'readiness'
      ? isUnready(snapshot, container, newest)
      : killed !== undefined || isNotStarting(snapshot, look, newest))
  )
    return;
  const output = newest === undefined ? '' : (PROBE_MESSAGE.exec(newest.message)?.[2] ?? '');
  const problem = probeProblem(output, spec.action);
  const ports = portsAround(snapshot, look);
  const { last, state } = container.view;
  const other = otherPassing(look);
  const lived =
    last?.startedUs !== undefined && last.finishedUs !== undefined
      ? last.finishedUs - last.startedUs
      : undefined;
  emit({
    type: 'probe_failed',
    about: pod,
    container: container.view.name,
    ...(newest?.lastUs === undefined ? {} : { atUs: newest.lastUs }),
    discriminators: [spec.name],
    data: {
      probe: spec.name,
      action: spec.action,
      ...problem,
      port: spec.port,
      port_name: spec.portName,
      path: spec.path,
      scheme: spec.scheme,
      offered: ports.offered.length === 0 ? undefined : ports.offered.join(','),
      port_offered:
        spec.port === undefined || ports.offered.length === 0 ? undefined : ports.offered.includes(spec.port),
      other_port: ports.other,
      other_path: other?.path,
      other_passes: other !== undefined ? true : undefined,
      listens: other !== undefined || portsInLog(snapshot, pod, container.view.name).length > 0,
      killed: killed !== undefined,
      ever_passed:
        spec.name === 'liveness' && state.is === 'running' && container.isReady === true ? true : undefined,
      timeout_us: spec.timeoutUs,
      period_us: spec.periodUs,
      delay_us: spec.delayUs,
      failures: spec.failures,
      allowed_us: allowedUs(spec),
      lived_us: lived,
      cpu_limit_millis: cpuLimitMillis(container.spec),
      count: newest === undefined ? undefined : reports.reduce((sum, report) => sum + report.count, 0),
      message: newest?.message,
      init: container.view.kind === 'sidecar' ? true : undefined,
    },
  });
}

const PROBE_MESSAGE =
  /^(Liveness|Readiness|Startup) probe (?:failed|errored[^:]{0,60}|warning)[:,]? ?([\s\S]*)$/i;

function unhealthyReports(snapshot: Snapshot, { pod, container, spec }: Look): readonly PodReport[] {
  return reportsOf(snapshot, pod).filter((report) => {
    if (report.reason !== 'Unhealthy' && report.reason !== 'ProbeError') return false;
    const name = PROBE_MESSAGE.exec(report.message)?.[1]?.toLowerCase();
    return name === spec.name && isOf(report, pod, { container, name: spec.name });
  });
}

/** An event without a field path is of the only container that has such a probe. */
function isOf(
  report: PodReport,
  pod: KubeObject,
  of: { readonly container: PodContainer; readonly name: ProbeName },
): boolean {
  if (report.container !== undefined) return report.container === of.container.view.name;
  const having = containersOf(pod).filter((container) => `${of.name}Probe` in container.spec);
  return having.length === 1;
}

/** It runs, is not ready, and that for longer than a probe needs to pass the first time. */
function isUnready(
  snapshot: Snapshot,
  { view, isReady, isStarted }: PodContainer,
  newest: PodReport | undefined,
): boolean {
  if (view.state.is !== 'running' || isReady !== false || isStarted === false) return false;
  const ranUs = snapshot.takenUs - (view.state.startedUs ?? snapshot.takenUs);
  return newest !== undefined ? ranUs > 20 * SECOND_US : ranUs > 120 * SECOND_US;
}

/** A startup probe that has not passed and fails now. */
function isNotStarting(
  snapshot: Snapshot,
  { container, spec }: Look,
  newest: PodReport | undefined,
): boolean {
  if (spec.name !== 'startup' || newest === undefined) return false;
  const { view, isStarted } = container;
  return view.state.is === 'running' && isStarted === false && isRecent(snapshot, newest.lastUs);
}

function isRecent(snapshot: Snapshot, us: number | undefined): boolean {
  return us === undefined || snapshot.takenUs - us < RECENT_US;
}

/**
 * Whether the kubelet ends the container for the probe: by its Killing event, or, where that was lost, by a container
 * that was ended by a signal again and again after just as long as the probe allows.
 */
function killedBy(
  snapshot: Snapshot,
  look: Look,
  newest: PodReport | undefined,
): 'event' | 'pattern' | undefined {
  const { pod, container, spec } = look;
  const { view } = container;
  const killing = reportsOf(snapshot, pod).findLast(
    ({ reason, message }) =>
      reason === 'Killing' &&
      (message.includes(`Container ${view.name} failed ${spec.name} probe`) ||
        (message.includes(`failed ${spec.name} probe`) && containersOf(pod).length === 1)),
  );
  const isLooping = view.state.is !== 'running' || container.isReady === false;
  if (killing !== undefined && (isLooping || isRecent(snapshot, killing.lastUs ?? newest?.lastUs)))
    return 'event';
  if (killing !== undefined || view.restartCount === 0) return undefined;
  const { last } = view;
  const end = view.state.is === 'terminated' ? view.state.end : last;
  if (end === undefined || end.reason === 'OOMKilled') return undefined;
  if (end.startedUs === undefined || end.finishedUs === undefined) return undefined;
  if (!isLooping && !isRecent(snapshot, end.finishedUs)) return undefined;
  const livedUs = end.finishedUs - end.startedUs;
  if (livedUs < allowedUs(spec)) return undefined;
  // A probe that is known to fail ends it sooner or later; without that only a life of just the length tells.
  const isSignal = end.exitCode === 137 || end.exitCode === 143;
  if (newest !== undefined && (isSignal || isRecent(snapshot, newest.lastUs))) return 'pattern';
  const graceUs = graceOf(pod) + KILL_SLACK_US + spec.periodUs;
  const isUsual = isSignal || (end.exitCode === 0 && allowedUs(spec) >= SHORTEST_US);
  return isUsual && livedUs <= allowedUs(spec) + graceUs ? 'pattern' : undefined;
}

/** Whether the kubelet ended the last run of a container for its liveness or startup probe, as far as can be told. */
export function isEndedForProbe(snapshot: Snapshot, pod: KubeObject, container: PodContainer): boolean {
  return (['liveness', 'startup'] as const).some((name) => {
    const spec = probeSpec(container.spec, name, declaredPorts(pod, container.view.name));
    if (spec === undefined) return false;
    const look = { pod, container, spec };
    return killedBy(snapshot, look, unhealthyReports(snapshot, look).at(-1)) !== undefined;
  });
}

function graceOf(pod: KubeObject): number {
  const seconds = pod.spec['terminationGracePeriodSeconds'];
  return (typeof seconds === 'number' ? seconds : 30) * SECOND_US;
}

/** Another probe of the container that passes, so that the program is up: readiness of a ready one, startup of a started one. */
function otherPassing({ container, spec }: Look): ProbeSpec | undefined {
  const { spec: containerSpec, isReady, isStarted, view } = container;
  if (view.state.is !== 'running') return undefined;
  const readiness = spec.name === 'readiness' ? undefined : probeSpec(containerSpec, 'readiness', []);
  if (readiness !== undefined && isReady === true) return readiness;
  const startup = spec.name === 'startup' ? undefined : probeSpec(containerSpec, 'startup', []);
  return startup !== undefined && isStarted === true ? startup : undefined;
}

/** Ports that the container is known to listen on, the surest source first, and the one that is likely meant. */
function portsAround(
  snapshot: Snapshot,
  look: Look,
): { readonly offered: readonly number[]; readonly other: number | undefined } {
  const { pod, container, spec } = look;
  const name = container.view.name;
  const logged = portsInLog(snapshot, pod, name);
  const passing = otherPassing(look)?.port;
  const declared = declaredPorts(pod, name).map(({ port }) => port);
  const targets = containersOf(pod).length === 1 ? targetPorts(snapshot, pod) : [];
  const others = PROBE_NAMES.filter((other) => other !== spec.name).flatMap(
    (other) => probeSpec(container.spec, other, declaredPorts(pod, name))?.port ?? [],
  );
  // What its log or a passing probe says is proof; what the spec says is a claim that may be as wrong as the probe.
  const proven = [...new Set([...logged, ...(passing === undefined ? [] : [passing])])];
  const offered =
    proven.length > 0 && !proven.includes(spec.port ?? 0)
      ? proven
      : [...new Set([...proven, ...declared, ...targets])];
  const sources = [proven, declared, targets, others].map((ports) =>
    [...new Set(ports)].filter((port) => port !== spec.port),
  );
  const single = sources.find((ports) => ports.length > 0);
  return { offered, other: single?.length === 1 ? single[0] : undefined };
}

/** Ports that Services lead to in the pod. */
function targetPorts(snapshot: Snapshot, pod: KubeObject): readonly number[] {
  return servicesOf(snapshot, pod.namespace).flatMap((service) => {
    const pairs = Object.entries(selectorOf(service));
    if (pairs.length === 0 || !pairs.every(([key, value]) => pod.labels[key] === value)) return [];
    if (
      asText(service.spec['type']) === 'ExternalName' ||
      serviceNamed(snapshot, pod.namespace, service.name) === undefined
    )
      return [];
    return servicePorts(service).flatMap(({ targetPort, protocol }) =>
      typeof targetPort === 'number' && protocol === 'TCP' ? [targetPort] : [],
    );
  });
}
