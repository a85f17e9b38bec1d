import { EVENT_LIMITS, scrubCommandLine, scrubText } from '@tapio/domain';
import { isContainerInit } from '../shared/container-init.ts';
import { EXEC, EXIT, RECORD_FLAG, RECORD_HEADER } from '../shared/layout.ts';
import { integerText, microsecondsOf, u64 } from '../shared/number-text.ts';
import type { RecordContext, RecordDecoder, RecordPlace } from '../shared/record-context.ts';
import type { TextReader } from '../shared/text-cache.ts';
import { TextCache } from '../shared/text-cache.ts';

/** si_code of the kernel itself; codes above 0 are the kernel's too (faults), those below are senders'. */
const SI_KERNEL = 0x80;

const scrubbedPath: TextReader = (bytes, start, end) =>
  scrubText(bytes.toString('utf8', start, end)).slice(0, EVENT_LIMITS.dataValueLength);

/** Arguments lie NUL-separated; the last NUL ends the last of them. */
const scrubbedArguments: TextReader = (bytes, start, end) => {
  const text = bytes.toString('utf8', start, end);
  const args = (text.endsWith('\0') ? text.slice(0, -1) : text).split('\0');
  return scrubCommandLine(args).slice(0, EVENT_LIMITS.dataValueLength);
};

/** Reads `struct tapio_exec` as `process_exec`. */
export function execDecoder(context: RecordContext): RecordDecoder {
  const { comms, identity, monoText, startedText } = context;
  const paths = new TextCache(4096, EXEC.filenameBytes, scrubbedPath);
  const commandLines = new TextCache(8192, EXEC.argsBytes, scrubbedArguments);
  return (place) => {
    const { views, at } = place;
    const { words } = views;
    const base = at >>> 2;
    const cgroup = context.cgroups.of(views, at, EXEC);
    const flags = words[base + (RECORD_HEADER.flags >>> 2)] ?? 0;
    const bootUs = context.bootUs(place);
    const length = Math.min(words[base + (EXEC.argsLength >>> 2)] ?? 0, EXEC.argsBytes);
    const data: Record<string, string> = {
      boot_id: identity.bootId,
      mono_us: monoText.of(bootUs),
      comm: comms.terminated(views, at + EXEC.taskComm, EXEC.taskCommBytes),
      started_mono_us: startedText.of(microsecondsOf(words, base + (EXEC.taskStartBootNs >>> 2))),
      cgroup: cgroup.path,
      container_init: isContainerInit(words, base, cgroup) ? 'true' : 'false',
      exe: paths.terminated(views, at + EXEC.filename, EXEC.filenameBytes),
      args: length === 0 ? '' : commandLines.sized(views, at + EXEC.args, length),
      args_truncated: (flags & RECORD_FLAG.argsTruncated) === 0 ? 'false' : 'true',
      ppid: integerText(words[base + (EXEC.taskPpid >>> 2)] ?? 0),
      uid: integerText(words[base + (EXEC.taskUid >>> 2)] ?? 0),
    };
    return context.event('process_exec', place, cgroup, {
      pid: words[base + (EXEC.taskTgid >>> 2)] ?? 0,
      bootUs,
      data,
    });
  };
}

/** Reads `struct tapio_exit` as `process_exit`. */
export function exitDecoder(context: RecordContext): RecordDecoder {
  const { comms, identity, monoText, startedText } = context;
  const pageBytes = identity.pageSizeBytes;
  return (place) => {
    const { views, at } = place;
    const { words, bytes } = views;
    const base = at >>> 2;
    const cgroup = context.cgroups.of(views, at, EXIT);
    const flags = words[base + (RECORD_HEADER.flags >>> 2)] ?? 0;
    const bootUs = context.bootUs(place);
    const data: Record<string, string> = {
      boot_id: identity.bootId,
      mono_us: monoText.of(bootUs),
      comm: comms.terminated(views, at + EXIT.taskComm, EXIT.taskCommBytes),
      started_mono_us: startedText.of(microsecondsOf(words, base + (EXIT.taskStartBootNs >>> 2))),
      cgroup: cgroup.path,
      container_init: isContainerInit(words, base, cgroup) ? 'true' : 'false',
      ppid: integerText(words[base + (EXIT.taskPpid >>> 2)] ?? 0),
      uid: integerText(words[base + (EXIT.taskUid >>> 2)] ?? 0),
      exit_code: integerText(bytes[at + EXIT.exitCode] ?? 0),
      signal: integerText(bytes[at + EXIT.signal] ?? 0),
      core_dumped: bytes[at + EXIT.coreDumped] === 0 ? 'false' : 'true',
      max_rss_bytes: String(u64(words, base + (EXIT.maxRssPages >>> 2)) * pageBytes),
      oom_killed: (flags & RECORD_FLAG.oomVictim) === 0 ? 'false' : 'true',
    };
    if ((flags & RECORD_FLAG.sender) !== 0) addSender(data, context, place);
    return context.event('process_exit', place, cgroup, {
      pid: words[base + (EXIT.taskTgid >>> 2)] ?? 0,
      bootUs,
      data,
    });
  };
}

/**
 * The sender as facts, for others to classify: the kernel itself is pid 0; a container's process has its id;
 * anything else runs on the node.
 */
function addSender(data: Record<string, string>, context: RecordContext, place: RecordPlace): void {
  const { views, at } = place;
  const { words } = views;
  const base = at >>> 2;
  const code = (words[base + (EXIT.senderSiCode >>> 2)] ?? 0) | 0;
  data['sender_signal'] = integerText(words[base + (EXIT.senderSignal >>> 2)] ?? 0);
  data['sender_code'] = String(code);
  if (code === SI_KERNEL || code > 0) {
    data['sender_pid'] = '0';
    data['sender_comm'] = 'kernel';
    return;
  }
  data['sender_pid'] = integerText(words[base + (EXIT.senderTgid >>> 2)] ?? 0);
  data['sender_comm'] = context.comms.terminated(views, at + EXIT.senderComm, EXIT.senderCommBytes);
  data['sender_uid'] = integerText(words[base + (EXIT.senderUid >>> 2)] ?? 0);
  const cgroup = context.cgroups.ofNames(views, at + EXIT.senderCgroupLeaf, at + EXIT.senderCgroupParent);
  data['sender_cgroup'] = cgroup.path;
  if (cgroup.containerId !== undefined) data['sender_container_id'] = cgroup.containerId;
}
