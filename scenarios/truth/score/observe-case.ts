import type { RuleSet } from '@tapio/intelligence';
import { matchLogs } from '@tapio/intelligence';
import type { SnapshotParts } from '@tapio/kube';
import { DumpReader, Snapshot, observeSnapshot } from '@tapio/kube';
import type { TruthCase } from '../case.ts';
import type { Observed } from './answer.ts';

/** Reads a case's files as `tapio why --from` reads a directory. */
export function observeCase(
  truth: TruthCase,
  rules: RuleSet,
  lose: (parts: SnapshotParts) => SnapshotParts = (parts) => parts,
): Observed {
  const reader = new DumpReader();
  for (const [path, text] of Object.entries(truth.build())) reader.add({ path, text });
  const { parts } = reader.finish({ cluster: 'truth' });
  const snapshot = new Snapshot(lose(parts));
  return { events: [...observeSnapshot(snapshot), ...matchLogs(snapshot, rules)], takenUs: snapshot.takenUs };
}
