import type { ChainStep, Incident } from '@tapio/domain';
import { evidenceWords } from '@tapio/domain';
import type { Clock } from './layout.ts';
import { clockIn, columns, spread, wrap } from './layout.ts';

export interface ExplainOptions {
  /** IANA name, e.g. `Europe/Helsinki`. */
  readonly timeZone: string;
  /** ANSI colours; off if left out. */
  readonly color?: boolean;
  /** Columns; 110 if left out, never under 60. */
  readonly width?: number;
  /** Where the incident can be seen, for the last line. */
  readonly link?: string;
}

const DEFAULT_WIDTH = 110;
const NARROWEST = 60;

const ANSI = { bold: '1', red: '31', yellow: '33', dim: '2' } as const;

type Paint = (text: string, style: keyof typeof ANSI) => string;

/** The answer as a person reads it in a terminal or a ticket. */
export function explainIncident(incident: Incident, options: ExplainOptions): string {
  const width = Math.max(NARROWEST, options.width ?? DEFAULT_WIDTH);
  const clock = clockIn(options.timeZone);
  const paint: Paint = (text, style) =>
    options.color === true ? `\u001B[${ANSI[style]}m${text}\u001B[0m` : text;
  const lines = [
    ...headLines(incident, width, paint),
    '',
    ...chainLines(incident, { width, clock, paint }),
    '',
    ...sectionLines(sections(incident, options), { width, clock, paint }),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** `Likely (0.97)`, `Possible (0.62), provisional`, `No clear cause`. */
export function verdictWords(incident: Incident): string {
  const { word, score, status } = incident.verdict;
  const sure = word === 'No clear cause' ? word : `${word} (${score.toFixed(2)})`;
  return status === 'provisional' ? `${sure}, provisional` : sure;
}

function headLines(incident: Incident, width: number, paint: Paint): string[] {
  const verdict = verdictWords(incident);
  const lines = spread(endSentence(incident.headline), verdict, width);
  const style = incident.verdict.word === 'Likely' ? 'red' : 'yellow';
  return lines.map((line, index) => {
    if (index < lines.length - 1) return paint(line, 'bold');
    const sentence = line.slice(0, line.length - verdict.length);
    return `${paint(sentence, 'bold')}${paint(verdict, style)}`;
  });
}

export function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

interface Style {
  readonly width: number;
  readonly clock: Clock;
  readonly paint: Paint;
}

function chainLines(incident: Incident, { width, clock, paint }: Style): string[] {
  const day = incident.chain[0] === undefined ? '' : clock.date(incident.chain[0].timeUs);
  let lastDay = day;
  return incident.chain.flatMap((step) => {
    const today = clock.date(step.timeUs);
    const dated = today === lastDay ? [] : [paint(`  ${today}`, 'dim')];
    lastDay = today;
    const head = `  ${clock.time(step.timeUs)}  ${step.role.padEnd(6)}  `;
    const [first = '', ...rest] = spread(
      clock.localize(step.text),
      seenBy(step, incident),
      width - columns(head),
    );
    return [...dated, `${head}${first}`, ...rest.map((line) => `${' '.repeat(columns(head))}${line}`)];
  });
}

/** Who made a change, as far as known; who saw anything else. */
export function seenBy(step: ChainStep, incident: Incident): string {
  if (step.role === 'change' && incident.change?.eventId === step.eventId) return incident.change.actor;
  return `[${step.seenBy}]`;
}

export interface Section {
  readonly title: string;
  /** Each begins a line of its own. */
  readonly items: readonly string[];
  /** A command stays on one line, whatever its length. */
  readonly isCommand?: true;
}

/** What stands below the chain, in order; without what there is nothing to say of. */
export function sections(incident: Incident, options: Pick<ExplainOptions, 'link'> = {}): Section[] {
  const isClear = incident.verdict.word === 'Likely';
  const list: Section[] = [
    { title: 'Why', items: incident.explanation === undefined ? [] : [incident.explanation] },
    {
      title: 'What is certain',
      items: isClear || incident.certain.length === 0 ? [] : [incident.certain.join('; ')],
    },
    { title: 'Checked', items: incident.checked === undefined ? [] : [incident.checked] },
    { title: 'Ruled out', items: incident.ruledOut.map(({ cause, reason }) => `${cause}: ${reason}`) },
    { title: 'Missing', items: incident.gaps },
    { title: 'Would help', items: incident.wouldHelp.length === 0 ? [] : [incident.wouldHelp.join('; ')] },
    { title: 'Touched', items: incident.touched },
    { title: 'State', items: stateWords(incident) },
  ];
  const next: Section[] =
    incident.next === undefined
      ? []
      : [{ title: 'Next', items: [incident.next.command, incident.next.reason], isCommand: true }];
  const proof = [
    evidenceWords(incident),
    `rules ${incident.rulesVersion}`,
    incident.id,
    ...(options.link === undefined ? [] : [options.link]),
  ];
  return [...list, ...next, { title: 'Proof', items: [proof.join('; ')] }].filter((s) => s.items.length > 0);
}

function stateWords(incident: Incident): string[] {
  if (incident.supersededBy !== undefined) return [`superseded by ${incident.supersededBy}`];
  if (incident.state === 'closed') return ['closed: it has run healthy since, or is gone'];
  return incident.state === 'muted' ? ['muted'] : [];
}

function sectionLines(list: readonly Section[], { width, clock, paint }: Style): string[] {
  const indent = Math.max(11, ...list.map(({ title }) => title.length + 3));
  const room = width - 2 - indent;
  return list.flatMap(({ title, items, isCommand }) => {
    const texts = items.map((item) => clock.localize(item));
    const lines = isCommand === true ? commandLines(texts, room) : texts.flatMap((text) => hang(text, room));
    return lines.map(
      (line, index) => `  ${index === 0 ? paint(title.padEnd(indent), 'dim') : ' '.repeat(indent)}${line}`,
    );
  });
}

function hang(text: string, room: number): string[] {
  return wrap(text, room - 2).map((line, index) => (index === 0 ? line : `  ${line}`));
}

/** The reason stands behind the command if there is room, else below it. */
function commandLines([command = '', reason = '']: readonly string[], room: number): string[] {
  const joined = `${command}      ${reason}`;
  return columns(joined) <= room ? [joined] : [command, ...hang(reason, room)];
}
