import type { Incident } from '@tapio/domain';
import type { Finding } from '@tapio/intelligence';
import { explainIncident, explainIncidentMarkdown, findingsOf } from '@tapio/intelligence';
import { Anonymizer } from '../dump/anonymize.ts';
import type { DiagnosedDump } from '../dump/diagnose-dump.ts';
import { diagnoseDump } from '../dump/diagnose-dump.ts';
import type { Answer } from '../dump/select.ts';
import { aboutTarget, inNamespace, isInDump } from '../dump/select.ts';
import { readWords, wouldHelpWords } from '../dump/summary.ts';
import { EXIT } from '../exit-codes.ts';
import type { Target } from '../target.ts';
import { parseTarget } from '../target.ts';
import type { Terminal } from '../terminal.ts';
import { paint } from '../terminal.ts';

export interface WhyDumpOptions {
  readonly from: string;
  readonly namespace?: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly anonymize?: boolean;
  readonly all?: boolean;
  readonly now?: string;
  readonly rulesDir?: string;
  readonly cluster?: string;
}

/** Findings after the first that are listed without --all. */
const LISTED = 20;

/** What is wrong in a dump, best first: of one object, of a namespace, or of everything. */
export async function whyDump(
  target: string | undefined,
  options: WhyDumpOptions,
  terminal: Terminal,
): Promise<number> {
  const wanted = target === undefined ? undefined : parseTarget(target);
  const diagnosed = await diagnoseDump(options, terminal);
  const chosen = choose(answersOf(diagnosed, options.all === true), wanted, { diagnosed, options });
  const answers = options.anonymize === true ? anonymized(chosen, diagnosed, terminal) : chosen;
  if (options.json === true) {
    terminal.out(`${JSON.stringify({ findings: answers.map(({ finding }) => finding) }, undefined, 2)}\n`);
  } else if (answers.length === 0) nothingFound(target, wanted, { diagnosed, options, terminal });
  else if (options.markdown === true) {
    const shown = wanted === undefined && options.all !== true ? answers.slice(0, 1) : answers;
    terminal.out(
      shown
        .map(({ incident }) => explainIncidentMarkdown(incident, { timeZone: terminal.timeZone }))
        .join('\n'),
    );
    if (shown.length < answers.length) terminal.out(`\n**Also**\n\n${alsoMarkdown(answers.slice(1))}`);
  } else printAnswers(answers, wanted, { diagnosed, options, terminal });
  return answers.length === 0 ? EXIT.nothingFound : EXIT.ok;
}

function answersOf({ diagnosis }: DiagnosedDump, withClosed: boolean): readonly Answer[] {
  const findings = withClosed ? findingsOf(diagnosis.incidents).findings : diagnosis.findings;
  const byId = new Map(diagnosis.incidents.map((incident) => [incident.id, incident]));
  return findings.flatMap((finding) => {
    const incident = byId.get(finding.incident);
    return incident === undefined ? [] : [{ finding, incident }];
  });
}

interface Asked {
  readonly diagnosed: DiagnosedDump;
  readonly options: WhyDumpOptions;
}

function choose(
  all: readonly Answer[],
  wanted: Target | undefined,
  { diagnosed: { snapshot }, options: { namespace } }: Asked,
): readonly Answer[] {
  const answers = inNamespace(all, namespace);
  return wanted === undefined ? answers : aboutTarget(answers, wanted, { snapshot, namespace });
}

function anonymized(answers: readonly Answer[], { snapshot }: DiagnosedDump, terminal: Terminal): Answer[] {
  const anonymizer = new Anonymizer(snapshot);
  terminal.err(
    'names of objects, hosts, images and addresses are replaced; look through what logs and messages say besides before you share it\n',
  );
  return answers.map(({ finding, incident }) => ({
    finding: anonymizer.finding(finding),
    incident: anonymizer.incident(incident),
  }));
}

interface Shown extends Asked {
  readonly terminal: Terminal;
}

function printAnswers(answers: readonly Answer[], wanted: Target | undefined, shown: Shown): void {
  const { diagnosed, options, terminal } = shown;
  const { color, width, timeZone } = terminal;
  const style = { timeZone, color, ...(width === undefined ? {} : { width }) };
  const inFull = wanted === undefined && options.all !== true ? answers.slice(0, 1) : answers;
  terminal.out(inFull.map(({ incident }) => explainIncident(incident, style)).join('\n'));
  const rest = answers.slice(inFull.length);
  if (rest.length > 0) {
    terminal.out(
      `\n${paint(terminal, 'bold', `Also, ${rest.length} ${rest.length === 1 ? 'finding' : 'findings'}`)}\n`,
    );
    for (const { finding, incident } of rest.slice(0, LISTED))
      terminal.out(lineOf(finding, incident, options));
    if (rest.length > LISTED) terminal.out(`  and ${rest.length - LISTED} more: --all\n`);
  }
  terminal.out(`\n${paint(terminal, 'dim', `Read ${readWords(diagnosed)}`)}\n`);
}

/** One line, and the command that shows it in full. */
function lineOf(finding: Finding, incident: Incident, { from, anonymize }: WhyDumpOptions): string {
  const directory = anonymize === true ? 'DIR' : quoted(from);
  const { kind, name, namespace, label } = finding;
  const where = namespace === '' ? '' : ` -n ${namespace}`;
  const { word, score } = incident.verdict;
  const sure = word === 'No clear cause' ? word : `${word} ${score.toFixed(2)}`;
  return `  ${sure.padEnd(14)}  ${oneLine(label)}\n${' '.repeat(18)}tapio why ${kind.toLowerCase()}/${name}${where} --from ${directory}\n`;
}

function alsoMarkdown(answers: readonly Answer[]): string {
  return answers
    .map(({ finding: { label }, incident: { verdict } }) => `- ${oneLine(label)} (${verdict.word})\n`)
    .join('');
}

function nothingFound(text: string | undefined, wanted: Target | undefined, shown: Shown): void {
  const { diagnosed, options, terminal } = shown;
  const where = options.namespace === undefined ? '' : ` in ${options.namespace}`;
  const read = readWords(diagnosed);
  if (wanted !== undefined && !isInDump(wanted, diagnosed.snapshot)) {
    terminal.out(`${text ?? ''} is not in what was read: ${read}\n`);
    return;
  }
  terminal.out(
    wanted === undefined
      ? `Nothing is wrong${where}, as far as this shows: ${read}\n`
      : `Nothing is wrong with ${text ?? ''}${where}, as far as this shows: ${read}\n`,
  );
  const help = wouldHelpWords(diagnosed.snapshot);
  if (help !== '') terminal.out(`${help}\n`);
}

function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
