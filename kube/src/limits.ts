/**
 * Bounds of what is taken from one list and kept. Kubernetes supports 110 pods a node by default and names of
 * at most 253 characters (Kubernetes documentation: "Considerations for large clusters", "Object Names and
 * IDs"); these leave room and stop hostile input.
 */
export const KUBE_LIMITS = {
  /** Pods of one list; the rest is rejected, each with its place. */
  pods: 2048,
  /** Containers of one pod, all kinds together; a pod with more is rejected. */
  containers: 128,
  /** Fields of one pod's spec that are compared; further ones are not. */
  specFields: 2000,
  /** Depth of a pod's spec. */
  specDepth: 16,
  /** Field managers of one pod. */
  managers: 32,
  /** Characters of a name. */
  nameLength: 253,
  /** Characters of a value that is shown in a change. */
  valueLength: 256,
  /** Characters of a message or termination message, after scrubbing. */
  messageLength: 1024,
  /** Changed fields of one pod or workload that get an event of their own. */
  changedFields: 32,
  /** Waiting reasons of one container run. */
  waitingReasons: 8,
  /** Workloads whose last revision is remembered; the one changed longest ago is forgotten. */
  workloads: 2048,
  /** Earlier revisions of one workload that are known by name. */
  revisions: 16,
} as const;
