import type { EventTypeRow } from './row.ts';
import { flag, integer, objectKeys, promoted, required, text } from './row.ts';

export const LOG_VOCABULARY = {
  log_matched: {
    source: 'log',
    severity: 'warning',
    lane: 'signal',
    meaning:
      'A line of a container’s log that a log pattern matched (intelligence/rules/logs). Only such lines are kept, scrubbed. `refers` is the object that the named host, file or setting resolves to.',
    data: {
      ...objectKeys,
      pattern: required(promoted(text('id of the log pattern: connection-refused, name-not-found, ...'))),
      line: required(text('the line, scrubbed')),
      container: promoted(text('container, where known')),
      host: promoted(text('host name or address that the line names')),
      port: promoted(integer('port that the line names')),
      subject: promoted(text('file, setting, database, table or user that the line names')),
      count: integer('lines of the log that the pattern matched', 'count'),
      from_end: integer('lines between it and the end of the log', 'count'),
      run: text('previous or current: which run of the container wrote it'),
      decisive: flag(
        'of all matches in the log of a run that ended, or of a container that is not ready, it tells best why',
      ),
      goes_on: flag('a running container wrote it several times and among its newest lines'),
      init: flag('an init container wrote it'),
      nearest: text(
        'a Service of that name in the namespace of the program, where the name is of another one',
      ),
      exists: flag('whether the object that it refers to is there; absent where nobody can tell'),
      resolution_us: integer('how far the time may lie before the true one', 'us'),
    },
    summary: (event) => `log (${event.data['pattern'] ?? '?'}): ${event.data['line'] ?? ''}`,
  },
} as const satisfies Record<string, EventTypeRow>;
