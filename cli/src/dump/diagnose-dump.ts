import type { ObservationEvent } from '@tapio/domain';
import type { Diagnosis, RuleFault, RuleFile, RuleSet } from '@tapio/intelligence';
import { diagnose, loadRules, matchLogs } from '@tapio/intelligence';
import { readBuiltInRules, readRuleFiles } from '@tapio/intelligence/files';
import { Snapshot, observeSnapshot } from '@tapio/kube';
import { UsageError } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import type { DirectoryDump } from './read-dump.ts';
import { readDump } from './read-dump.ts';
import { reasonOf } from './walk.ts';

export interface DiagnoseOptions {
  readonly from: string;
  /** RFC 3339 or `YYYY-MM-DD HH:MM`. */
  readonly now?: string;
  readonly cluster?: string;
  readonly rulesDir?: string;
}

export interface DiagnosedDump {
  readonly dump: DirectoryDump;
  readonly snapshot: Snapshot;
  readonly events: readonly ObservationEvent[];
  readonly rules: RuleSet;
  readonly diagnosis: Diagnosis;
}

/** Problems that are shown one by one. */
const PROBLEMS_SHOWN = 10;
const PROGRESS_AFTER_MS = 1_000;

/** Reads a dump and asks the engine what is wrong in it. What could not be read or was refused is said on stderr. */
export async function diagnoseDump(options: DiagnoseOptions, terminal: Terminal): Promise<DiagnosedDump> {
  const rules = rulesOf(options.rulesDir, terminal);
  const progress = progressTo(terminal);
  const nowUs = options.now === undefined ? undefined : parseNow(options.now);
  const dump = readDump({
    directory: options.from,
    onProgress: progress,
    ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
    ...(nowUs === undefined ? {} : { nowUs }),
  });
  showProblems(dump, terminal);
  const snapshot = new Snapshot(dump.parts);
  const events = [...observeSnapshot(snapshot), ...matchLogs(snapshot, rules)];
  const diagnosis = await diagnose({ cluster: snapshot.cluster, events, takenUs: snapshot.takenUs, rules });
  return { dump, snapshot, events, rules, diagnosis };
}

/** Rules that Tapio comes with and those of a directory, which override them by id; refused ones are named. */
export function rulesOf(rulesDir: string | undefined, terminal: Terminal): RuleSet {
  const { rules, refused } = loadRules([...readBuiltInRules(), ...userRules(rulesDir)]);
  showRefused(refused, terminal);
  return rules;
}

export function userRules(rulesDir: string | undefined): RuleFile[] {
  if (rulesDir === undefined) return [];
  try {
    return readRuleFiles(rulesDir);
  } catch (error) {
    throw new UsageError(`the rules in ${rulesDir} can not be read: ${reasonOf(error)}`, { cause: error });
  }
}

export function showRefused(refused: readonly RuleFault[], terminal: Terminal): void {
  for (const { file, line, reason } of refused.slice(0, PROBLEMS_SHOWN))
    terminal.err(`a rule was refused: ${file}:${line}: ${reason}\n`);
  if (refused.length > PROBLEMS_SHOWN)
    terminal.err(`and ${refused.length - PROBLEMS_SHOWN} more faults of rules\n`);
}

function showProblems({ problems, problemCount }: DirectoryDump, terminal: Terminal): void {
  for (const { path, place, message } of problems.slice(0, PROBLEMS_SHOWN)) {
    const where = [path, place].filter((part) => part !== '').join(', ');
    terminal.err(`${where === '' ? '' : `${where}: `}${message}\n`.replaceAll(/[^\P{Cc}\n]/gu, ' '));
  }
  if (problemCount > PROBLEMS_SHOWN)
    terminal.err(`and ${problemCount - PROBLEMS_SHOWN} more that could not be read; everything else was\n`);
}

/** A line that is written over, at a terminal, when reading takes long. */
function progressTo(terminal: Terminal): (done: number, all: number) => void {
  if (terminal.width === undefined) return () => undefined;
  const startedMs = performance.now();
  let shownMs = startedMs;
  let isShown = false;
  return (done, all) => {
    const nowMs = performance.now();
    if (done === all) {
      if (isShown) terminal.err('\r\u001B[K');
      return;
    }
    if (nowMs - startedMs < PROGRESS_AFTER_MS || nowMs - shownMs < 200) return;
    shownMs = nowMs;
    isShown = true;
    terminal.err(`\rreading ${done} of ${all} files`);
  };
}

function parseNow(text: string): number {
  const ms = Date.parse(
    /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?$/.test(text) ? `${text.replace(' ', 'T')}Z` : text,
  );
  if (Number.isNaN(ms) || ms < 946_684_800_000)
    throw new UsageError(`${text} is no time: give one like 2026-03-04T20:24:41Z`);
  return ms * 1000;
}
