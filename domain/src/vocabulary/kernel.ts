import type { ObservationEvent } from '../event.ts';
import { formatBytes } from '../units.ts';
import type { EventTypeRow } from './row.ts';
import { flag, integer, promoted, required, text } from './row.ts';

/** On every kernel event: what orders the events of one node whatever its wall clock does. */
const clock = {
  boot_id: required(text('/proc/sys/kernel/random/boot_id of the boot that captured it')),
  mono_us: required(integer('CLOCK_BOOTTIME when it happened', 'us')),
};

/** On every event about a process: the process itself, which a pid alone does not name. */
const processKeys = {
  comm: required(promoted(text('name of the process, as in /proc/PID/comm'))),
  started_mono_us: required(
    integer('CLOCK_BOOTTIME at which the process started; with pid it names the process', 'us'),
  ),
  cgroup: text('path of its memory cgroup, as far as the record holds it'),
  container_init: promoted(flag('it is the first process of its container (pid 1 of its pid namespace)')),
};

const signalNames: Readonly<Record<string, string>> = {
  '1': 'SIGHUP',
  '2': 'SIGINT',
  '3': 'SIGQUIT',
  '4': 'SIGILL',
  '5': 'SIGTRAP',
  '6': 'SIGABRT',
  '7': 'SIGBUS',
  '8': 'SIGFPE',
  '9': 'SIGKILL',
  '10': 'SIGUSR1',
  '11': 'SIGSEGV',
  '12': 'SIGUSR2',
  '13': 'SIGPIPE',
  '14': 'SIGALRM',
  '15': 'SIGTERM',
  '24': 'SIGXCPU',
  '25': 'SIGXFSZ',
  '31': 'SIGSYS',
};

/** Name of a Linux signal on x86-64 and arm64 (signal(7)); `signal N` for the unnamed. */
export function signalName(signal: string | number): string {
  return signalNames[String(signal)] ?? `signal ${signal}`;
}

function who(event: ObservationEvent): string {
  return `${event.data['comm'] ?? 'a process'} (pid ${event.pid ?? '?'})`;
}

function exitSummary(event: ObservationEvent): string {
  const {
    signal,
    exit_code: exitCode,
    sender_comm: senderComm,
    sender_pid: senderPid,
    oom_killed: oom,
  } = event.data;
  if (signal === undefined || signal === '0') return `${who(event)} exited with code ${exitCode ?? '?'}`;
  const by =
    oom === 'true'
      ? ' by the OOM killer'
      : senderComm === undefined
        ? ''
        : ` by ${senderComm} (pid ${senderPid ?? '?'})`;
  return `${who(event)} was ended by ${signalName(signal)}${by}`;
}

function oomSummary(event: ObservationEvent): string {
  const { usage_bytes: usage, limit_bytes: limit, limited_by: by } = event.data;
  const amount =
    usage === undefined || limit === undefined
      ? ''
      : `: ${formatBytes(Number(usage))} of ${formatBytes(Number(limit))}`;
  return `OOM killer killed ${who(event)}${amount}${by === undefined ? '' : `, limit of the ${by}`}`;
}

/** Signals whose default action ends a process because something went wrong or somebody wished it. */
const BENIGN_SIGNALS: ReadonlySet<string> = new Set(['13']);

function exitIsSignal(event: ObservationEvent): boolean {
  const { signal = '0', oom_killed: oom, container_init: init } = event.data;
  return oom === 'true' || init === 'true' || (signal !== '0' && !BENIGN_SIGNALS.has(signal));
}

export const KERNEL_VOCABULARY = {
  process_exec: {
    source: 'kernel',
    severity: 'info',
    lane: 'bulk',
    signalWhen: (event) => event.data['container_init'] === 'true',
    meaning: 'A process replaced its program (execve succeeded).',
    data: {
      ...clock,
      ...processKeys,
      exe: required(text('path given to execve')),
      args: text('command line, scrubbed, cut at 256 bytes'),
      args_truncated: flag('the command line was longer'),
      ppid: integer('parent'),
      uid: integer('real user id'),
    },
    summary: (event) => `${who(event)} started: ${event.data['args'] ?? event.data['exe'] ?? ''}`,
  },
  process_exit: {
    source: 'kernel',
    severity: 'warning',
    lane: 'bulk',
    signalWhen: exitIsSignal,
    meaning:
      'A process (its last thread) ended, with the sender of the signal that ended it. A signal when it is a container’s first process, was ended by a signal other than SIGPIPE, or was killed by the OOM killer.',
    data: {
      ...clock,
      ...processKeys,
      ppid: integer('parent'),
      uid: integer('real user id'),
      exit_code: required(promoted(integer('code given to exit(); 0 when a signal ended it'))),
      signal: required(promoted(integer('signal that ended it; 0 for none'))),
      core_dumped: flag('a core was dumped'),
      max_rss_bytes: promoted(integer('largest resident set of the process', 'bytes')),
      oom_killed: promoted(flag('the OOM killer had chosen it (mark_victim)')),
      sender_pid: promoted(integer('who sent the signal that ended it; 0 for the kernel itself')),
      sender_comm: promoted(text('name of the sender')),
      sender_uid: integer('real user id of the sender'),
      sender_cgroup: text('memory cgroup of the sender'),
      sender_container_id: promoted(text('container of the sender; absent when it runs on the node itself')),
      sender_signal: integer(
        'signal that was sent; where the process handled it and exited by itself, the last SIGTERM, SIGINT, SIGQUIT or SIGHUP',
      ),
      sender_code: integer('si_code: 0 kill(), -6 tgkill(), 128 the kernel'),
    },
    summary: exitSummary,
  },
  oom_kill: {
    source: 'kernel',
    severity: 'error',
    lane: 'signal',
    meaning: 'The OOM killer chose a process (mark_victim): the only proof of an OOM kill.',
    data: {
      ...clock,
      ...processKeys,
      limited_by: promoted(
        text(
          'whose memory limit was reached: container, pod, ancestor (a cgroup above the pod), node; unknown',
        ),
      ),
      limiting_cgroup: text('path of the cgroup whose limit was reached'),
      limit_bytes: promoted(integer('that limit', 'bytes')),
      usage_bytes: promoted(integer('memory charged to that cgroup', 'bytes')),
      container_limit_bytes: promoted(integer('limit of the victim’s own cgroup', 'bytes')),
      anon_rss_bytes: integer('anonymous memory of the victim', 'bytes'),
      file_rss_bytes: integer('file-backed memory of the victim', 'bytes'),
      shmem_rss_bytes: integer('shared memory of the victim', 'bytes'),
      oom_score_adj: integer('oom_score_adj of the victim'),
    },
    summary: oomSummary,
  },
  file_open_failed: {
    source: 'kernel',
    severity: 'warning',
    lane: 'bulk',
    meaning:
      'A process was refused a file (open, openat, openat2 or creat failed). By default for lack of rights, of space, of descriptors, or on a read-only file system; a file that does not exist is told of only where the agent is set so.',
    data: {
      ...clock,
      ...processKeys,
      path: required(
        promoted(text('path as the process gave it, scrubbed, cut at 255 bytes; a relative one is relative')),
      ),
      path_truncated: flag('the path was longer'),
      errno: required(promoted(text('name of the error, such as EACCES'))),
      flags: text('flags of the call, such as O_WRONLY|O_CREAT'),
      ppid: integer('parent'),
      uid: integer('real user id'),
    },
    summary: (event) =>
      `${who(event)} could not open ${event.data['path'] ?? 'a file'}: ${event.data['errno'] ?? 'refused'}`,
  },
} as const satisfies Record<string, EventTypeRow>;
