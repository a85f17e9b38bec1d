import type { CodeEditor } from '@grafana/ui';
import type { ComponentProps } from 'react';

/** Monaco does not run in jsdom: a text area in its place that commits when it loses focus. */
export function PlainCodeEditor({ value, onBlur, language }: ComponentProps<typeof CodeEditor>) {
  return (
    <textarea
      aria-label="Cypher"
      data-language={language}
      defaultValue={value}
      onBlur={(event) => onBlur?.(event.currentTarget.value)}
    />
  );
}
