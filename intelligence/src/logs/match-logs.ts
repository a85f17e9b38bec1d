import type { ObservationEvent } from '@tapio/domain';
import type { Emit, NamedObject, RunLog, Snapshot } from '@tapio/kube';
import {
  fileSource,
  objectText,
  onlyPeer,
  peerNamed,
  runChecks,
  runLogs,
  settingSource,
  valueSource,
} from '@tapio/kube';
import { shortHash } from '../engine/hash.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { LINE_LENGTH, LineMatcher } from './match-line.ts';
import type { LogFinding } from './read-run.ts';
import { decisiveOf, goesOn, readRun } from './read-run.ts';

/** Logs that are read, those of failing containers first. */
const LOGS_LIMIT = 2_000;
const LINE_SHOWN = 400;
/** Exit codes that say more than that something went wrong: not executable, not found, and signals of a crash. */
const TELLING_ENDS: ReadonlySet<number> = new Set([126, 127, 132, 134, 139, 159]);
/** Lines from the end of a killed run that may tell why it did not answer. */
const NEAR_END = 30;

/**
 * What the logs of a snapshot say, as `log_matched` events: one for each container run, pattern and thing that it is
 * about, with the newest line, scrubbed, and the object that it names. Of containers that do well only what goes on.
 */
export function matchLogs(snapshot: Snapshot, rules: RuleSet): ObservationEvent[] {
  const matcher = new LineMatcher(rules.logs);
  const run = (_: Snapshot, emit: Emit): void => {
    for (const log of runLogs(snapshot).slice(0, LOGS_LIMIT)) tell(snapshot, { log, matcher, emit });
  };
  return runChecks(snapshot, [{ name: 'logs', run }]);
}

function tell(
  snapshot: Snapshot,
  { log, matcher, emit }: { readonly log: RunLog; readonly matcher: LineMatcher; readonly emit: Emit },
): void {
  const findings = readRun(log.log.lines, matcher);
  const decisive = decisiveFor(log, findings);
  for (const finding of findings) {
    const isOver = log.run === 'ended' || log.run === 'killed';
    const lasts = !isOver && goesOn(finding);
    if (log.run === 'steady' && !lasts) continue;
    const named = namedBy(snapshot, log, finding);
    const { pattern, names, line, count, fromEnd } = finding;
    const { view } = log.container;
    const run = log.log.previous || isOver ? 'previous' : 'current';
    emit({
      type: 'log_matched',
      about: log.pod,
      atUs: timeOf(line, log, snapshot.takenUs),
      container: view.name,
      ...(named === undefined ? {} : { refers: named.object }),
      discriminators: [run, pattern.id, shortHash([names.host, names.port, names.subject].join('\n'))],
      data: {
        pattern: pattern.id,
        ...names,
        line: line.slice(0, LINE_LENGTH).trim().slice(0, LINE_SHOWN),
        count,
        from_end: fromEnd,
        run,
        decisive: finding === decisive,
        goes_on: lasts,
        init: view.kind === 'init' ? true : undefined,
        exists: named?.exists,
        nearest: named?.exists === true ? undefined : ownServiceOf(snapshot, log, names.host),
      },
    });
  }
}

/** A run that the kernel ended for memory says nothing of it; one that was killed otherwise may tell whom it waited for. */
function decisiveFor({ run, container }: RunLog, findings: readonly LogFinding[]): LogFinding | undefined {
  if (run === 'steady') return undefined;
  const { state, last } = container.view;
  const end = state.is === 'terminated' ? state.end : last;
  if (run !== 'killed') {
    // General words tell of an end, and only where its exit code does not tell more.
    const isGeneralOk = run === 'ended' && !TELLING_ENDS.has(end?.exitCode ?? 0);
    return decisiveOf(isGeneralOk ? findings : findings.filter(({ pattern }) => !pattern.document.general));
  }
  if (end?.reason === 'OOMKilled') return undefined;
  return decisiveOf(
    findings.filter(({ pattern, fromEnd }) => !pattern.document.general && fromEnd < NEAR_END),
  );
}

/** `store.backend` while `store` is a Service of the program's own namespace. */
function ownServiceOf(snapshot: Snapshot, { log }: RunLog, host = ''): string | undefined {
  const [name = '', namespace, svc] = host.split('.');
  if (namespace === undefined || namespace === log.namespace || (svc !== undefined && svc !== 'svc'))
    return undefined;
  const own = snapshot.get('Service', log.namespace, name);
  return own === undefined ? undefined : objectText(own);
}

function namedBy(snapshot: Snapshot, of: RunLog, finding: LogFinding): NamedObject | undefined {
  const { pattern, names, line } = finding;
  const { host, port, subject } = names;
  if (host !== undefined) {
    const named = peerNamed(snapshot, of, host);
    // An address that nobody has any more: who had it is told by the settings.
    return named ?? (/^[\d.]+$/.test(host) ? onlyPeer(snapshot, of, port) : undefined);
  }
  if (pattern.document.peer) return onlyPeer(snapshot, of, port);
  if (pattern.document.subject === 'setting') {
    return subject === undefined ? undefined : settingSource(snapshot, of, subject);
  }
  if (pattern.document.subject !== 'file') return undefined;
  const file = subject === undefined ? undefined : fileSource(snapshot, of, subject);
  return file ?? (pattern.document.value ? valueSource(snapshot, of, line) : undefined);
}

const LEADING_TIME =
  /^\W{0,3}(?:[a-z]{1,8}="?)?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,]\d{1,9})?(Z|[+-]\d\d:?\d\d)?/i;

/** What the line says, where it lies in the run; else the end of the run. */
function timeOf(line: string, { startedUs, endedUs }: RunLog, takenUs: number): number {
  const latest = endedUs ?? takenUs;
  const match = LEADING_TIME.exec(line);
  if (match === null) return latest;
  const us = Date.parse(`${match[1] ?? ''}T${match[2] ?? ''}${match[3] ?? 'Z'}`) * 1000;
  return us >= (startedUs ?? 0) - 1_000_000 && us <= latest + 1_000_000 ? us : latest;
}
