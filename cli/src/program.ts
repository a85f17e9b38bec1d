import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { StoreError } from '@tapio/store';
import type { DoctorOptions } from './commands/doctor.ts';
import { doctor } from './commands/doctor.ts';
import type { IncidentsOptions } from './commands/incidents.ts';
import { incidents } from './commands/incidents.ts';
import type { ShowOptions } from './commands/show.ts';
import { show } from './commands/show.ts';
import type { WhyOptions } from './commands/why.ts';
import { why } from './commands/why.ts';
import type { CliConfig, ConfigOption } from './config.ts';
import { CONFIG_OPTIONS, kebab, resolveConfig } from './config.ts';
import type { RunningStack } from './discovery.ts';
import { EXIT, UsageError } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export interface ProgramContext {
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly findRunningStack: () => RunningStack | undefined;
  readonly nowMs: () => number;
}

const NOTES = `
The graph is found by flags, TAPIO_ variables (TAPIO_NEO4J_URL for --neo4j-url), the YAML file of --config, or
a running "npm start" of this clone. Colours only at a terminal and without NO_COLOR.

Exit codes: 0 found, 1 something failed, 2 wrong arguments or configuration, 3 nothing found.`;

interface Access {
  readonly config: CliConfig;
  readonly terminal: Terminal;
}

/** Runs the command line and gives its exit code. @param args without interpreter and script */
export async function runProgram(args: readonly string[], context: ProgramContext): Promise<number> {
  const { terminal } = context;
  let code: number = EXIT.ok;
  const access = (command: Command): Access => {
    const flags = command.optsWithGlobals<Partial<Record<ConfigOption | 'config', string>>>();
    const { environment, findRunningStack } = context;
    const known = ['config', ...CONFIG_OPTIONS.map(({ key }) => key)] as const;
    const given = Object.fromEntries(
      known.flatMap((key) => (flags[key] === undefined ? [] : [[key, flags[key]]])),
    );
    return { terminal, config: resolveConfig({ flags: given, environment, findRunningStack }) };
  };
  const program = newProgram(terminal);
  program
    .command('why')
    .description('why a pod or workload failed: its latest incident, in words')
    .argument('<target>', 'name of a pod, or KIND/NAME such as deployment/checkout')
    .option('-n, --namespace <namespace>', 'its namespace; any unless given')
    .option('--json', 'findings for scripts, best first')
    .option('--markdown', 'the answer for a ticket')
    .action(async (target: string, options: WhyOptions, command: Command) => {
      code = await why(target, options, access(command));
    });
  program
    .command('incidents')
    .description('a table of incidents, newest first')
    .option('-n, --namespace <namespace>', 'only of this namespace')
    .option('--open', 'only open ones (as without it)')
    .option('--all', 'closed and muted ones too')
    .option('--limit <count>', 'at most so many', positiveInteger, 50)
    .option('--json', 'whole incidents, for scripts')
    .action(async (options: IncidentsOptions & { readonly open?: boolean }, command: Command) => {
      if (options.open === true && options.all === true)
        throw new UsageError('--open and --all exclude each other');
      code = await incidents(options, { ...access(command), nowMs: context.nowMs() });
    });
  program
    .command('show')
    .description('one incident with every event it stands on')
    .argument('<incident>', 'its id, e.g. INC-7Q4F2K9A')
    .option('--json', 'finding, incident, events and causes, for scripts')
    .action(async (id: string, options: ShowOptions, command: Command) => {
      code = await show(id, options, access(command));
    });
  program
    .command('doctor')
    .description('what of kernel, rights, servers and services is wrong, and how to mend it')
    .option('--json', 'for scripts')
    .action(async (options: DoctorOptions, command: Command) => {
      code = await doctor(options, access(command));
    });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return explainFailure(error, terminal);
  }
}

function newProgram(terminal: Terminal): Command {
  const program = new Command('tapio')
    .description('Why did this Kubernetes workload fail? Asks the graph that Tapio keeps.')
    .addHelpText('after', NOTES)
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err });
  program.option('--config <file>', 'YAML file with any of the options below');
  for (const { key, help } of CONFIG_OPTIONS) program.option(`--${kebab(key)} <value>`, help);
  return program;
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1 || value > 1_000) {
    throw new InvalidArgumentError('It must be an integer from 1 to 1000.');
  }
  return value;
}

function explainFailure(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError) {
    terminal.err(`${error.message}\n`);
    return EXIT.usage;
  }
  if (error instanceof StoreError) {
    terminal.err(`${error.message}\nto see what is wrong and how to mend it: tapio doctor\n`);
    return EXIT.failed;
  }
  throw error;
}
