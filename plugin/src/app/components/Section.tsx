import { Stack, Text } from '@grafana/ui';
import { useId, type ReactNode } from 'react';

interface Props {
  readonly title: string;
  readonly testId?: string;
  readonly children: ReactNode;
}

/** A part of a page under its own heading. */
export function Section({ title, testId, children }: Props) {
  const id = useId();
  return (
    <section aria-labelledby={id} data-testid={testId}>
      <Stack direction="column" gap={1}>
        <h3 id={id}>
          <Text element="span" variant="h4">
            {title}
          </Text>
        </h3>
        {children}
      </Stack>
    </section>
  );
}
