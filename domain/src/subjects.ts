import type { Lane } from './event.ts';
import { LANES } from './event.ts';
import type { Source } from './sources.ts';
import { isSource } from './sources.ts';

/** First token of every subject that carries events; the original promised `observations.kernel`. */
export const OBSERVATIONS = 'observations';

/** Subjects of dead letters start with this. */
export const DEAD_LETTERS = 'tapio.dlq';

export interface ObservationSubject {
  readonly source: Source;
  readonly lane: Lane;
  readonly cluster: string;
  readonly node: string;
}

/**
 * Makes any name one token of a NATS subject, reversibly: everything but letters, digits, `-` and `_` becomes
 * `=XX` for each UTF-8 byte; an empty name becomes `=`.
 */
export function escapeToken(name: string): string {
  if (name === '') return '=';
  let token = '';
  for (const byte of new TextEncoder().encode(name)) {
    const char = String.fromCharCode(byte);
    token += /[A-Za-z0-9_-]/.test(char) ? char : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return token;
}

/** Reverses `escapeToken`; undefined when the token was not made by it. */
export function unescapeToken(token: string): string | undefined {
  if (token === '=') return '';
  if (!/^(?:[A-Za-z0-9_-]|=[0-9A-F]{2})+$/.test(token)) return undefined;
  const bytes: number[] = [];
  for (let i = 0; i < token.length; i += 1) {
    if (token[i] === '=') {
      bytes.push(Number.parseInt(token.slice(i + 1, i + 3), 16));
      i += 2;
    } else bytes.push(token.charCodeAt(i));
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}

/** `observations.<source>.<lane>.<cluster>.<node>` */
export function observationSubject(subject: ObservationSubject): string {
  const { source, lane, cluster, node } = subject;
  return [OBSERVATIONS, source, lane, escapeToken(cluster), escapeToken(node)].join('.');
}

/** Reads a subject back; undefined when it is none of ours. */
export function parseObservationSubject(subject: string): ObservationSubject | undefined {
  const tokens = subject.split('.');
  if (tokens.length !== 5 || tokens[0] !== OBSERVATIONS) return undefined;
  const [, source, lane, cluster = '', node = ''] = tokens;
  const clusterName = unescapeToken(cluster);
  const nodeName = unescapeToken(node);
  const knownLane = LANES.find((l) => l === lane);
  if (!isSource(source) || knownLane === undefined || clusterName === undefined || nodeName === undefined) {
    return undefined;
  }
  return { source, lane: knownLane, cluster: clusterName, node: nodeName };
}

/** What a loader that owns one cluster's signals subscribes to. */
export function signalFilter(cluster: string): string {
  return `${OBSERVATIONS}.*.signal.${escapeToken(cluster)}.*`;
}

/** Where a batch that could not be taken goes, with its reason in the headers. */
export function deadLetterSubject(cluster: string, node: string): string {
  return `${DEAD_LETTERS}.${escapeToken(cluster)}.${escapeToken(node)}`;
}
