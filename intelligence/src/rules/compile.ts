import type { CompileFault, Declared, Path } from './compiler.ts';
import { Compiler } from './compiler.ts';
import { parseDurationUs } from './durations.ts';
import type { CauseLookup, CauseStep, Rule, Symptom } from './rule-set.ts';
import type { RuleDocument, SymptomDocument } from './schema.ts';
import type { Template } from './templates.ts';

/** Names that look at one event once; several causes may share a name as alternatives. */
function declaredBy(document: RuleDocument): Declared[] {
  return [
    { as: document.effect.as, event: document.effect.event, path: ['effect'] },
    ...document.causes.flatMap((c, i) => [
      { ...c, path: ['causes', i] },
      ...c.unless.map((u, j) => ({ ...u, path: ['causes', i, 'unless', j] })),
    ]),
    ...document.expect.map((e, i) => ({ ...e, path: ['expect', i] })),
    ...document.absent.map((a, i) => ({ ...a, path: ['absent', i] })),
  ];
}

const ROLE_ORDER = { proximate: 0, intermediate: 1, originating: 2 } as const;

export function compileRule(
  document: RuleDocument,
  path: string,
): { rule: Rule; faults: readonly CompileFault[] } {
  const compiler = new Compiler(document.effect.as, declaredBy(document));
  compiler.bind(document.effect.as);
  const effect = {
    type: document.effect.event,
    alias: document.effect.as,
    clauses: compiler.clauses(document.effect.when, ['effect', 'when'], document.effect.as),
  };
  const exceptions = document.exceptions.flatMap((exception, index) => {
    const condition = compiler.condition(exception.when, ['exceptions', index, 'when']);
    const because = compiler.text(exception.because, ['exceptions', index, 'because']);
    return condition === undefined ? [] : [{ condition, because }];
  });
  const steps = compileSteps(document, compiler);
  const expect = document.expect.map((item, index) => ({
    ...compiler.lookup(item, ['expect', index]),
    penalty: item.penalty,
    missing: compiler.text(item.missing, ['expect', index, 'missing']),
  }));
  for (const item of expect) compiler.bind(item.alias);
  const ruledOut =
    document.ruledOut === undefined ? undefined : compiler.template(document.ruledOut, ['ruledOut']);
  const rule: Rule = {
    id: document.id,
    version: document.version,
    title: document.title,
    path,
    document,
    effect,
    steps,
    expect,
    absent: compiler.exclusions(document.absent, ['absent']),
    exceptions,
    cause: document.cause,
    prior: document.prior,
    severity: document.severity,
    headline: compiler.variants(document.headline, ['headline']),
    explanation:
      document.explanation === undefined ? [] : compiler.variants(document.explanation, ['explanation']),
    next: compiler.next(document.next),
    ...(ruledOut && { ruledOut }),
  };
  return { rule, faults: compiler.faults };
}

function compileSteps(document: RuleDocument, compiler: Compiler): CauseStep[] {
  const steps: { alias: string; role: CauseStep['role']; optional: boolean; lookups: CauseLookup[] }[] = [];
  for (const [index, cause] of document.causes.entries()) {
    const at: Path = ['causes', index];
    const lookup = compiler.lookup(cause, at);
    let step = steps.find((s) => s.alias === cause.as);
    if (step === undefined) {
      const previous = steps.at(-1);
      if (previous && ROLE_ORDER[cause.role] <= ROLE_ORDER[previous.role] && cause.role !== 'intermediate') {
        compiler.faults.push({
          path: [...at, 'role'],
          offset: 0,
          reason: 'causes go from the proximate one over intermediate ones to one originating one',
        });
      }
      step = { alias: cause.as, role: cause.role, optional: cause.optional, lookups: [] };
      steps.push(step);
    } else if (step.role !== cause.role || step.optional !== cause.optional) {
      compiler.faults.push({
        path: at,
        offset: 0,
        reason: `alternatives of ${cause.as} must agree in role and optional`,
      });
    }
    compiler.bind(cause.as);
    const lagUs = cause.lag === undefined ? undefined : parseDurationUs(cause.lag);
    const missing =
      cause.missing === undefined ? undefined : compiler.template(cause.missing, [...at, 'missing']);
    step.lookups.push({
      ...lookup,
      prior: cause.prior ?? 1,
      lift: cause.lift,
      ...(lagUs !== undefined && { lagUs }),
      unless: compiler.exclusions(cause.unless, [...at, 'unless']),
      ...(missing && { missing }),
      mechanism: compiler.text(cause.mechanism, [...at, 'mechanism']),
      text: compiler.text(cause.text, [...at, 'text']),
    });
  }
  return steps;
}

export function compileSymptom(
  document: SymptomDocument,
  path: string,
): { symptom: Symptom; faults: readonly CompileFault[] } {
  const compiler = new Compiler(document.as, [
    { ...document, path: ['as'] },
    ...document.unless.map((u, i) => ({ ...u, path: ['unless', i] })),
    ...document.context.map((c, i) => ({ ...c, path: ['context', i] })),
  ]);
  compiler.bind(document.as);
  const clauses = compiler.clauses(document.when, ['when'], document.as);
  const context = document.context.map((item, index) => {
    const optional = (
      key: 'found' | 'none' | 'unknown' | 'appends',
    ): Partial<Record<typeof key, Template>> => {
      const text = item[key];
      const template = text === undefined ? undefined : compiler.template(text, ['context', index, key]);
      return template === undefined ? {} : { [key]: template };
    };
    return {
      ...compiler.lookup(item, ['context', index]),
      ...optional('found'),
      ...optional('none'),
      ...optional('unknown'),
      ...optional('appends'),
    };
  });
  const { sign, times } = document.repeated;
  if (sign !== undefined && !context.some((c) => c.alias === sign)) {
    compiler.faults.push({ path: ['repeated', 'sign'], offset: 0, reason: `${sign} is no event of context` });
  }
  const symptom: Symptom = {
    id: document.id,
    version: document.version,
    title: document.title,
    path,
    document,
    incident: document.incident,
    type: document.event,
    alias: document.as,
    clauses,
    unless: compiler.exclusions(document.unless, ['unless']),
    words: document.words,
    repeated: { times, ...(sign !== undefined && { sign }) },
    text: compiler.text(document.text, ['text']),
    headline: compiler.text(document.headline, ['headline']),
    context,
    wouldHelp: document.wouldHelp.map((text, index) => compiler.text(text, ['wouldHelp', index])),
    next: compiler.next(document.next),
  };
  return { symptom, faults: compiler.faults };
}
