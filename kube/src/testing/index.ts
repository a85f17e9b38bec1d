export * from './pods.ts';
export { TAKEN_US, kubeObject, snapshotOf } from './snapshots.ts';
export { ago, podEvent, waiting, webPod } from './web-pod.ts';
