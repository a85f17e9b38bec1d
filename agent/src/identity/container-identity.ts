/** What the names of a cgroup and of the two above it say about the container in it. */
export interface ContainerIdentity {
  /** Bare id, 64 hex digits. */
  readonly containerId?: string;
  /** With dashes; 32 hex digits for a static pod. */
  readonly podUid?: string;
  /** How many levels the container's own cgroup lies above the one that was asked about: 0 is itself. */
  readonly containerDepth?: number;
}

const ID = '[0-9a-f]{64}';
/** Monitors of CRI-O and Podman: beside the container, not in it. */
const MONITOR = /^(?:crio|libpod)-conmon-/;
/** systemd scopes, and what CRI-O and Podman call their directories under the cgroupfs driver. */
const NAMED = new RegExp(
  `^(?:(?:cri-containerd|docker|containerd|nerdctl)-(${ID})\\.scope|(?:crio|libpod)-(${ID})(?:\\.scope)?)$`,
);
/** containerd with a systemd-style cgroup path under the cgroupfs driver. */
const COLON = new RegExp(`(?:^|:)(?:cri-containerd|crio|docker|containerd|nerdctl):(${ID})$`);
const BARE = new RegExp(`^${ID}$`);
/** Directories of which a bare id is a container; anywhere else 64 hex digits are just a name. */
const BARE_PARENT = /^(?:docker|libpod_parent|k8s\.io|moby|default|actions_job|buildkit)$/;
const POD =
  /(?:^|-)pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;

/**
 * Reads container id and pod uid out of cgroup names, innermost first: `[leaf, parent, grandparent, ...]`. It
 * knows containerd, CRI-O, Docker, Podman and kind, cgroupfs and systemd drivers, cgroup v1 and v2. The
 * innermost container is meant: in kind the one in the node's container, not the node's.
 */
export function containerIdentity(names: readonly string[]): ContainerIdentity {
  for (const [depth, name] of names.entries()) {
    if (MONITOR.test(name)) return podOf(names, depth + 1);
    const id = idOf(name, names[depth + 1]);
    if (id !== undefined) {
      return {
        containerId: id,
        containerDepth: depth,
        ...podOf(names, name.includes(':') ? depth : depth + 1),
      };
    }
    const podUid = podUidOf(name);
    if (podUid !== undefined) return { podUid };
  }
  return {};
}

/** The same for a whole path, as in `/proc/PID/cgroup`. */
export function containerIdentityOfPath(path: string): ContainerIdentity {
  return containerIdentity(
    path
      .split('/')
      .filter((name) => name !== '')
      .reverse(),
  );
}

function idOf(name: string, parent: string | undefined): string | undefined {
  const named = NAMED.exec(name);
  if (named !== null) return named[1] ?? named[2];
  const colon = COLON.exec(name);
  if (colon !== null) return colon[1];
  if (!BARE.test(name) || parent === undefined) return undefined;
  return POD.test(parent) || BARE_PARENT.test(parent) ? name : undefined;
}

function podOf(names: readonly string[], depth: number): ContainerIdentity {
  const name = names[depth];
  if (name === undefined) return {};
  const podUid = podUidOf(name.split(':')[0] ?? name);
  return podUid === undefined ? {} : { podUid };
}

function podUidOf(name: string): string | undefined {
  return POD.exec(name)?.[1]?.replaceAll('_', '-');
}
