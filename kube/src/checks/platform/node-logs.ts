import { unseenObject } from '../../relations/unseen-object.ts';
import type { Check } from '../check.ts';

/** Lines from the end of a log that are read. */
const LINES = 5_000;
const LINE_LENGTH = 2_000;
const SHOWN = 300;

interface Saying {
  readonly problem: string;
  readonly says: RegExp;
  /** How often it must be said: what passes is said once. */
  readonly times: number;
}

/**
 * What a node's own services say of it: kubelet (pkg/kubelet), containerd and CRI-O, kernel and chrony. A process that is
 * killed at the limit of its own cgroup says nothing of the node.
 */
const SAYINGS: readonly Saying[] = [
  {
    problem: 'memory',
    says: /(?:^|[^p] )Out of memory: Kill(?:ed)? process|oom-kill:constraint=CONSTRAINT_NONE|System OOM encountered|eviction manager: .*resourceName="?memory/,
    times: 1,
  },
  {
    problem: 'disk',
    says: /no space left on device|eviction manager: .*resourceName="?(?:ephemeral-storage|nodefs|imagefs)|failed to garbage collect required amount of images|disk usage on image filesystem is over the high threshold/i,
    times: 2,
  },
  {
    problem: 'disk_fault',
    says: /Remounting filesystem read-only|EXT4-fs error|XFS \(\S+\): (?:Corruption|Metadata I\/O error|log I\/O error)|(?:blk_update_request: |Buffer )I\/O error|critical (?:medium|target) error/,
    times: 1,
  },
  {
    problem: 'certificate',
    says: /existing bootstrap client certificate .* is expired|(?:client )?certificate (?:has |is )expired.*(?:kubelet|rotat)|(?:node status|register node|ensure lease|node ").*x509: certificate has expired|(?:node status|register node|ensure lease).*Unauthorized/i,
    times: 1,
  },
  {
    problem: 'config',
    says: /failed to run Kubelet|failed to load kubelet config|failed to parse kubelet flag|running with swap on is not supported|kubelet cgroup driver: .* is different from|kubelet.*unknown flag:/i,
    times: 1,
  },
  {
    problem: 'runtime',
    says: /container runtime (?:is down|status check may not have completed)|PLEG is not healthy|validate service connection: .*(?:containerd|crio|docker)|(?:containerd|crio|cri-dockerd)\.sock.*(?:connection refused|no such file)|failed to get sandbox runtime|(?:containerd|crio|docker)\.service: (?:Main process exited|Failed with result|Start request repeated)/i,
    times: 2,
  },
  {
    problem: 'cni',
    says: /cni plugin not initialized|cni config uninitialized|No CNI configuration file|no network(?:s| config) found in \/etc\/cni|NetworkPluginNotReady/i,
    times: 2,
  },
  {
    problem: 'api',
    says: /(?:updat(?:e|ing) node status|ensure lease exists|register node|failed to list).*(?:connection refused|i\/o timeout|no route to host|TLS handshake timeout|network is unreachable|context deadline exceeded|no such host)/i,
    times: 3,
  },
  {
    problem: 'clock',
    says: /System clock wrong by (?:[1-9]\d{1,}|[2-9])\.\d+ seconds|Time has been changed|clock skew detected|certificate is not yet valid|x509: .*current time \S+ is before/i,
    times: 1,
  },
];

/** What nodes' logs say of themselves: evidence for rules about nodes that are not ready. */
export const nodeLogsCheck: Check = {
  name: 'node-logs',
  run(snapshot, emit) {
    for (const { node, lines, container } of snapshot.logs) {
      if (node === undefined || node === '') continue;
      const cut = lines.slice(-LINES).map((line) => line.slice(0, LINE_LENGTH));
      for (const { problem, says, times } of SAYINGS) {
        const said = cut.filter((line) => says.test(line));
        const line = said.at(-1);
        if (line === undefined || said.length < times) continue;
        const about =
          snapshot.get('Node', '', node) ?? unseenObject({ kind: 'Node', namespace: '', name: node });
        emit({
          type: 'node_log_said',
          about,
          discriminators: [problem, container ?? ''],
          data: { problem, service: container, line: line.trim().slice(0, SHOWN), count: said.length },
        });
      }
    }
  },
};
