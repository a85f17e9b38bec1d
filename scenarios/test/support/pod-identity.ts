import { randomUUID } from 'node:crypto';
import type { PodIdentity } from '../../src/node/pod-object.ts';

/** A pod of the deployment of that name, with one container. */
export function podIdentityOf(deployment: string, node: string, args: readonly string[] = []): PodIdentity {
  const revision = '6f4d8b9c7';
  return {
    uid: randomUUID(),
    namespace: 'shop',
    deployment,
    revision,
    podName: `${deployment}-${revision}-h7k2p`,
    container: 'main',
    image: `registry.shop.example/${deployment}:1.0.0`,
    args,
    node,
    createdMs: Date.now(),
  };
}
