import { EVENT_LIMITS, scrubText } from '@tapio/domain';
import { isContainerInit } from '../shared/container-init.ts';
import { RECORD_FLAG, RECORD_HEADER } from '../shared/layout.ts';
import { integerText, microsecondsOf } from '../shared/number-text.ts';
import type { RecordContext, RecordDecoder } from '../shared/record-context.ts';
import type { TextReader } from '../shared/text-cache.ts';
import { TextCache } from '../shared/text-cache.ts';
import { errnoName } from './errno.ts';
import { FILE_OPEN_FAILED } from './layout.gen.ts';
import { openFlagsText } from './open-flags.ts';

/**
 * Takes secrets out of a path. A long path without `:`, `=` or space is scrubbed name by name: as one text it
 * would look like random letters itself.
 */
export function scrubPath(path: string): string {
  const whole = scrubText(path);
  if (whole === path || /[:=\s]/.test(path)) return whole;
  return path.split('/').map(scrubText).join('/');
}

const scrubbedPath: TextReader = (bytes, start, end) =>
  scrubPath(bytes.toString('utf8', start, end)).slice(0, EVENT_LIMITS.dataValueLength);

/** TAPIO_PATH_BYTES */
const PATH_BYTES = 256;

/** Reads `struct tapio_file_open_failed` as `file_open_failed`. */
export function fileOpenFailedDecoder(context: RecordContext): RecordDecoder {
  const { comms, identity, monoText, startedText } = context;
  const paths = new TextCache(4096, PATH_BYTES, scrubbedPath);
  // Texts have no fixed places: these are the record's that is read.
  const places = {
    cgroupId: FILE_OPEN_FAILED.cgroupId,
    cgroupHierarchyId: FILE_OPEN_FAILED.cgroupHierarchyId,
    cgroupLevel: FILE_OPEN_FAILED.cgroupLevel,
    cgroupLeaf: FILE_OPEN_FAILED.text,
    cgroupParent: 0,
    cgroupGrandparent: 0,
  };
  return (place) => {
    const { views, at } = place;
    const { words } = views;
    const base = at >>> 2;
    const namesAt = words[base + (FILE_OPEN_FAILED.parentAt >>> 2)] ?? 0;
    const pathAt = (words[base + (FILE_OPEN_FAILED.pathAt >>> 2)] ?? 0) & 0xffff;
    places.cgroupParent = FILE_OPEN_FAILED.text + (namesAt & 0xffff);
    places.cgroupGrandparent = FILE_OPEN_FAILED.text + (namesAt >>> 16);
    const cgroup = context.cgroups.of(views, at, places);
    const recordFlags = words[base + (RECORD_HEADER.flags >>> 2)] ?? 0;
    const bootUs = context.bootUs(place);
    const data: Record<string, string> = {
      boot_id: identity.bootId,
      mono_us: monoText.of(bootUs),
      comm: comms.terminated(views, at + FILE_OPEN_FAILED.taskComm, FILE_OPEN_FAILED.taskCommBytes),
      started_mono_us: startedText.of(microsecondsOf(words, base + (FILE_OPEN_FAILED.taskStartBootNs >>> 2))),
      cgroup: cgroup.path,
      container_init: isContainerInit(words, base, cgroup) ? 'true' : 'false',
      path: paths.terminated(views, at + FILE_OPEN_FAILED.text + pathAt, PATH_BYTES),
      path_truncated: (recordFlags & RECORD_FLAG.pathTruncated) === 0 ? 'false' : 'true',
      errno: errnoName(words[base + (FILE_OPEN_FAILED.error >>> 2)] ?? 0),
      flags: openFlagsText(words[base + (FILE_OPEN_FAILED.openFlags >>> 2)] ?? 0),
      ppid: integerText(words[base + (FILE_OPEN_FAILED.taskPpid >>> 2)] ?? 0),
      uid: integerText(words[base + (FILE_OPEN_FAILED.taskUid >>> 2)] ?? 0),
    };
    return context.event('file_open_failed', place, cgroup, {
      pid: words[base + (FILE_OPEN_FAILED.taskTgid >>> 2)] ?? 0,
      bootUs,
      data,
    });
  };
}
