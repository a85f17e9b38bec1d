import { Stack, Text } from '@grafana/ui';
import { useId, type ReactNode } from 'react';

interface Props {
  readonly title: string;
  readonly children: ReactNode;
}

/** A part of a page under its own heading. */
export function Section({ title, children }: Props) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Stack direction="column" gap={1}>
        <h2 id={id} style={{ margin: 0 }}>
          <Text element="span" variant="h5">
            {title}
          </Text>
        </h2>
        {children}
      </Stack>
    </section>
  );
}
