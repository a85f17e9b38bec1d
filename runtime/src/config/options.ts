import * as z from 'zod';
import { environmentName, flagName } from './option-names.ts';

/** One option of a process, as its schema describes it. */
export interface OptionSpec {
  /** Key in the schema, in the file and in the typed result: `httpPort`. */
  readonly key: string;
  readonly flag: string;
  readonly environment: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'list';
  readonly description: string;
  readonly defaultValue?: unknown;
  readonly secret: boolean;
  /** For the `-file` variant of a secret: the key whose value the file holds. */
  readonly fileOf?: string;
}

interface PropertySchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly secret?: boolean;
}

/** Marks an option of the schema as secret: never printed, and readable from a file by its `-file` variant. */
export const SECRET = { secret: true } as const;

/** Reads the options out of a schema. Every secret gets a `-file` variant. */
export function optionsOf(schema: z.ZodObject): readonly OptionSpec[] {
  const properties = (z.toJSONSchema(schema, { io: 'input' }).properties ?? {}) as Readonly<
    Record<string, PropertySchema>
  >;
  return Object.entries(properties).flatMap(([key, property]) => {
    const spec = optionOf(key, property);
    if (!spec.secret) return [spec];
    const fileKey = `${key}File`;
    const file: OptionSpec = {
      key: fileKey,
      flag: flagName(fileKey),
      environment: environmentName(fileKey),
      type: 'string',
      description: `file that holds --${spec.flag}`,
      secret: false,
      fileOf: key,
    };
    return [spec, file];
  });
}

function optionOf(key: string, property: PropertySchema): OptionSpec {
  return {
    key,
    flag: flagName(key),
    environment: environmentName(key),
    type: typeOf(property.type),
    description: property.description ?? '',
    secret: property.secret === true,
    ...(property.default === undefined ? {} : { defaultValue: property.default }),
  };
}

function typeOf(type: string | undefined): OptionSpec['type'] {
  if (type === 'integer' || type === 'number' || type === 'boolean') return type;
  return type === 'array' ? 'list' : 'string';
}

/** Turns the text of a flag or variable into what the schema expects; text that is none stays, to be refused. */
export function coerce(spec: OptionSpec, text: string): unknown {
  if (spec.type === 'integer' || spec.type === 'number') {
    return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  }
  if (spec.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (spec.type === 'list') {
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }
  return text;
}
