import { asList, asObject, asTimeUs } from '../../json.ts';
import { conditionOf } from '../../relations/conditions.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check } from '../check.ts';

/** Beyond what a slow API server or a late lease explains. */
const LEASE_SKEW_US = 90_000_000;
/** Kubelets write their status every five minutes where nothing changes (nodeStatusReportFrequency), and some twice as long. */
const STATUS_SKEW_US = 900_000_000;
/** Fewer say nothing of whose clock is off. */
const NODES = 3;

/** Clocks of ready nodes, by the times with which their kubelets renew their leases or write their status. */
export const clocksCheck: Check = {
  name: 'clocks',
  run(snapshot, emit) {
    const ready = snapshot.all('Node').filter((node) => conditionOf(node, 'Ready')?.status === 'True');
    const byLease = outliers(
      ready.map((node) => ({
        node,
        us: asTimeUs(snapshot.get('Lease', 'kube-node-lease', node.name)?.spec['renewTime']),
      })),
      LEASE_SKEW_US,
    );
    const byStatus = outliers(
      ready.map((node) => ({ node, us: heartbeatUs(node) })),
      STATUS_SKEW_US,
    );
    const told = new Set<string>();
    for (const { node, skewUs } of [
      ...byLease,
      ...byStatus.filter((found) => isLeaseUnknown(snapshot, found.node)),
    ]) {
      if (told.has(node.name)) continue;
      told.add(node.name);
      const ntp = conditionOf(node, 'NTPProblem');
      emit({
        type: 'node_clock_skewed',
        about: node,
        data: { skew_us: skewUs, message: ntp?.status === 'True' ? ntp.message : undefined },
      });
    }
  },
};

/** A lease that agrees with the others shows that the clock is right, however old the status. */
function isLeaseUnknown(snapshot: Snapshot, node: KubeObject): boolean {
  return asTimeUs(snapshot.get('Lease', 'kube-node-lease', node.name)?.spec['renewTime']) === undefined;
}

function outliers(
  times: readonly { readonly node: KubeObject; readonly us: number | undefined }[],
  most: number,
): readonly { readonly node: KubeObject; readonly skewUs: number }[] {
  const known = times.flatMap(({ node, us }) => (us === undefined ? [] : [{ node, us }]));
  if (known.length < NODES) return [];
  const sorted = known.map(({ us }) => us).sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return known
    .map(({ node, us }) => ({ node, skewUs: us - middle }))
    .filter(({ skewUs }) => Math.abs(skewUs) >= most);
}

function heartbeatUs({ status }: KubeObject): number | undefined {
  const ready = (asList(status['conditions']) ?? [])
    .slice(0, 64)
    .map(asObject)
    .find((condition) => condition?.['type'] === 'Ready');
  return asTimeUs(ready?.['lastHeartbeatTime']);
}
