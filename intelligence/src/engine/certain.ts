import type { ObservationEvent } from '@tapio/domain';
import { formatDuration } from '@tapio/domain';
import type { Question } from './question.ts';
import { contextSentence } from './question.ts';

const NUMBERS = [
  'no',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
] as const;

function number(n: number): string {
  return NUMBERS[n] ?? String(n);
}

/**
 * Sentences that hold whatever the cause: what the deaths have in common, and what was or was not seen around the one
 * that the incident shows.
 */
export function certainSentences(questions: readonly Question[], shown: Question): string[] {
  const deaths = questions.map((q) => q.effect.event).filter((e) => e.type === 'container_died');
  const seen = (shown.answer?.context ?? []).flatMap((finding) => {
    const key = finding.event !== undefined ? 'found' : finding.isCertain ? 'none' : undefined;
    const sentence = key === undefined ? undefined : contextSentence(shown, finding, key);
    return sentence === undefined ? [] : [sentence];
  });
  return [...exitSentences(deaths), ...seen];
}

function exitSentences(deaths: readonly ObservationEvent[]): string[] {
  const byCode = new Map<string, ObservationEvent[]>();
  for (const death of deaths) {
    const code = death.data['exit_code'] ?? '?';
    byCode.set(code, [...(byCode.get(code) ?? []), death]);
  }
  return [...byCode].map(([code, list]) => {
    const exits = `${number(list.length)} ${list.length === 1 ? 'exit' : 'exits'} with code ${code}`;
    const ran = runTimes(list, list.length > 1);
    return ran === undefined ? exits : `${exits}, ${ran}`;
  });
}

/** `each 2.1 s after start`, `2 s to 41 s after start`; undefined where the runtime gives no start (StartError: 1970). */
function runTimes(deaths: readonly ObservationEvent[], isSeveral: boolean): string | undefined {
  const times = deaths.map((death) => {
    const started = Number(death.data['started_us'] ?? 0);
    return started > 0 ? death.timestamp - started : -1;
  });
  if (times.length === 0 || times.some((t) => t < 0)) return undefined;
  const shortest = formatDuration(Math.min(...times));
  const longest = formatDuration(Math.max(...times));
  if (shortest === longest) return `${isSeveral ? 'each ' : ''}${shortest} after start`;
  return `${shortest} to ${longest} after start`;
}
