import { asList, asObject, asText } from '../../json.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check, Emit } from '../check.ts';
import { imageProblem, registryOf } from './image-problems.ts';
import { gonePods } from './gone-pods.ts';
import type { PodContainer } from './pod-containers.ts';
import { containersOf, standingPods } from './pod-containers.ts';
import type { PodReport } from './pod-reports.ts';
import { reportsOf } from './pod-reports.ts';

/** Waiting reasons of pkg/kubelet/images (errors of types.go). */
const WAITS: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);

/**
 * Images that cannot be pulled. The container's status says so; why is in its message, or, where that only tells of
 * the back-off (before Kubernetes 1.31), in the Events of the pull.
 */
export const imagePullCheck: Check = {
  name: 'image-pull',
  run(snapshot, emit) {
    for (const pod of [...standingPods(snapshot), ...gonePods(snapshot)]) {
      for (const container of containersOf(pod)) {
        const { state } = container.view;
        if (state.is === 'waiting' && WAITS.has(state.reason ?? '')) tell(snapshot, { pod, container, emit });
      }
    }
  },
};

function tell(
  snapshot: Snapshot,
  {
    pod,
    container,
    emit,
  }: { readonly pod: KubeObject; readonly container: PodContainer; readonly emit: Emit },
): void {
  const { view } = container;
  const wait = view.state.is === 'waiting' ? view.state : undefined;
  const image = view.image ?? '';
  const reports = pullReports(snapshot, pod, { container: view.name, image });
  const texts = textsOf(wait?.message ?? '', reports);
  const told = texts
    .map((text) => ({ text, problem: imageProblem(text) }))
    .find((t) => t.problem !== undefined);
  const byReason = imageProblem(wait?.reason ?? '');
  const secrets = pullSecrets(pod);
  const missing = missingSecret(snapshot, pod, secrets);
  const found = told?.problem ?? byReason;
  emit({
    type: 'image_pull_failed',
    about: pod,
    container: view.name,
    ...sinceOf(pod, reports),
    ...(missing !== undefined && isRefusal(found)
      ? { refers: { kind: 'Secret', namespace: pod.namespace, name: missing } }
      : {}),
    data: {
      init: view.kind === 'init' || view.kind === 'sidecar' ? true : undefined,
      image,
      registry: registryOf(image),
      problem: settle(found, { secrets, missing, registry: registryOf(image) }),
      pull_secrets: secrets.length === 0 ? undefined : secrets.join(','),
      missing_secret: missing,
      message: told?.text ?? wait?.message,
    },
  });
}

function isRefusal(problem: ReturnType<typeof imageProblem>): boolean {
  return problem === 'unauthorized' || problem === 'not_found_or_unauthorized';
}

/**
 * Docker Hub answers for a repository that is not there as for one that may not be read. Nobody who pulls from it
 * without credentials means a private one, so the name is wrong; with credentials, or elsewhere, it is a refusal.
 */
function settle(
  problem: ReturnType<typeof imageProblem>,
  known: {
    readonly secrets: readonly string[];
    readonly missing: string | undefined;
    readonly registry: string;
  },
): string {
  if (problem === undefined) return 'unknown';
  if (!isRefusal(problem)) return problem;
  if (known.missing !== undefined) return 'secret_missing';
  if (problem !== 'not_found_or_unauthorized') return problem;
  return known.secrets.length === 0 && known.registry === 'docker.io' ? 'not_found' : 'unauthorized';
}

const TELLING: ReadonlySet<string> = new Set([
  'Failed',
  'InspectFailed',
  'ErrImageNeverPull',
  'FailedToRetrieveImagePullSecret',
]);

/** What was said of the pull, the newest last. */
function pullReports(
  snapshot: Snapshot,
  pod: KubeObject,
  of: { readonly container: string; readonly image: string },
): readonly PodReport[] {
  return reportsOf(snapshot, pod).filter(
    ({ reason, message, container }) =>
      TELLING.has(reason) &&
      (container === undefined || container === of.container) &&
      (message.includes(of.image) || container === of.container),
  );
}

/** Texts that may tell, the status first, then Events from the newest to the oldest. */
function textsOf(status: string, reports: readonly PodReport[]): readonly string[] {
  const events = reports.map(({ message }) => message).reverse();
  const pulls = events.filter((message) => message.startsWith('Failed to pull image'));
  return [status, ...pulls, ...events];
}

/** It fails since the first Event that says so; without any, at the latest since the pod was made. */
function sinceOf({ createdUs }: KubeObject, reports: readonly PodReport[]): { readonly atUs?: number } {
  const firstUs = Math.min(...reports.flatMap((report) => report.firstUs ?? []), Number.POSITIVE_INFINITY);
  const atUs = Number.isFinite(firstUs) ? firstUs : createdUs;
  return atUs === undefined ? {} : { atUs };
}

function pullSecrets(pod: KubeObject): readonly string[] {
  return (asList(pod.spec['imagePullSecrets']) ?? [])
    .slice(0, 32)
    .flatMap((entry) => asText(asObject(entry)?.['name']) ?? []);
}

function missingSecret(snapshot: Snapshot, pod: KubeObject, secrets: readonly string[]): string | undefined {
  const named = reportsOf(snapshot, pod)
    .filter(({ reason }) => reason === 'FailedToRetrieveImagePullSecret')
    .flatMap(({ message }) => secrets.filter((name) => message.includes(name)));
  if (named[0] !== undefined) return named[0];
  if (!snapshot.knowsAll('Secret', pod.namespace)) return undefined;
  return secrets.find((name) => snapshot.get('Secret', pod.namespace, name) === undefined);
}
