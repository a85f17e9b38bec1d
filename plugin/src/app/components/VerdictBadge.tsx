import { Badge, type BadgeColor } from '@grafana/ui';
import type { Verdict, VerdictWord } from '@tapio/domain';

const COLORS: Readonly<Record<VerdictWord, BadgeColor>> = {
  Likely: 'green',
  Possible: 'orange',
  'No clear cause': 'darkgrey',
};

/** How sure the answer is: the word, and the calibrated score behind it. */
export function VerdictBadge({ verdict }: { readonly verdict: Verdict }) {
  const { word, score, status } = verdict;
  const text = word === 'No clear cause' ? word : `${word} (${score.toFixed(2)})`;
  const tooltip =
    status === 'settled'
      ? 'Settled: all that could change it has been seen'
      : 'Provisional: evidence that could change it may still come in';
  return (
    <Badge
      color={COLORS[word]}
      text={status === 'settled' ? text : `${text}, provisional`}
      tooltip={tooltip}
    />
  );
}
