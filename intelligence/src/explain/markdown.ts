import type { Incident } from '@tapio/domain';
import { clockIn } from './layout.ts';
import type { ExplainOptions } from './text.ts';
import { endSentence, sections, seenBy, verdictWords } from './text.ts';

/** What Markdown or HTML would read as more than text. */
function escape(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>|#~]/g, (char) => `\\${char}`);
}

/** The answer for a ticket. Texts that come from a workload can't become markup. */
export function explainIncidentMarkdown(
  incident: Incident,
  options: Pick<ExplainOptions, 'timeZone' | 'link'>,
): string {
  const clock = clockIn(options.timeZone);
  const first = incident.chain[0];
  const chain = incident.chain.map((step) => {
    const text = escape(clock.localize(step.text));
    return `| ${clock.time(step.timeUs)} | ${step.role} | ${text} | ${escape(seenBy(step, incident))} |`;
  });
  const day = first === undefined ? '' : `${clock.date(first.timeUs)}, ${options.timeZone}`;
  const below = sections(incident, options).flatMap((section) => {
    const [command = '', reason = ''] = section.items;
    if (section.isCommand === true)
      return [`**${section.title}**`, '', '```sh', command, '```', '', escape(reason), ''];
    const items = section.items.map((item) => escape(clock.localize(item)));
    if (items.length === 1) return [`**${section.title}** ${items[0] ?? ''}`, ''];
    return [`**${section.title}**`, '', ...items.map((item) => `- ${item}`), ''];
  });
  return [
    `### ${escape(endSentence(incident.headline))}`,
    '',
    `**${escape(verdictWords(incident))}**`,
    '',
    `| ${escape(day)} | | | |`,
    '|---|---|---|---|',
    ...chain,
    '',
    ...below,
  ].join('\n');
}
