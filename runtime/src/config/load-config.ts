import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { helpText } from './help.ts';
import { ENVIRONMENT_PREFIX, editDistance, environmentName, nearestName } from './option-names.ts';
import type { OptionSpec } from './options.ts';
import { coerce, optionsOf } from './options.ts';

export interface ConfigSource<Shape extends z.ZodObject> {
  /** Name of the process in `--help`. */
  readonly name: string;
  /** One clause that says what the process does, for `--help`. */
  readonly summary: string;
  /** A `z.strictObject` of options; `.describe()` gives the help, `.meta(SECRET)` marks a secret. */
  readonly schema: Shape;
  /** Without the interpreter and the script. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export type ConfigOutcome<T> =
  | {
      readonly kind: 'run';
      readonly config: T;
      readonly redacted: Redacted;
      readonly warnings: readonly string[];
    }
  /** `--help` or `--print-config`: print `output` and exit 0. */
  | { readonly kind: 'print'; readonly output: string };

export type Redacted = Readonly<Record<string, unknown>>;

/** A value, and where it came from as a mistake in it is told. */
interface Given {
  readonly value: unknown;
  readonly place: string;
}

const REDACTED = '[redacted]';
/** Variables that Kubernetes and container links inject for a Service called `tapio-...`. */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT|PORT_\d+_.*|NAME|ENV_.*)$/;

/**
 * Reads the configuration of a process: flags over environment (`TAPIO_X`) over the YAML file over defaults.
 * An unknown flag or key of the file is refused, with the nearest known name; so is an unknown `TAPIO_`
 * variable that is one or two letters from a known one. Other unknown `TAPIO_` variables belong to other
 * processes of Tapio and come back as warnings.
 *
 * @throws ConfigError with every mistake at once
 */
export function loadConfig<Shape extends z.ZodObject>(
  source: ConfigSource<Shape>,
): ConfigOutcome<z.output<Shape>> {
  const options = optionsOf(source.schema);
  const mistakes: string[] = [];
  const flags = readFlags(source.argv, options, mistakes);
  if (flags.help) return { kind: 'print', output: helpText(source.name, source.summary, options) };
  const { given: fromEnvironment, warnings } = readEnvironment(source.environment, options, mistakes);
  const file = flags.config ?? source.environment[`${ENVIRONMENT_PREFIX}CONFIG`];
  const fromFile = file === undefined ? new Map<string, Given>() : readFile(file, options, mistakes);
  if (mistakes.length > 0) throw new ConfigError(mistakes);

  const given = readSecretFiles(
    new Map([...fromFile, ...fromEnvironment, ...flags.given]),
    options,
    mistakes,
  );
  const parsed = source.schema.safeParse(
    Object.fromEntries([...given].map(([key, { value }]) => [key, value])),
  );
  if (!parsed.success) mistakes.push(...parsed.error.issues.map((issue) => issueText(issue, given, options)));
  if (mistakes.length > 0 || !parsed.success) throw new ConfigError(mistakes);

  const redacted = redact(parsed.data, options);
  if (flags.printConfig) return { kind: 'print', output: `${JSON.stringify(redacted, undefined, 2)}\n` };
  return { kind: 'run', config: parsed.data, redacted, warnings };
}

interface Flags {
  readonly given: Map<string, Given>;
  readonly config?: string;
  readonly help: boolean;
  readonly printConfig: boolean;
}

function readFlags(argv: readonly string[], options: readonly OptionSpec[], mistakes: string[]): Flags {
  const given = new Map<string, Given>();
  let config: string | undefined;
  let help = false;
  let printConfig = false;
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    const match = /^--([^=]+)(?:=([\s\S]*))?$/.exec(word);
    const name = match?.[1];
    if (name === undefined) {
      mistakes.push(`argument ${word}: options are given as --name value; see --help`);
      continue;
    }
    if (name === 'help') help = true;
    else if (name === 'print-config') printConfig = true;
    else {
      const spec = options.find((option) => option.flag === name);
      if (spec === undefined && name !== 'config') {
        mistakes.push(
          `flag --${name}: unknown${hint(name, [...options.map((o) => o.flag), 'config'], '--')}`,
        );
        if (match?.[2] === undefined && argv[index + 1]?.startsWith('--') === false) index += 1;
        continue;
      }
      const next = argv[index + 1];
      let value = match?.[2];
      if (value === undefined) {
        const bare = spec?.type === 'boolean' && next !== 'true' && next !== 'false';
        if (bare) value = 'true';
        else if (next === undefined) {
          mistakes.push(`flag --${name}: needs a value`);
          continue;
        } else {
          value = next;
          index += 1;
        }
      }
      if (spec === undefined) config = value;
      else given.set(spec.key, { value: coerce(spec, value), place: `flag --${spec.flag}` });
    }
  }
  return { given, help, printConfig, ...(config === undefined ? {} : { config }) };
}

function readEnvironment(
  environment: ConfigSource<z.ZodObject>['environment'],
  options: readonly OptionSpec[],
  mistakes: string[],
): { readonly given: Map<string, Given>; readonly warnings: readonly string[] } {
  const given = new Map<string, Given>();
  const warnings: string[] = [];
  const known = options.map((option) => option.environment);
  for (const [name, text] of Object.entries(environment)) {
    if (text === undefined || !name.startsWith(ENVIRONMENT_PREFIX) || name === environmentName('config'))
      continue;
    const spec = options.find((option) => option.environment === name);
    if (spec !== undefined) {
      given.set(spec.key, { value: coerce(spec, text), place: `variable ${name}` });
      continue;
    }
    if (SERVICE_LINK.test(name)) continue;
    const nearest = nearestName(name, known);
    if (nearest !== undefined && editDistance(name, nearest) <= 2) {
      mistakes.push(`variable ${name}: unknown; did you mean ${nearest}?`);
    } else warnings.push(`variable ${name} is none of this process's options`);
  }
  return { given, warnings };
}

function readFile(path: string, options: readonly OptionSpec[], mistakes: string[]): Map<string, Given> {
  const given = new Map<string, Given>();
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'), { maxAliasCount: 0 });
  } catch (error) {
    mistakes.push(`file ${path}: ${error instanceof Error ? error.message : 'unreadable'}`);
    return given;
  }
  if (content === null || content === undefined) return given;
  if (typeof content !== 'object' || Array.isArray(content)) {
    mistakes.push(`file ${path}: must be a map from option to value, e.g. httpPort: 9471`);
    return given;
  }
  for (const [key, value] of Object.entries(content)) {
    const spec = options.find((option) => option.key === key);
    if (spec === undefined) {
      const keys = options.map((option) => option.key);
      mistakes.push(`file ${path}, key ${key}: unknown${hint(key, keys, '')}`);
    } else given.set(key, { value, place: `file ${path}, key ${key}` });
  }
  return given;
}

/** Replaces `<secret>File` by what the file holds, its last newline cut off. */
function readSecretFiles(
  given: ReadonlyMap<string, Given>,
  options: readonly OptionSpec[],
  mistakes: string[],
): Map<string, Given> {
  const result = new Map(given);
  for (const { key, fileOf } of options) {
    const path = given.get(key);
    if (fileOf === undefined || path === undefined) continue;
    result.delete(key);
    if (given.has(fileOf)) {
      mistakes.push(`${path.place}: ${fileOf} is given as well; give one of the two`);
      continue;
    }
    try {
      const text = readFileSync(String(path.value), 'utf8').replace(/\r?\n$/, '');
      result.set(fileOf, { value: text, place: path.place });
    } catch (error) {
      mistakes.push(`${path.place}: ${error instanceof Error ? error.message : 'unreadable'}`);
    }
  }
  return result;
}

function issueText(
  issue: z.core.$ZodIssue,
  given: ReadonlyMap<string, Given>,
  options: readonly OptionSpec[],
): string {
  const key = String(issue.path[0] ?? '');
  const spec = options.find((option) => option.key === key);
  const place =
    given.get(key)?.place ?? (spec === undefined ? key : `option --${spec.flag} (${spec.environment})`);
  const missing = !given.has(key) && spec !== undefined;
  return `${place}: ${missing ? `is needed: ${spec.description}` : issue.message}`;
}

function hint(name: string, known: readonly string[], prefix: string): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '; see --help' : `; did you mean ${prefix}${nearest}?`;
}

/** The configuration as it may be printed and logged: secrets and the credentials in URLs are replaced. */
function redact(config: Readonly<Record<string, unknown>>, options: readonly OptionSpec[]): Redacted {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      if (options.some((option) => option.key === key && option.secret) && value !== '')
        return [key, REDACTED];
      return [
        key,
        typeof value === 'string' ? value.replace(/(\w+:\/\/)[^/@\s]+@/g, `$1${REDACTED}@`) : value,
      ];
    }),
  );
}
