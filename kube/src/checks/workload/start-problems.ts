/** Why a container's process could not be made, in one word (data key `problem` of `container_start_failed`). */
export interface StartProblem {
  readonly problem:
    | 'command_not_found'
    | 'command_not_executable'
    | 'platform'
    | 'directory'
    | 'oom'
    | 'file'
    | 'mount'
    | 'read_only'
    | 'capability'
    | 'seccomp'
    | 'root_refused'
    | 'user';
  /** The program, directory, file or user. */
  readonly subject: string | undefined;
}

type Entry = readonly [StartProblem['problem'], RegExp];

/**
 * Texts of runc (libcontainer: process_linux.go, init_linux.go, standard_init_linux.go, rootfs_linux.go), crun
 * (src/libcrun/linux.c, container.c), Go's os/exec and the kubelet (pkg/kubelet/kuberuntime/security_context.go). The
 * first group, where there is one, is the subject. The most telling first.
 */
const TEXTS: readonly Entry[] = [
  ['oom', /container init was OOM-killed|init(?:ial)? process .{0,40}OOM|memory limit too low/i],
  [
    'root_refused',
    /container has runAsNonRoot and image (?:will run as root|has non-numeric user \(([^)]*)\))|runAsUser breaks non-root policy/i,
  ],
  ['platform', /exec format error/i],
  [
    'directory',
    /chdir to cwd \("([^"]*)"\)|\bchdir ?(?:to)?:? `?([^`\s:]*)|mkdir .{0,80}cwd|workdir .{0,60}(?:no such|not a) /i,
  ],
  [
    'seccomp',
    /seccomp(?:.{0,80})(?:cannot load|failed|no such file|unable to|not (?:found|supported))|unable to init seccomp/i,
  ],
  [
    'capability',
    /unable to apply caps|can't apply capabilities|cap_set|unknown capability|capabilit(?:y|ies).{0,40}(?:not permitted|invalid)/i,
  ],
  [
    'mount',
    /error mounting "[^"]*" to rootfs at "([^"]*)"|rootfs_linux\.go:\d+: mounting .{1,400}? to rootfs .{0,300}?at \W{0,4}(\/[^\s"\\]+)|(?:crun|mount): ?(?:mount|open|cannot stat) `[^`]*`(?: to `([^`]*)`)?: (?:not a directory|no such file)/is,
  ],
  ['file', /failed to prepare subPath for volumeMount "([^"]*)"|subPath .{0,200}no such file/i],
  [
    'read_only',
    /(?:mkdir|open|creat\w*|mknod|touch) ([^\s:"]+):? read-only file system|read-only file system/i,
  ],
  [
    'command_not_executable',
    /exec:? "?([^"\s]+)"?: (?:permission denied|is a directory)|open executable: Permission denied|starting container process caused.{0,200}permission denied/i,
  ],
  [
    'command_not_found',
    /exec: "([^"]*)": (?:executable file not found in \$?PATH|stat [^\s]+: no such file|no such file)|executable file `([^`]*)` not found|exec:? "?([^"\s]+)"?: (?:stat [^\s]+: )?no such file or directory|exec user process caused.{0,20}no such file or directory|no command specified/i,
  ],
  ['user', /unable to find (?:user|group) ([^\s:]+)|no matching entries in (?:passwd|group) file/i],
];

/** @returns undefined for a text that tells none */
export function startProblem(text: string): StartProblem | undefined {
  const searched = text.slice(0, 8_192);
  for (const [problem, pattern] of TEXTS) {
    const match = pattern.exec(searched);
    if (match === null) continue;
    return { problem, subject: match.slice(1).find(Boolean) };
  }
  return undefined;
}
