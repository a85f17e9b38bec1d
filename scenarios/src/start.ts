import { setTimeout as delay } from 'node:timers/promises';
import type { Incident } from '@tapio/domain';
import { incidentGraph, openGraph, runCypher } from '@tapio/store';
import { findCompose } from './compose/find-compose.ts';
import { KUBELET_BACK_OFF, QUICK_BACK_OFF } from './node/restart-back-off.ts';
import { runScenario } from './scenarios/run-scenario.ts';
import type { ScenarioRecord } from './scenarios/scenario.ts';
import { awaitAnswer } from './stack/answer.ts';
import { startComposedStack } from './stack/composed-stack.ts';
import { cleanLeftover, remainsOf } from './stack/leftovers.ts';
import { startLocalStack } from './stack/local-stack.ts';
import type { StartOptions } from './stack/options.ts';
import { parseStartOptions } from './stack/options.ts';
import { flagshipQuery, printAnswer } from './stack/report.ts';
import { missingRequirements, thisMachine } from './stack/requirements.ts';
import type { Connection } from './stack/run-dir.ts';
import { RunDir, findLeftovers } from './stack/run-dir.ts';
import type { Stack } from './stack/stack.ts';
import { Terminal } from './stack/terminal.ts';
import { whyNotProven } from './stack/verify.ts';

const EXIT = { ok: 0, failed: 1, usage: 2, unmet: 3 } as const;
/** From the scenario's last act to a whole answer: seconds, unless the machine is very busy. */
const ANSWER_TIMEOUT_MS = 90_000;
/** Where nothing is to be found, this long is waited for a false answer. */
const SILENCE_MS = 10_000;

interface Context {
  readonly options: StartOptions;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseStartOptions(args);
  if (typeof options === 'number') return options;
  const terminal = new Terminal({ quiet: options.json });
  const missing = missingRequirements(thisMachine());
  if (missing.length > 0) {
    terminal.problem('Tapio can’t start here yet. This machine lacks:');
    for (const { what, advice } of missing) process.stderr.write(`  ${what}\n    ${advice}\n`);
    return EXIT.unmet;
  }
  const abort = new AbortController();
  let failure: unknown;
  const onSignal = (): void => {
    terminal.step(abort.signal.aborted ? 'still stopping' : 'stopping');
    abort.abort(new Error('stopped'));
  };
  const onCrash = (error: unknown): void => {
    failure ??= error;
    abort.abort(error);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);
  const context: Context = { options, terminal, signal: abort.signal };
  try {
    const code = await start(context);
    if (failure === undefined) return code;
  } catch (error) {
    if (abort.signal.aborted && failure === undefined) return options.once ? EXIT.failed : EXIT.ok;
    failure ??= error;
  }
  terminal.problem(describe(failure));
  return EXIT.failed;
}

async function start(context: Context): Promise<number> {
  const { options, terminal, signal } = context;
  const composed = !options.local && (await isComposed(terminal));
  await cleanLeftovers(terminal);
  const run = RunDir.make({ composed });
  const startStack = composed ? startComposedStack : startLocalStack;
  try {
    await using stack = await startStack({ run, terminal, signal, keep: options.keep });
    return await whileWhole(stack, context, (whole) => runAndAnswer(whole, run, stack));
  } finally {
    await tellEnd(context, run);
  }
}

async function cleanLeftovers(terminal: Terminal): Promise<void> {
  for (const leftover of findLeftovers()) {
    try {
      await cleanLeftover(leftover);
      terminal.note(`cleaned up after a run that was killed (${leftover.path})`);
    } catch (error) {
      terminal.problem(`what a killed run left can’t be removed (${leftover.path}): ${describe(error)}`);
    }
  }
}

/** Ends the work, and waits for its end, when the stack breaks. */
async function whileWhole<T>(
  stack: Stack,
  context: Context,
  work: (context: Context) => Promise<T>,
): Promise<T> {
  const broken = new AbortController();
  const working = work({ ...context, signal: AbortSignal.any([context.signal, broken.signal]) });
  try {
    return await Promise.race([working, stack.broken]);
  } finally {
    broken.abort(new Error('the stack is broken'));
    await working.catch(() => undefined);
  }
}

async function isComposed(terminal: Terminal): Promise<boolean> {
  const compose = await findCompose();
  terminal.step(
    compose.available
      ? 'a container engine runs: everything but the workload runs in containers (--local: as processes)'
      : `${compose.reason}: everything runs as local processes`,
  );
  return compose.available;
}

async function tellEnd({ options, terminal }: Context, run: RunDir): Promise<void> {
  const { keep } = options;
  const { composeProject, path } = run;
  const remains = await remainsOf(run, { keepVolumes: keep });
  for (const what of remains) terminal.problem(`left behind: ${what}`);
  if (keep) {
    const data = composeProject === undefined ? '' : `, data in the volumes of project ${composeProject}`;
    terminal.step(`${data === '' ? 'data and logs are' : 'logs are'} kept in ${path}${data}`);
  } else if (remains.length === 0) run.remove();
  const kind = composeProject === undefined ? 'process' : 'container';
  if (remains.length === 0) terminal.step(`stopped: no ${kind}, mount or cgroup is left`);
}

async function runAndAnswer(context: Context, run: RunDir, stack: Stack): Promise<number> {
  const { options, terminal, signal } = context;
  await using pod = await runScenario(
    options.scenario,
    {
      podsPath: stack.podsPath,
      logDir: run.file('logs'),
      cgroupRoot: run.cgroupRoot,
      node: stack.node,
      backOff: options.kubeletBackOff ? KUBELET_BACK_OFF : QUICK_BACK_OFF,
      onProgress: (line) => {
        terminal.step(line);
      },
    },
    signal,
  );
  const problems = await answer(context, { stack, record: () => pod.record() });
  for (const problem of problems) terminal.problem(problem);
  if (options.once) return problems.length === 0 ? EXIT.ok : EXIT.failed;
  terminal.step('running; Ctrl-C stops everything');
  await delay(2 ** 31 - 1, undefined, { signal }).catch(() => undefined);
  return EXIT.ok;
}

interface Question {
  readonly stack: Stack;
  readonly record: () => ScenarioRecord;
}

/** @returns why the answer is not the truth, or not proven; empty when all is well */
async function answer(context: Context, { stack, record }: Question): Promise<readonly string[]> {
  const { options, terminal, signal } = context;
  const { connection } = stack;
  await using graph = openGraph({
    url: connection.neo4jUrl,
    user: connection.neo4jUser,
    password: connection.neo4jPassword,
    database: connection.neo4jDatabase,
  });
  const { truth, pod } = record();
  const timeoutMs = truth.kind === null ? SILENCE_MS : ANSWER_TIMEOUT_MS;
  const incident = await awaitAnswer({ graph, record: record(), timeoutMs, signal });
  if (incident === undefined) {
    if (truth.kind === null) terminal.step('no incident, as it should be: the pod is healthy');
    return truth.kind === null
      ? []
      : [`no incident of ${pod.namespace}/${pod.name} after ${timeoutMs / 1000} s`];
  }
  terminal.step(`incident ${incident.id}: ${incident.verdict.word}, ${incident.verdict.status}`);
  const [standsOn, paths] = await Promise.all([
    incidentGraph(graph, incident.id, signal),
    runCypher(graph, { text: flagshipQuery(pod.name), rowLimit: 1000, timeoutMs: 5_000, signal }),
  ]);
  const events = standsOn?.events ?? [];
  const problems =
    truth.kind === null
      ? ['an incident was opened though nothing is wrong']
      : [...whyNotProven(incident, events, { record: record(), captureEpoch: await stack.captureEpoch() })];
  if (truth.kind !== null && paths.rows.length === 0)
    problems.push('the Cypher query finds no path in the graph');
  if (options.json) printJson({ incident, problems, connection, elapsedMs: terminal.elapsedMs });
  else {
    const { grafanaMissing } = stack;
    const { name: podName, namespace } = pod;
    printAnswer(
      { incident, podName, namespace, paths: paths.rows.length, connection, grafanaMissing },
      terminal,
    );
  }
  if (problems.length === 0) {
    const change = truth.change === null ? '' : ', the change is the one that was made';
    terminal.step(`checked: the cause was captured by eBPF in this run${change}`);
  }
  return problems;
}

function printJson(result: {
  readonly incident: Incident;
  readonly problems: readonly string[];
  readonly connection: Connection;
  readonly elapsedMs: number;
}): void {
  const connection = { ...result.connection, neo4jPassword: '[in connection.json]' };
  const proven = result.problems.length === 0;
  process.stdout.write(`${JSON.stringify({ ...result, proven, connection }, undefined, 2)}\n`);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error);
  const cause = error.cause instanceof Error ? `\n  because: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}

process.exitCode = await main(process.argv.slice(2));
