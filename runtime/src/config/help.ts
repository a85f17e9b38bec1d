import type { OptionSpec } from './options.ts';

/** Text of `--help`, made from the schema's descriptions. */
export function helpText(name: string, summary: string, options: readonly OptionSpec[]): string {
  const rows = [...options.map(row), ...COMMON_ROWS];
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return [
    `${name}: ${summary}`,
    '',
    'Each option is taken from its flag, else from its environment variable, else from the file, else its default.',
    '',
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`),
    '',
  ].join('\n');
}

const COMMON_ROWS: readonly (readonly [string, string])[] = [
  ['--config FILE', 'YAML file with options by key, e.g. httpPort: 9471  [TAPIO_CONFIG]'],
  ['--print-config', 'print the configuration in effect, secrets redacted, and exit'],
  ['--help', 'print this text and exit'],
];

const VALUE_WORDS: Readonly<Record<OptionSpec['type'], string>> = {
  string: ' TEXT',
  integer: ' N',
  number: ' N',
  boolean: '',
  list: ' A,B',
};

function row(spec: OptionSpec): readonly [string, string] {
  const fallback =
    spec.secret || spec.defaultValue === undefined || spec.defaultValue === ''
      ? ''
      : ` (default ${Array.isArray(spec.defaultValue) ? spec.defaultValue.join(',') : JSON.stringify(spec.defaultValue)})`;
  return [`--${spec.flag}${VALUE_WORDS[spec.type]}`, `${spec.description}${fallback}  [${spec.environment}]`];
}
