import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import type { ReactNode } from 'react';

const styles = (theme: GrafanaTheme2) => ({
  list: css({
    display: 'grid',
    gridTemplateColumns: 'fit-content(45%) 1fr',
    gap: theme.spacing(0.5, 2),
    margin: 0,
    '& dt': { fontWeight: theme.typography.fontWeightMedium },
    '& dd': { margin: 0 },
  }),
});

interface Fact {
  readonly term: string;
  readonly value: ReactNode;
}

/** Names with what is said of each. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  const { list } = useStyles2(styles);
  return (
    <dl className={list}>
      {facts.map(({ term, value }) => (
        <div key={term} style={{ display: 'contents' }}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Sentences, one a line. */
export function Sentences({ lines }: { readonly lines: readonly string[] }) {
  return (
    <ul style={{ margin: 0, paddingInlineStart: '1.5em' }}>
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}
