import type { Command } from 'commander';
import type { ExplainRuleOptions, RulesOptions } from './commands/rules.ts';
import { explainRule, listEvents, listRules, runRuleTests, showRule } from './commands/rules.ts';
import type { Terminal } from './terminal.ts';

const OWN_RULES = ['--rules-dir <dir>', 'rules of your own, which override the built-in ones by id'] as const;

/** `tapio rules list|show|events|test|explain`. */
export function addRulesCommands(
  program: Command,
  terminal: Terminal,
  done: (exitCode: number) => void,
): void {
  const rules = program.command('rules').description('the rules that answers are made of');
  rules
    .command('list')
    .description('rules, symptoms and log patterns')
    .option(...OWN_RULES)
    .option('--json', 'for scripts')
    .action((options: RulesOptions) => {
      done(listRules(options, terminal));
    });
  rules
    .command('show')
    .description('a rule as it is written')
    .argument('<id>', 'its id, as in the list')
    .option(...OWN_RULES)
    .action((id: string, options: RulesOptions) => {
      done(showRule(id, options, terminal));
    });
  rules
    .command('events')
    .description('the event types that rules can name, or the fields of one')
    .argument('[type]', 'an event type, such as log_matched')
    .option('--json', 'for scripts')
    .action((type: string | undefined, options: RulesOptions) => {
      done(listEvents(type, options, terminal));
    });
  rules
    .command('test')
    .description('run the tests that rules carry: all, or those of a directory of your own')
    .argument('[dir]', 'directory of rule files')
    .option(...OWN_RULES)
    .option('--json', 'for scripts')
    .action(async (directory: string | undefined, options: RulesOptions) => {
      done(await runRuleTests(directory, options, terminal));
    });
  rules
    .command('explain')
    .description('why a rule did or did not explain a finding of a dump')
    .argument('<finding>', 'INC-..., or KIND/NAME of the finding')
    .argument('<rule>', 'id of the rule')
    .requiredOption('--from <dir>', 'the dump, as for why')
    .option('--now <time>', 'when the dump was taken; the newest time in it unless given')
    .option(...OWN_RULES)
    .option('--json', 'for scripts')
    .action(async (finding: string, rule: string, options: ExplainRuleOptions) => {
      done(await explainRule(finding, rule, { options, terminal }));
    });
}
