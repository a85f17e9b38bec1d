import type { JsonObject } from '../../json.ts';
import { asCount, asObject, asText } from '../../json.ts';
import { portNumber } from '../../relations/services.ts';

export type ProbeName = 'liveness' | 'readiness' | 'startup';
export const PROBE_NAMES: readonly ProbeName[] = ['liveness', 'readiness', 'startup'];

/** A probe as the spec says it, defaults filled in as the API server does (pkg/apis/core/v1/defaults.go). */
export interface ProbeSpec {
  readonly name: ProbeName;
  readonly action: 'http' | 'tcp' | 'grpc' | 'exec';
  readonly port: number | undefined;
  readonly portName: string | undefined;
  readonly path: string | undefined;
  readonly scheme: string | undefined;
  readonly timeoutUs: number;
  readonly periodUs: number;
  readonly delayUs: number;
  readonly failures: number;
}

const SECOND_US = 1_000_000;

/**
 * @param ports ports of the container that have a name
 * @returns undefined where the container has no such probe
 */
export function probeSpec(
  container: JsonObject,
  name: ProbeName,
  ports: readonly { readonly port: number; readonly name: string | undefined }[],
): ProbeSpec | undefined {
  const probe = asObject(container[`${name}Probe`]);
  if (probe === undefined) return undefined;
  const http = asObject(probe['httpGet']);
  const tcp = asObject(probe['tcpSocket']);
  const grpc = asObject(probe['grpc']);
  const where = http ?? tcp ?? grpc;
  const portName = portNumber(where?.['port']) === undefined ? asText(where?.['port']) : undefined;
  return {
    name,
    action: http !== undefined ? 'http' : tcp !== undefined ? 'tcp' : grpc !== undefined ? 'grpc' : 'exec',
    port: portNumber(where?.['port']) ?? ports.find((port) => port.name === portName)?.port,
    portName,
    path: http === undefined ? undefined : (asText(http['path']) ?? '/'),
    scheme: http === undefined ? undefined : (asText(http['scheme']) ?? 'HTTP'),
    timeoutUs: (asCount(probe['timeoutSeconds']) ?? 1) * SECOND_US,
    periodUs: (asCount(probe['periodSeconds']) ?? 10) * SECOND_US,
    delayUs: (asCount(probe['initialDelaySeconds']) ?? 0) * SECOND_US,
    failures: asCount(probe['failureThreshold']) ?? 3,
  };
}

/** How long after its start the container has until this probe can end it. */
export function allowedUs({ delayUs, periodUs, failures }: ProbeSpec): number {
  return delayUs + periodUs * Math.max(0, failures - 1);
}
