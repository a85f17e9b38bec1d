import type { Incident, ObservationEvent } from '@tapio/domain';
import { NO_NODE, SOURCES, checkEvent, eventTypeRow, parseObject } from '@tapio/domain';
import { createEngine } from '../engine/engine.ts';
import { EVENT_FIELDS } from '../engine/views.ts';
import { testLog } from '../logs/test-log.ts';
import { InMemoryFacts } from '../facts/memory-facts.ts';
import { parseDurationUs } from './durations.ts';
import type { OwnedTest, RuleSet } from './rule-set.ts';
import type { RuleTest } from './schema.ts';

/** Where `t: 0s` of an embedded test lies: 2026-01-02T20:00:00Z, an hour nobody has to think about. */
export const TEST_EPOCH_US = Date.UTC(2026, 0, 2, 20) * 1000;

const HOUR_US = 3_600_000_000;

/** What an event of a test is about when it says nothing else. */
const DEFAULTS = {
  cluster: 'test',
  node: 'n1',
  namespace: 'shop',
  pod_name: 'checkout-7d9c6b5f4-x2lqv',
  pod_uid: 'pod-1',
  workload: 'Deployment/checkout',
  container: 'report',
} as const;

/** Values of required keys that tests are seldom about. */
const FILLERS: Readonly<Record<string, string>> = {
  boot_id: '00000000-0000-4000-8000-000000000001',
  started_mono_us: '1000000',
  resolution_us: '1000000',
  exit_code: '0',
  signal: '0',
  restart_count: '0',
  category: 'other',
  old_revision: 'old',
  new_revision: 'new',
  lanes: 'signal,bulk',
  grace_us: '30000000',
};

/** Keys that hold a time: written as an offset, like `t`. */
const TIME_KEYS: ReadonlySet<string> = new Set(['start_us', 'end_us', 'started_us']);

export interface RuleTestResult {
  /** Rule or symptom that the test belongs to. */
  readonly owner: string;
  readonly name: string;
  readonly file: string;
  readonly passed: boolean;
  /** What was expected and what came instead; empty when it passed. */
  readonly failures: readonly string[];
}

/** Runs the embedded tests of all rules, each against the whole set: rules compete in tests as they do in life. */
export async function testRules(rules: RuleSet): Promise<readonly RuleTestResult[]> {
  const results: RuleTestResult[] = [];
  for (const owned of rules.tests) results.push(await runTest(owned, rules));
  return [...results, ...rules.logs.flatMap(testLog)];
}

async function runTest({ owner, path, test }: OwnedTest, rules: RuleSet): Promise<RuleTestResult> {
  const failures: string[] = [];
  const events = expandEvents(test, failures);
  if (failures.length === 0) {
    const incidents = await incidentsOf(events, test, rules);
    failures.push(...compare(test, incidents, new Map(events.map((e) => [e.id, e.type]))));
  }
  return { owner, name: test.name, file: path, passed: failures.length === 0, failures };
}

/** Makes full events of the compact ones; what is no valid event is named. */
export function expandEvents(test: RuleTest, failures: string[]): ObservationEvent[] {
  return test.given.flatMap((compact, index) => {
    const event = expandEvent(compact, index);
    const unknown = Object.keys(event.data).filter(
      (key) => eventTypeRow(event.type)?.data[key] === undefined,
    );
    for (const key of unknown) failures.push(`event ${index + 1}: ${event.type} has no ${key}`);
    const checked = checkEvent(event, `event ${index + 1}`);
    if (checked.ok) return [checked.value];
    failures.push(checked.fault.message);
    return [];
  });
}

function offset(value: unknown): number {
  return TEST_EPOCH_US + (parseDurationUs(String(value)) ?? 0);
}

function expandEvent(compact: RuleTest['given'][number], index: number): ObservationEvent {
  const { t, event: type, run, ...rest } = compact;
  const row = eventTypeRow(type);
  const field = (name: string): string | undefined => {
    const value = rest[name] ?? (DEFAULTS as Readonly<Record<string, string>>)[name];
    return value === undefined ? undefined : String(value);
  };
  const timestamp = offset(t);
  const container = field('container') ?? '';
  const data: Record<string, string> = {};
  for (const [key, spec] of Object.entries(row?.data ?? {})) {
    const given = rest[key];
    if (given !== undefined) data[key] = TIME_KEYS.has(key) ? String(offset(given)) : String(given);
    else if (key === 'mono_us') data[key] = String(timestamp - TEST_EPOCH_US + 86_400_000_000);
    else if (key === 'container') data[key] = container;
    else if (key === 'object') data[key] = `Deployment/${DEFAULTS.namespace}/checkout`;
    else if (spec.required === true) data[key] = FILLERS[key] ?? (spec.kind === 'integer' ? '0' : '?');
  }
  const known = new Set([...Object.keys(row?.data ?? {}), ...Object.keys(EVENT_FIELDS), 'container', 'pid']);
  for (const [key, value] of Object.entries(rest)) if (!known.has(key)) data[key] = String(value);
  const hasContainer = row?.data['restart_count'] !== undefined || row?.data['comm'] !== undefined;
  const runNumber = String(run ?? rest['restart_count'] ?? 0);
  const podUid = field('pod_uid') ?? '';
  const isOfPod = row?.source !== 'tapio' && isAboutPod(rest['object']);
  return {
    id: `test/${index}/${type}`,
    timestamp,
    source: row?.source ?? 'tapio',
    type,
    cluster: DEFAULTS.cluster,
    node: isAboutPod(rest['object']) ? (field('node') ?? NO_NODE) : String(rest['node'] ?? NO_NODE),
    ...(rest['pid'] !== undefined && { pid: Number(rest['pid']) }),
    ...(hasContainer && { containerId: `${podUid}-${container}-${runNumber}` }),
    ...(isOfPod && {
      podUid,
      podName: field('pod_name') ?? '',
      namespace: field('namespace') ?? '',
      workload: field('workload') ?? '',
    }),
    ...(!isOfPod && namespaceOf(rest['object'])),
    data,
  };
}

const WORKLOAD_KINDS: ReadonlySet<string> = new Set([
  'Pod',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
]);

/** An event of a test that names an object of another kind is about no pod. */
function isAboutPod(object: unknown): boolean {
  return typeof object !== 'string' || WORKLOAD_KINDS.has(parseObject(object)?.kind ?? '');
}

function namespaceOf(object: unknown): { readonly namespace?: string } {
  const namespace = typeof object === 'string' ? parseObject(object)?.namespace : undefined;
  return namespace === undefined || namespace === '' ? {} : { namespace };
}

async function incidentsOf(
  events: readonly ObservationEvent[],
  test: RuleTest,
  rules: RuleSet,
): Promise<readonly Incident[]> {
  const facts = new InMemoryFacts();
  facts.add(events);
  const lastUs = Math.max(...events.map((e) => e.timestamp));
  const throughUs = test.through === undefined ? lastUs + HOUR_US : offset(test.through);
  const completeThrough = Object.fromEntries(Object.keys(SOURCES).map((source) => [source, throughUs]));
  const nodes = new Set(events.map((e) => e.node));
  const engine = createEngine({ cluster: DEFAULTS.cluster, rules, facts, completeFromUs: 0 });
  const incidents = new Map<string, Incident>();
  const marks = [...nodes].map((node) => ({ node, completeThrough }));
  for (const input of [
    { events, completeThrough: marks, nowUs: lastUs + 1_000_000 },
    { events: [], completeThrough: marks, nowUs: lastUs + HOUR_US },
  ]) {
    const decision = await engine.step(input);
    for (const incident of decision.incidents) incidents.set(incident.id, incident);
  }
  return [...incidents.values()].filter((incident) => incident.supersededBy === undefined);
}

function compare(
  test: RuleTest,
  incidents: readonly Incident[],
  types: ReadonlyMap<string, string>,
): string[] {
  const { expect } = test;
  const seen = incidents.map(
    (i) => `"${i.headline}" (${i.verdict.word} ${i.verdict.score}, ${i.verdict.rule ?? 'no rule'})`,
  );
  if (expect === 'silence') return incidents.length === 0 ? [] : [`expected silence, got ${seen.join('; ')}`];
  const failures: string[] = [];
  if (incidents.length !== expect.incidents) {
    failures.push(
      `expected ${expect.incidents} incidents, got ${seen.length === 0 ? 'none' : seen.join('; ')}`,
    );
  }
  for (const incident of incidents) {
    const code = incident.verdict.causeCode;
    if (code !== undefined && expect.not.includes(code)) failures.push(`${code} was claimed and must not be`);
  }
  const incident = incidents[0];
  if (incident === undefined) return failures;
  const chain = incident.chain.map((step) => types.get(step.eventId) ?? '?').join(' > ');
  const compared: readonly (readonly [string, string | undefined, string])[] = [
    ['cause', expect.cause, incident.verdict.causeCode ?? 'none'],
    ['rule', expect.rule, incident.verdict.rule ?? 'none'],
    ['word', expect.word, incident.verdict.word],
    ['change', expect.change, incident.change?.words ?? 'none'],
    ['chain', expect.chain?.join(' > '), chain],
  ];
  for (const [what, wanted, got] of compared) {
    if (wanted !== undefined && wanted !== got)
      failures.push(`expected ${what} ${wanted}, got ${got} (${seen[0] ?? ''})`);
  }
  if (expect.headline !== undefined && !incident.headline.includes(expect.headline)) {
    failures.push(`expected a headline with "${expect.headline}", got "${incident.headline}"`);
  }
  return failures;
}
