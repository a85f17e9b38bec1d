import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Incident } from '@tapio/domain';
import { incidentGraph, openGraph, runCypher } from '@tapio/store';
import { ensureEnvFile, findCompose, runCompose } from './compose.ts';
import { KUBELET_BACK_OFF, QUICK_BACK_OFF } from './node/restart-back-off.ts';
import { runScenario } from './scenarios/run-scenario.ts';
import type { ScenarioRecord } from './scenarios/scenario.ts';
import { awaitAnswer } from './stack/answer.ts';
import { cleanLeftover, remainsOf } from './stack/leftovers.ts';
import type { StartOptions } from './stack/options.ts';
import { parseStartOptions } from './stack/options.ts';
import { flagshipQuery, printAnswer } from './stack/report.ts';
import { missingRequirements, thisMachine } from './stack/requirements.ts';
import type { Connection } from './stack/run-dir.ts';
import { RunDir, findLeftovers } from './stack/run-dir.ts';
import type { Stack } from './stack/stack.ts';
import { startStack } from './stack/stack.ts';
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
  if (!options.local && !options.once) {
    const compose = await findCompose();
    if (compose.available) {
      terminal.step('a container engine runs: starting the composed stack (--local runs processes instead)');
      if (ensureEnvFile()) terminal.note('.env holds new passwords for Neo4j and for Grafana’s user admin');
      return runCompose(compose.command, signal);
    }
    terminal.step(`${compose.reason}: everything runs as local processes`);
  }
  for (const leftover of findLeftovers()) {
    await cleanLeftover(leftover);
    terminal.note(`cleaned up after a run that was killed (${leftover.path})`);
  }
  const run = RunDir.make();
  try {
    await using stack = await startStack({ run, terminal, signal, keep: options.keep });
    return await Promise.race([runAndAnswer(context, run, stack), stack.broken]);
  } finally {
    tellEnd(context, run);
  }
}

function tellEnd({ options, terminal }: Context, run: RunDir): void {
  const remains = remainsOf(run);
  for (const what of remains) terminal.problem(`left behind: ${what}`);
  if (options.keep) terminal.step(`data and logs are kept in ${run.path}`);
  else if (remains.length === 0) run.remove();
  if (remains.length === 0) terminal.step('stopped: no process, mount or cgroup is left');
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
  const problems = await answer(context, { run, stack, record: () => pod.record() });
  for (const problem of problems) terminal.problem(problem);
  if (options.once) return problems.length === 0 ? EXIT.ok : EXIT.failed;
  terminal.step('running; Ctrl-C stops everything');
  await delay(2 ** 31 - 1, undefined, { signal }).catch(() => undefined);
  return EXIT.ok;
}

interface Question {
  readonly run: RunDir;
  readonly stack: Stack;
  readonly record: () => ScenarioRecord;
}

/** @returns why the answer is not the truth, or not proven; empty when all is well */
async function answer(context: Context, { run, stack, record }: Question): Promise<readonly string[]> {
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
      : [...whyNotProven(incident, events, { record: record(), captureEpoch: captureEpoch(run) })];
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

/** Of this run: its state directory was made for it. */
function captureEpoch(run: RunDir): string {
  const state = JSON.parse(readFileSync(run.file('agent', 'capture.json'), 'utf8')) as {
    captureEpoch?: string;
  };
  if (state.captureEpoch === undefined) throw new Error('the agent has not written its capture epoch');
  return state.captureEpoch;
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
