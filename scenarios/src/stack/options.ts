import { Command, CommanderError, Option } from 'commander';
import type { ScenarioName } from '../truth.ts';
import { SCENARIO_NAMES } from '../truth.ts';

export interface StartOptions {
  readonly scenario: ScenarioName;
  readonly once: boolean;
  readonly json: boolean;
  readonly keep: boolean;
  readonly local: boolean;
  readonly kubeletBackOff: boolean;
}

const DESCRIPTION = `Starts NATS, Neo4j, Tapio's agent and loader on this machine, lets a real workload fail, and prints why it
failed. It then runs until Ctrl-C, which stops everything and leaves nothing behind.`;

const NOTES = `
Needs root and a kernel with BTF: the agent loads eBPF programs, and the workload runs in a memory cgroup.
Where a container engine with compose runs, everything but the workload runs in containers, as docker-compose.yml
says; --local runs processes all the same.
GRAFANA_HOME, the folder of an unpacked Grafana distribution, adds Grafana. NO_COLOR is honoured.

Exit codes: 0 stopped in order (with --once: the cause was found and proven by eBPF events of this run),
1 something failed or the answer is not the truth, 2 wrong arguments, 3 this machine lacks a requirement.`;

/** @returns the options, or the exit code when there is nothing left to do (help, or wrong arguments) */
export function parseStartOptions(args: readonly string[]): StartOptions | number {
  const command = new Command('npm start --')
    .description(DESCRIPTION)
    .addOption(
      new Option('--scenario <name>', 'what is to go wrong')
        .choices(SCENARIO_NAMES)
        .default('oom-crash-loop'),
    )
    .option('--once', 'exit after the answer', false)
    .option('--json', 'print the answer as JSON on stdout, progress on stderr', false)
    .option('--keep', 'keep logs and data of the run in .tapio/run/ (in containers: its volumes)', false)
    .option('--local', 'local processes even where a container engine runs', false)
    .option(
      '--kubelet-back-off',
      'restart with the pauses of a kubelet (10 s, 20 s, ...) instead of 1 s, 2 s, ...',
      false,
    )
    .addHelpText('after', NOTES)
    .allowExcessArguments(false)
    .exitOverride();
  try {
    command.parse(args, { from: 'user' });
    return command.opts<StartOptions>();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
}
