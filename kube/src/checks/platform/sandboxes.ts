import { asList, asObject, asText } from '../../json.ts';
import { reportsAbout } from '../../relations/object-reports.ts';
import { livePods } from '../../relations/pod-templates.ts';
import { unseenObject } from '../../relations/unseen-object.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import { objectText } from '../../snapshot/kube-object.ts';
import type { Check } from '../check.ts';

const NETWORK = /network|\bcni\b|plugin type=|IPAM|ip address|failed to (?:set up|setup) sandbox/i;

/** Pods on a node whose sandbox or network can't be made, by what the kubelet says. */
export const sandboxesCheck: Check = {
  name: 'sandboxes',
  run(snapshot, emit) {
    const groups = new Map<string, { readonly pod: KubeObject; readonly message: string; pods: number }>();
    for (const pod of livePods(snapshot.all('Pod'))) {
      const node = asText(pod.spec['nodeName']);
      if (node === undefined || pod.status['phase'] !== 'Pending' || hasContainer(pod)) continue;
      const report = reportsAbout(snapshot, pod).findLast(
        ({ reason }) => reason === 'FailedCreatePodSandBox',
      );
      if (report === undefined) continue;
      const key = `${objectText(snapshot.ownerOf(pod))} ${node}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { pod, message: report.message, pods: 1 });
      else group.pods += 1;
    }
    for (const { pod, message, pods } of groups.values()) {
      const problem = NETWORK.test(message)
        ? 'network'
        : /containerd|docker|cri-o|runtime|runc|rpc error/i.test(message)
          ? 'runtime'
          : 'other';
      const node = { kind: 'Node', namespace: '', name: asText(pod.spec['nodeName']) ?? '' };
      emit({
        type: 'sandbox_failed',
        about: pod,
        refers: node,
        ...(pod.createdUs === undefined ? {} : { atUs: pod.createdUs }),
        data: { problem, pods, message },
      });
      emit({
        type: 'node_refuses_pods',
        about: snapshot.get('Node', '', node.name) ?? unseenObject(node),
        discriminators: ['no_sandbox'],
        data: { problem: 'no_sandbox' },
      });
    }
  },
};

function hasContainer(pod: KubeObject): boolean {
  return [
    ...(asList(pod.status['initContainerStatuses']) ?? []),
    ...(asList(pod.status['containerStatuses']) ?? []),
  ].some((entry) => asText(asObject(entry)?.['containerID']) !== undefined);
}
