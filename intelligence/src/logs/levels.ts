/** How grave a line says that it is; undefined where it says nothing. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug';

const WORDS: readonly (readonly [LogLevel, RegExp])[] = [
  ['fatal', /(?:^|[\s[|"=:(<])(?:fatal|panic|critical|crit|emerg|alert|severe)(?:[\s\]|":)>]|$)/i],
  ['error', /(?:^|[\s[|"=:(<])(?:error|err|eror)(?:[\s\]|":)>]|$)/i],
  ['warn', /(?:^|[\s[|"=:(<])(?:warn|warning|wrn)(?:[\s\]|":)>]|$)/i],
  ['info', /(?:^|[\s[|"=:(<])(?:info|notice|inf|information|log)(?:[\s\]|":)>]|$)/i],
  ['debug', /(?:^|[\s[|"=:(<])(?:debug|trace|dbg|verbose)(?:[\s\]|":)>]|$)/i],
];

/** klog and glog begin a line with a letter and the date: `E0102 20:00:00.1 ...` */
const KLOG = /^([FEWID])\d{4} \d\d:\d\d/;
const KLOG_LEVELS: Readonly<Record<string, LogLevel>> = {
  F: 'fatal',
  E: 'error',
  W: 'warn',
  I: 'info',
  D: 'debug',
};

/** Only the beginning of a line is looked at, and JSON's level field: later words are the message. */
const HEAD_LENGTH = 120;
const JSON_LEVEL = /"(?:level|severity|lvl|@l|loglevel)"\s*:\s*"?(\w{1,12})/i;
/** pino and bunyan number their levels. */
const NUMBERED: Readonly<Record<string, LogLevel>> = {
  60: 'fatal',
  50: 'error',
  40: 'warn',
  30: 'info',
  20: 'debug',
  10: 'debug',
};

export function levelOf(line: string): LogLevel | undefined {
  const klog = KLOG_LEVELS[KLOG.exec(line)?.[1] ?? ''];
  if (klog !== undefined) return klog;
  const field = JSON_LEVEL.exec(line)?.[1];
  if (field !== undefined) return NUMBERED[field] ?? wordLevel(field);
  return wordLevel(line.slice(0, HEAD_LENGTH));
}

/** The first level that is named: `INFO ... error` is information. */
function wordLevel(text: string): LogLevel | undefined {
  let first: { readonly at: number; readonly level: LogLevel } | undefined;
  for (const [level, pattern] of WORDS) {
    const at = pattern.exec(text)?.index;
    if (at !== undefined && (first === undefined || at < first.at)) first = { at, level };
  }
  return first?.level;
}
