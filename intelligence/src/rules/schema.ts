import { INCIDENT_KINDS, VERDICT_WORDS, isEventType } from '@tapio/domain';
import { z } from 'zod';
import { DURATION_PATTERN } from './durations.ts';

/** Bounds of a rule file: what a person writes stays far below, what would stall the engine is refused. */
export const RULE_LIMITS = {
  fileBytes: 64 * 1024,
  causes: 8,
  conditions: 16,
  templateLength: 600,
  conditionLength: 1000,
  tests: 64,
  testEvents: 200,
} as const;

const slug = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'must be lower case words joined by dashes')
  .max(64);
const alias = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, 'must be a lower case name, such as kill')
  .max(32);
const sentence = z.string().min(1).max(RULE_LIMITS.templateLength);
const eventName = z
  .string()
  .refine(isEventType, { error: (issue) => `no event type is called ${String(issue.input)}` })
  .meta({ description: 'A type of the event vocabulary.' });
const duration = z
  .string()
  .regex(DURATION_PATTERN, 'must be a duration such as 500ms, 2s, 1h30m or 7d')
  .meta({ description: 'A duration: 500ms, 2s, 1h30m, 7d.' });
const cel = z.string().min(1).max(RULE_LIMITS.conditionLength);
const fraction = z.number().min(0).max(1);

/** A condition, or a list of them that must all hold; `otherwise` is the clause said when one does not. */
const when = z.union([
  cel,
  z
    .array(z.union([cel, z.strictObject({ that: cel, otherwise: sentence.optional() })]))
    .min(1)
    .max(RULE_LIMITS.conditions),
]);

/**
 * What two events share. `refers`: the event is about the object that the one it is joined to points to;
 * `referred`: it points to the object that the other is about; `object`: both are about the same.
 */
export const JOINS = [
  'container',
  'pod',
  'workload',
  'node',
  'process',
  'object',
  'refers',
  'referred',
  'namespace',
  'cluster',
] as const;

const lookup = {
  event: eventName,
  as: alias,
  join: z.enum(JOINS).meta({ description: 'What the event shares with the event it is joined to.' }),
  of: alias.optional().meta({ description: 'Joined to this named event; the effect if left out.' }),
  within: z
    .union([
      z.literal('always'),
      z.strictObject({ before: duration.default('0s'), after: duration.default('0s') }),
    ])
    .meta({
      description:
        'How long before and after the event it is joined to; `always` (30 days both ways) for states that last.',
    }),
  when: when.optional(),
};

const exclusion = z.strictObject({
  ...lookup,
  because: sentence.meta({ description: 'Why its presence speaks against, in one clause.' }),
  unseen: fraction
    .default(0.85)
    .meta({ description: 'The score is multiplied by it when it may have been there unseen.' }),
});

const cause = z.strictObject({
  ...lookup,
  role: z.enum(['proximate', 'intermediate', 'originating']).default('proximate'),
  optional: z.boolean().default(false),
  prior: fraction.optional().meta({ description: 'For an optional cause: how sure the link to it is.' }),
  lift: fraction.default(0).meta({ description: 'How much finding it raises the score of the rule.' }),
  lag: duration.optional().meta({ description: 'The usual distance in time; more of it lowers the score.' }),
  unless: z.array(exclusion).max(RULE_LIMITS.conditions).default([]),
  missing: sentence.optional().meta({ description: 'The clause said when there was none.' }),
  mechanism: sentence.meta({ description: 'How it brings about what it is joined to.' }),
  text: sentence.meta({ description: 'Its line in the chain.' }),
});

const expectation = z.strictObject({
  ...lookup,
  penalty: fraction
    .default(0.6)
    .meta({ description: 'The score is multiplied by it when there was none and capture was healthy.' }),
  missing: sentence,
});

/** A text, or variants of which the first counts whose named events were all found and whose condition holds. */
const variants = z.union([
  sentence,
  z
    .array(z.strictObject({ given: z.array(alias).default([]), when: cel.optional(), text: sentence }))
    .min(1)
    .max(8),
]);

const next = z
  .array(
    z.strictObject({
      given: z.array(alias).default([]).meta({ description: 'Named events that must have been found.' }),
      when: cel.optional(),
      command: sentence.meta({ description: 'Read-only or an undo: it will be pasted.' }),
      reason: sentence.meta({ description: 'Why it is believed to help.' }),
    }),
  )
  .max(8)
  .default([]);

/** One event of an embedded test: `t` is its time, the rest are fields and data keys by name. */
const testEvent = z
  .looseObject({ t: duration, event: eventName })
  .catchall(z.union([z.string(), z.number(), z.boolean()]));

const ruleTest = z.strictObject({
  name: z.string().min(3).max(200),
  given: z.array(testEvent).min(1).max(RULE_LIMITS.testEvents),
  through: duration
    .optional()
    .meta({ description: 'Capture is complete up to here; an hour after the last event if left out.' }),
  expect: z.union([
    z.literal('silence'),
    z.strictObject({
      cause: z.string().optional().meta({ description: 'Cause code, or `none` for No clear cause.' }),
      rule: slug.optional(),
      word: z.enum(VERDICT_WORDS).optional(),
      change: z
        .string()
        .optional()
        .meta({ description: 'Words of the originating change; `none` for none.' }),
      headline: z.string().optional().meta({ description: 'A part of the first line.' }),
      chain: z.array(eventName).optional().meta({ description: 'Event types from change to effect.' }),
      incidents: z.int().min(1).max(20).default(1),
      not: z.array(slug).default([]).meta({ description: 'Cause codes that no incident may have.' }),
    }),
  ]),
});

const head = {
  id: slug,
  version: z.int().min(1),
  title: sentence,
  description: sentence.optional(),
  source: z
    .array(z.string().min(3).max(400))
    .min(1)
    .meta({ description: 'Where the mechanism is documented: a URL or a file of public source code.' }),
};

export const ruleSchema = z
  .strictObject({
    kind: z.literal('rule'),
    ...head,
    effect: z.strictObject({ event: eventName, as: alias, when: when.optional() }),
    causes: z.array(cause).max(RULE_LIMITS.causes).default([]),
    expect: z.array(expectation).max(RULE_LIMITS.causes).default([]),
    absent: z.array(exclusion).max(RULE_LIMITS.causes).default([]),
    exceptions: z
      .array(z.strictObject({ when: cel, because: sentence }))
      .max(RULE_LIMITS.conditions)
      .default([]),
    cause: z.strictObject({
      code: slug,
      label: sentence,
      meaning: sentence.meta({ description: 'For docs/causes.md: what it means and how it is proven.' }),
      object: z.enum(['workload', 'pod', 'node', 'object', 'refers']).default('workload').meta({
        description:
          'What to act on: what the event is about (workload, pod, node, object) or what it points to (refers).',
      }),
      objectOf: alias
        .optional()
        .meta({ description: 'The named event that says so; the effect if left out.' }),
      lessPreciseThan: z.array(slug).default([]).meta({
        description: 'Codes of causes that say the same with better proof: one episode, one incident.',
      }),
    }),
    prior: fraction,
    severity: z.enum(['info', 'warning', 'error']).default('error'),
    attack: z.array(z.string().regex(/^T\d{4}(\.\d{3})?$/, 'must be an ATT&CK id such as T1609')).default([]),
    headline: variants,
    explanation: variants.optional(),
    next,
    ruledOut: sentence
      .optional()
      .meta({ description: 'What the rule looks for, as the list of what was ruled out calls it.' }),
    tests: z.array(ruleTest).min(1).max(RULE_LIMITS.tests),
  })
  .meta({
    id: 'TapioRule',
    title: 'Tapio rule',
    description: 'A mechanism: which causes bring about an effect.',
  });

export const symptomSchema = z
  .strictObject({
    kind: z.literal('symptom'),
    ...head,
    incident: z.enum(INCIDENT_KINDS),
    event: eventName,
    as: alias,
    when: when.optional(),
    unless: z.array(exclusion).max(RULE_LIMITS.conditions).default([]),
    words: z.strictObject({ once: sentence, repeated: sentence }),
    repeated: z
      .strictObject({ times: z.int().min(1).default(2), sign: alias.optional() })
      .meta({ description: 'From how many times on, or by which sign, it is a standing failure.' }),
    text: sentence,
    headline: sentence.meta({ description: 'The first line where no rule explains it.' }),
    context: z
      .array(
        z.strictObject({
          ...lookup,
          found: sentence.optional(),
          none: sentence.optional(),
          unknown: sentence.optional(),
          appends: sentence.optional().meta({ description: 'Added to the effect’s line when found.' }),
        }),
      )
      .max(RULE_LIMITS.causes)
      .default([]),
    wouldHelp: z.array(sentence).max(8).default([]),
    next,
    tests: z.array(ruleTest).max(RULE_LIMITS.tests).default([]),
  })
  .meta({
    id: 'TapioSymptom',
    title: 'Tapio symptom',
    description: 'Which events open a question, and its words.',
  });

const pattern = z.string().min(3).max(RULE_LIMITS.conditionLength);

/** Parts of a line that a log pattern names. */
const logNames = z.strictObject({
  host: z.string().optional(),
  port: z.int().optional(),
  subject: z.string().optional(),
});

export const logSchema = z
  .strictObject({
    kind: z.literal('log'),
    ...head,
    words: z
      .array(z.string().min(2).max(64))
      .min(1)
      .max(64)
      .meta({ description: 'A line without any of these, in whatever case, is not looked at further.' }),
    patterns: z.array(pattern).min(1).max(64).meta({
      description:
        'RE2, the first that matches counts. Named groups say what the line is about: host, port, subject.',
    }),
    unless: z.array(pattern).max(32).default([]).meta({ description: 'RE2: lines that only look like it.' }),
    subject: z
      .enum(['setting', 'file', 'user', 'other'])
      .default('other')
      .meta({ description: 'What the subject is: a setting or file is traced to what provides it.' }),
    peer: z
      .boolean()
      .default(false)
      .meta({ description: 'It is about somebody else, whom the settings tell where the line does not.' }),
    value: z
      .boolean()
      .default(false)
      .meta({ description: 'It is about a value: the ConfigMap that holds what the line quotes is named.' }),
    general: z
      .boolean()
      .default(false)
      .meta({ description: 'It tells that something is wrong and not what: others go before it.' }),
    tests: z
      .array(
        z.strictObject({
          line: z.string().min(1).max(4_096),
          expect: z.union([z.literal('none'), logNames]),
        }),
      )
      .min(2)
      .max(RULE_LIMITS.tests),
  })
  .meta({
    id: 'TapioLogPattern',
    title: 'Tapio log pattern',
    description: 'Lines of logs that become `log_matched` events, which rules read.',
  });

export const documentSchema = z.discriminatedUnion('kind', [ruleSchema, symptomSchema, logSchema]);

export type RuleDocument = z.infer<typeof ruleSchema>;
export type SymptomDocument = z.infer<typeof symptomSchema>;
export type LogDocument = z.infer<typeof logSchema>;
export type RuleTest = z.infer<typeof ruleTest>;
export type LookupDocument = Pick<z.infer<typeof cause>, 'event' | 'as' | 'join' | 'of' | 'within' | 'when'>;
export type ExclusionDocument = z.infer<typeof exclusion>;
export type WhenDocument = z.infer<typeof when>;
export type JoinKind = (typeof JOINS)[number];

/** JSON Schema (2020-12) of rule files, for editors: `# yaml-language-server: $schema=...`. */
export function ruleJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(documentSchema, { io: 'input', unrepresentable: 'any' });
}
