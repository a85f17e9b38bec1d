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
import type { WhyDumpOptions } from './commands/why-dump.ts';
import { whyDump } from './commands/why-dump.ts';
import type { ImportOptions } from './commands/import.ts';
import { importDump } from './commands/import.ts';
import { addRulesCommands } from './rules-commands.ts';
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

Exit codes: 0 found, 1 something failed, 2 wrong arguments, configuration or dump, 3 nothing found.`;

type WhyCommandOptions = WhyOptions & Omit<WhyDumpOptions, 'from'> & { readonly from?: string };

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
    .description('why a pod or workload failed, from the graph; with --from, what is wrong in a dump')
    .argument(
      '[target]',
      'name of a pod, or KIND/NAME such as deployment/checkout; all of a dump unless given',
    )
    .option('-n, --namespace <namespace>', 'its namespace; any unless given')
    .option(
      '--from <dir>',
      'a dump instead of the graph: kubectl cluster-info dump, a must-gather, or files of kubectl get, describe and logs',
    )
    .option('--json', 'findings for scripts, best first')
    .option('--markdown', 'the answer for a ticket')
    .option('--anonymize', 'with --from: other names for objects, hosts, images and addresses')
    .option('--all', 'with --from: every finding in full, closed ones too')
    .option('--now <time>', 'with --from: when the dump was taken; the newest time in it unless given')
    .option('--rules-dir <dir>', 'with --from: rules of your own, which override the built-in ones by id')
    .action(async (target: string | undefined, options: WhyCommandOptions, command: Command) => {
      const { from } = options;
      if (from !== undefined) {
        const { cluster } = command.optsWithGlobals<{ readonly cluster?: string }>();
        const named = cluster === undefined ? {} : { cluster };
        code = await whyDump(target, { ...options, ...named, from }, terminal);
        return;
      }
      refuseWithoutDump(options);
      if (target === undefined)
        throw new UsageError(
          'name a pod or KIND/NAME, or a dump with --from DIR; to see which incidents there are: tapio incidents',
        );
      code = await why(target, options, access(command));
    });
  program
    .command('import')
    .description('write what a dump shows into the graph, to be looked at in Grafana')
    .argument('<dir>', 'as for why --from; its name becomes the cluster’s unless --cluster is given')
    .option('--now <time>', 'when the dump was taken; the newest time in it unless given')
    .option('--rules-dir <dir>', 'rules of your own, which override the built-in ones by id')
    .option('--json', 'for scripts')
    .action(async (directory: string, options: ImportOptions, command: Command) => {
      code = await importDump(directory, options, access(command));
    });
  addRulesCommands(program, terminal, (outcome) => {
    code = outcome;
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
    .description('Why did this Kubernetes workload fail? Asks the graph that Tapio keeps, or a dump.')
    .addHelpText('after', NOTES)
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err });
  program.option('--config <file>', 'YAML file with any of the options below');
  for (const { key, help } of CONFIG_OPTIONS) program.option(`--${kebab(key)} <value>`, help);
  return program;
}

/** Options that only mean something for a dump. */
function refuseWithoutDump(options: WhyCommandOptions): void {
  for (const key of ['anonymize', 'all', 'now', 'rulesDir'] as const) {
    if (options[key] !== undefined) throw new UsageError(`--${kebab(key)} needs --from DIR`);
  }
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
