import { containerPorts } from '../../relations/container-ports.ts';
import { oncePerSnapshot } from '../../relations/once.ts';
import { portNumber } from '../../relations/services.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';

const LINES_READ = 2_000;
const LINE_LENGTH = 1_024;

/**
 * How programs say that they listen: `listening on :8080`, `Tomcat started on port(s): 8080`, `Now listening on:
 * http://[::]:5000`, `Running on http://0.0.0.0:5000`, `Server ready at http://localhost:3000`.
 */
const LISTENS =
  /\b(?:listen(?:ing|s)?|serving|running|started|starting|bound|accepting connections|ready|available|server)\b[^\n]{0,60}?(?:\bport(?:\(s\))?\s*[:=]?\s*["']?|:\/\/[^\s:/]{1,64}:|(?:\s|^|[=("'[])(?:0\.0\.0\.0|\[::\]|\*|127\.0\.0\.1|localhost|::)?:)(\d{2,5})\b/i;
const NOT_LISTENING =
  /refused|timeout|timed out|fail|error|unable|cannot|can't|could not|connect(?:ing|ed)? to|in use|waiting for|upstream|dial|debug(?:ger)?/i;

const logPorts = oncePerSnapshot((snapshot) => {
  const ports = new Map<string, Set<number>>();
  for (const { namespace, pod, container, previous, lines } of snapshot.logs) {
    if (previous) continue;
    const key = `${namespace}/${pod}/${container ?? ''}`;
    const found = ports.get(key) ?? new Set<number>();
    for (const line of [
      ...lines.slice(0, LINES_READ / 2),
      ...lines.slice(LINES_READ / 2).slice(-LINES_READ / 2),
    ]) {
      const text = line.slice(0, LINE_LENGTH);
      if (NOT_LISTENING.test(text)) continue;
      const port = portNumber(LISTENS.exec(text)?.[1]);
      if (port !== undefined) found.add(port);
    }
    ports.set(key, found);
  }
  return ports;
});

/** Ports that a container’s own log says it listens on; a log that names no container counts for a pod of one. */
export function portsInLog(snapshot: Snapshot, pod: KubeObject, container: string): readonly number[] {
  const own = logPorts(snapshot).get(`${pod.namespace}/${pod.name}/${container}`);
  const unnamed = logPorts(snapshot).get(`${pod.namespace}/${pod.name}/`);
  return [...(own ?? unnamed ?? [])];
}

/** TCP ports that a container declares. */
export function declaredPorts(
  pod: KubeObject,
  container: string,
): readonly { readonly port: number; readonly name: string | undefined }[] {
  return containerPorts(pod.spec).filter(
    (port) => port.container === container && port.from === 'declared' && port.protocol === 'TCP',
  );
}
