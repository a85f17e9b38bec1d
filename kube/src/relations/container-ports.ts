import type { JsonObject } from '../json.ts';
import { asList, asObject, asText } from '../json.ts';
import { servingContainers } from './pod-templates.ts';
import { portNumber } from './services.ts';

/** A port on which a container says that it listens. */
export interface ContainerPort {
  readonly container: string;
  readonly port: number;
  readonly protocol: string;
  /** Declared ports may have one. */
  readonly name: string | undefined;
  /**
   * `declared`: under `ports`, which only informs and need not be complete. `probed`: a probe or hook of the
   * container asks there, so something must listen.
   */
  readonly from: 'declared' | 'probed';
}

const PROBES = ['readinessProbe', 'livenessProbe', 'startupProbe'] as const;

/** Ports of a pod's containers, as its spec tells them. */
export function containerPorts(podSpec: JsonObject): readonly ContainerPort[] {
  return servingContainers(podSpec).flatMap((container) => {
    const name = asText(container['name']) ?? '';
    const declared = declaredPorts(container, name);
    return [...declared, ...probedPorts(container, name, declared)];
  });
}

function declaredPorts(container: JsonObject, name: string): readonly ContainerPort[] {
  return (asList(container['ports']) ?? []).slice(0, 256).flatMap((entry) => {
    const port = asObject(entry);
    const number = portNumber(port?.['containerPort']);
    if (port === undefined || number === undefined) return [];
    const protocol = asText(port['protocol']) ?? 'TCP';
    return [
      { container: name, port: number, protocol, name: asText(port['name']), from: 'declared' as const },
    ];
  });
}

function probedPorts(
  container: JsonObject,
  name: string,
  declared: readonly ContainerPort[],
): readonly ContainerPort[] {
  return PROBES.flatMap((key) => {
    const probe = asObject(container[key]);
    const action =
      asObject(probe?.['httpGet']) ?? asObject(probe?.['tcpSocket']) ?? asObject(probe?.['grpc']);
    const wanted = action?.['port'];
    const number = portNumber(wanted) ?? declared.find((port) => port.name === wanted)?.port;
    return number === undefined
      ? []
      : [{ container: name, port: number, protocol: 'TCP', name: undefined, from: 'probed' as const }];
  });
}

/**
 * The port that a named target port leads to in a pod: name and protocol must both agree
 * (kubernetes/kubernetes pkg/api/v1/pod FindPort).
 */
export function namedPort(podSpec: JsonObject, name: string, protocol: string): number | undefined {
  return containerPorts(podSpec).find((port) => port.name === name && port.protocol === protocol)?.port;
}
