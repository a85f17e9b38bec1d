import { Input } from '@grafana/ui';
import type { ComponentProps } from 'react';

interface Props extends Pick<ComponentProps<typeof Input>, 'id' | 'width' | 'placeholder' | 'type' | 'min'> {
  readonly value: string;
  readonly onCommit: (text: string) => void;
}

/** A field whose text counts when it is left or Enter is pressed: a query must not run at every key. */
export function CommitInput({ value, onCommit, ...input }: Props) {
  return (
    <Input
      key={value}
      defaultValue={value}
      onBlur={(event) => {
        const text = event.currentTarget.value.trim();
        if (text !== value) onCommit(text);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
      }}
      {...input}
    />
  );
}
