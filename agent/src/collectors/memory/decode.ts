import type { CgroupContext } from '../shared/cgroup-contexts.ts';
import { isContainerInit } from '../shared/container-init.ts';
import { MEMCG_LEVEL, OOM_KILL, OOM_LEVEL, RECORD_FLAG, RECORD_HEADER } from '../shared/layout.ts';
import { integerText, microsecondsOf, u64 } from '../shared/number-text.ts';
import type { RecordContext, RecordDecoder, RecordPlace } from '../shared/record-context.ts';

/** One memory cgroup on the way from the victim's own to the root. */
export interface MemoryLevel {
  readonly usagePages: number;
  /** Undefined: no limit. */
  readonly maxPages: number | undefined;
}

/** PAGE_COUNTER_MAX is LONG_MAX pages of 4 KiB or fewer: nobody sets such a limit. */
const UNLIMITED_PAGES = 2 ** 48;
/** The kernel charges in lots of 64 pages (MEMCG_CHARGE_BATCH), so usage stops short of the limit. */
const CHARGE_BATCH_PAGES = 64;

/** Reads `struct tapio_oom_kill` as `oom_kill`. */
export function oomKillDecoder(context: RecordContext): RecordDecoder {
  const { identity } = context;
  return (place) => {
    const { views, at } = place;
    const { words } = views;
    const base = at >>> 2;
    const cgroup = context.cgroups.of(views, at, OOM_KILL);
    const pid = words[base + (OOM_KILL.taskTgid >>> 2)] ?? 0;
    const flags = words[base + (RECORD_HEADER.flags >>> 2)] ?? 0;
    const byPid = (flags & RECORD_FLAG.victimByPid) !== 0;
    const bootUs = context.bootUs(place);
    const comm = context.comms.terminated(views, at + OOM_KILL.taskComm, OOM_KILL.taskCommBytes);
    const bytesOf = (offset: number): string =>
      String(u64(words, base + (offset >>> 2)) * identity.pageSizeBytes);
    const data: Record<string, string> = {
      boot_id: identity.bootId,
      mono_us: context.monoText.of(bootUs),
      comm: byPid ? 'unknown' : comm,
      started_mono_us: context.startedText.of(microsecondsOf(words, base + (OOM_KILL.taskStartBootNs >>> 2))),
      cgroup: cgroup.path,
      container_init: isContainerInit(words, base, cgroup) ? 'true' : 'false',
      ...limitData(place, cgroup, identity.pageSizeBytes),
    };
    if (!byPid) {
      data['anon_rss_bytes'] = bytesOf(OOM_KILL.anonRssPages);
      data['file_rss_bytes'] = bytesOf(OOM_KILL.fileRssPages);
      data['shmem_rss_bytes'] = bytesOf(OOM_KILL.shmemRssPages);
      data['oom_score_adj'] = integerText((words[base + (OOM_KILL.oomScoreAdj >>> 2)] ?? 0) | 0);
    }
    return context.event('oom_kill', place, cgroup, { pid, bootUs, data });
  };
}

function limitData(place: RecordPlace, cgroup: CgroupContext, pageBytes: number): Record<string, string> {
  const { words } = place.views;
  const levels = readLevels(place);
  const level = limitingLevel((words[(place.at + OOM_KILL.oomLevel) >>> 2] ?? 0) | 0, levels);
  const data: Record<string, string> = { limited_by: limitedBy(level, cgroup) };
  if (typeof level === 'number') {
    const path = ancestorPath(cgroup, level);
    if (path !== undefined) data['limiting_cgroup'] = path;
    const limiting = levels[level];
    if (limiting?.maxPages !== undefined) data['limit_bytes'] = String(limiting.maxPages * pageBytes);
    if (limiting !== undefined) data['usage_bytes'] = String(limiting.usagePages * pageBytes);
  }
  const own = levels[cgroup.containerDepth ?? 0];
  if (own?.maxPages !== undefined) data['container_limit_bytes'] = String(own.maxPages * pageBytes);
  return data;
}

function readLevels(place: RecordPlace): readonly MemoryLevel[] {
  const { words } = place.views;
  const levels: MemoryLevel[] = [];
  for (let index = 0; index < OOM_KILL.levelsCount; index += 1) {
    const base = (place.at + OOM_KILL.levels + index * OOM_KILL.levelsStride) >>> 2;
    if (words[base + (MEMCG_LEVEL.present >>> 2)] === 0) break;
    const max = u64(words, base + (MEMCG_LEVEL.maxPages >>> 2));
    levels.push({
      usagePages: u64(words, base + (MEMCG_LEVEL.usagePages >>> 2)),
      maxPages: max >= UNLIMITED_PAGES ? undefined : max,
    });
  }
  return levels;
}

/**
 * Which level's limit was hit: its index from the victim's own upwards, `node` when none was, or `unknown`. The
 * kernel says so where it can; else it is the lowest level that is full to within a lot of charges.
 */
export function limitingLevel(told: number, levels: readonly MemoryLevel[]): number | 'node' | 'unknown' {
  if (told >= 0) return told;
  if (told !== OOM_LEVEL.unknown) return 'node';
  const limited = levels.filter((level) => level.maxPages !== undefined);
  const full = levels.findIndex(
    ({ usagePages, maxPages }) => maxPages !== undefined && usagePages + CHARGE_BATCH_PAGES >= maxPages,
  );
  if (full >= 0) return full;
  return limited.length === 0 ? 'node' : 'unknown';
}

/** Names the level in the words of the vocabulary. */
export function limitedBy(level: number | 'node' | 'unknown', cgroup: CgroupContext): string {
  if (typeof level !== 'number') return level;
  if (cgroup.containerDepth === undefined) return 'ancestor';
  if (level <= cgroup.containerDepth) return 'container';
  return level === cgroup.containerDepth + 1 && cgroup.podUid !== undefined ? 'pod' : 'ancestor';
}

function ancestorPath(cgroup: CgroupContext, level: number): string | undefined {
  const parts = cgroup.path.split('/').filter((name) => name !== '');
  const kept = parts.slice(0, Math.max(parts.length - level, 0));
  if (kept.length === 0) return cgroup.path.startsWith('/') && parts.length <= level ? '/' : undefined;
  return `${cgroup.path.startsWith('/') ? '/' : ''}${kept.join('/')}`;
}
