import type { ContainerPort } from '../../relations/container-ports.ts';
import { containerPorts, namedPort } from '../../relations/container-ports.ts';
import type { PodTemplate } from '../../relations/pod-templates.ts';
import { allContainers, isReady } from '../../relations/pod-templates.ts';
import type { ServicePort } from '../../relations/services.ts';
import { isHeadless, servicePorts, servicesOf } from '../../relations/services.ts';
import { asList, asObject, asText } from '../../json.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check } from '../check.ts';
import { selected } from './service-selection.ts';

interface Mismatch {
  readonly problem: 'number' | 'name' | 'protocol';
  readonly evidence: 'strong' | 'declared' | 'weak';
  readonly suggested: string | undefined;
}

/**
 * Ports of Services that lead to container ports which the selected pods do not offer. A named target port that no
 * container has is proven wrong. Numbers under a container's `ports` only inform: what a probe asks weighs more, and where
 * nothing is declared nobody can tell.
 */
export const servicePortCheck: Check = {
  name: 'service-ports',
  run(snapshot, emit) {
    for (const service of servicesOf(snapshot)) {
      // Clients of a headless Service connect to its pods' ports directly.
      if (isHeadless(service) || service.deletionUs !== undefined) continue;
      const templates = selected(snapshot, service);
      const [first] = templates;
      if (first === undefined) continue;
      const offered = templates.flatMap((template) => containerPorts(template.podSpec));
      for (const port of servicePorts(service)) {
        const mismatch = compare(port, templates, { snapshot, service, offered });
        if (mismatch === undefined) continue;
        emit({
          type: 'service_port_mismatch',
          about: service,
          refers: first.workload,
          discriminators: [port.port, port.protocol],
          data: {
            port: port.port,
            target_port: port.targetPort,
            protocol: port.protocol,
            offered: offeredText(offered),
            ...mismatch,
            ready: templates.flatMap((template) => template.pods).filter(isReady).length,
          },
        });
      }
    }
  },
};

interface Surroundings {
  readonly snapshot: Snapshot;
  readonly service: KubeObject;
  readonly offered: readonly ContainerPort[];
}

function compare(
  port: ServicePort,
  templates: readonly PodTemplate[],
  around: Surroundings,
): Mismatch | undefined {
  const { targetPort, protocol } = port;
  const { offered, service } = around;
  if (typeof targetPort === 'string') {
    if (templates.some(({ podSpec }) => namedPort(podSpec, targetPort, protocol) !== undefined))
      return undefined;
    // `kubectl describe`, which knows no uid, leaves out the names of ports.
    if (templates.every(({ object }) => object.uid === undefined)) return undefined;
    const isProtocol = offered.some((p) => p.name === targetPort);
    const names = [...new Set(offered.flatMap((p) => (p.protocol === protocol ? (p.name ?? []) : [])))];
    return {
      problem: isProtocol ? 'protocol' : 'name',
      evidence: 'strong',
      suggested: names.length === 1 ? names[0] : onlyNumber(offered),
    };
  }
  if (offered.some((p) => p.port === targetPort && p.protocol === protocol)) return undefined;
  const sameNumber = offered.find((p) => p.port === targetPort);
  if (sameNumber !== undefined) {
    const isCovered = servicePorts(service).some(
      (other) => other.protocol === sameNumber.protocol && other.targetPort === targetPort,
    );
    return isCovered
      ? undefined
      : { problem: 'protocol', evidence: 'declared', suggested: sameNumber.protocol };
  }
  const free = unserved(templates, around);
  return {
    problem: 'number',
    evidence: evidenceOf(targetPort, templates, free),
    suggested: free.length === 1 ? String(free[0]) : undefined,
  };
}

function evidenceOf(
  targetPort: number,
  templates: readonly PodTemplate[],
  free: readonly number[],
): Mismatch['evidence'] {
  if (free.length === 0 || templates.some(({ podSpec }) => mentions(podSpec, targetPort))) return 'weak';
  const ready = templates.filter((template) => template.pods.some(isReady));
  const probed = ready.some(({ podSpec }) =>
    containerPorts(podSpec).some((p) => p.from === 'probed' && free.includes(p.port)),
  );
  return probed ? 'strong' : 'declared';
}

/** Ports that the pods offer and to which no Service leads: one of them is meant. */
function unserved(
  templates: readonly PodTemplate[],
  { snapshot, service, offered }: Surroundings,
): readonly number[] {
  const served = new Set(
    servicesOf(snapshot, service.namespace)
      .filter((other) => other === service || selected(snapshot, other).some((t) => templates.includes(t)))
      .filter((other) => other === service || !isHeadless(other))
      .flatMap((other) => servicePorts(other))
      .flatMap(({ targetPort, protocol }) =>
        typeof targetPort === 'number'
          ? [targetPort]
          : templates.flatMap(({ podSpec }) => namedPort(podSpec, targetPort, protocol) ?? []),
      ),
  );
  return [...new Set(offered.map((p) => p.port))].filter((number) => !served.has(number));
}

/** The number stands in the container's settings or arguments: it may well listen there without declaring it. */
function mentions(podSpec: PodTemplate['podSpec'], port: number): boolean {
  const word = new RegExp(`(?<![\\d.])${port}(?!\\d)`);
  return allContainers(podSpec).some((container) => {
    const values = (asList(container['env']) ?? []).map((entry) => asText(asObject(entry)?.['value']) ?? '');
    const words = [...(asList(container['command']) ?? []), ...(asList(container['args']) ?? [])];
    const own = values.filter((value) => /^[\w.:*[\]]{1,40}$/.test(value) && !/[a-z]:/i.test(value));
    return [...own, ...words].some((text) => typeof text === 'string' && word.test(text));
  });
}

function onlyNumber(offered: readonly ContainerPort[]): string | undefined {
  const numbers = [...new Set(offered.map((p) => p.port))];
  return numbers.length === 1 ? String(numbers[0]) : undefined;
}

function offeredText(offered: readonly ContainerPort[]): string {
  const texts = offered
    .filter((p) => p.from === 'declared' || !offered.some((d) => d.from === 'declared' && d.port === p.port))
    .map((p) => `${p.port}/${p.protocol}${p.name === undefined ? '' : ` (${p.name})`}`);
  return [...new Set(texts)].slice(0, 16).join(', ');
}
