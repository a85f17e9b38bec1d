import { Alert, CodeEditor, Stack, Text } from '@grafana/ui';
import { useCallback, useEffect, useState } from 'react';
import { testIds } from '../../shared/test-ids.ts';
import { suggestionsOf } from '../suggestions.ts';
import type { GraphSchema, SchemaSource } from '../types.ts';
import { namesInQuotes } from '../variables-in-query.ts';

interface Props {
  /** Gives the names to complete; without it only macros are offered. */
  readonly source?: SchemaSource;
  readonly value: string;
  readonly onChange: (cypher: string) => void;
  readonly onRunQuery?: () => void;
}

function useSchema(source: SchemaSource | undefined): GraphSchema | undefined {
  const [schema, setSchema] = useState<GraphSchema | undefined>(undefined);
  useEffect(() => {
    let isShown = true;
    // Without names the editor still edits: a failure shows where it matters, in the query itself.
    source?.schema().then(
      (loaded) => isShown && setSchema(loaded),
      () => undefined,
    );
    return () => {
      isShown = false;
    };
  }, [source]);
  return schema;
}

/** Cypher with Monaco's own highlighting. The query runs when the editor loses focus or is saved (Ctrl+S). */
export function CypherEditor({ source, value, onChange, onRunQuery }: Props) {
  const schema = useSchema(source);
  const getSuggestions = useCallback(() => suggestionsOf(schema), [schema]);
  const quoted = namesInQuotes(value);
  const commit = (cypher: string): void => {
    if (cypher === value) return;
    onChange(cypher);
    onRunQuery?.();
  };
  return (
    <Stack direction="column" gap={1}>
      <div data-testid={testIds.queryEditor.cypher}>
        <CodeEditor
          language="cypher"
          height={160}
          value={value}
          showMiniMap={false}
          showLineNumbers
          monacoOptions={{ ariaLabel: 'Cypher', wordWrap: 'on' }}
          getSuggestions={getSuggestions}
          onBlur={commit}
          onSave={commit}
        />
      </div>
      <Text variant="bodySmall" color="secondary">
        $__timeFilter(e.ts), $__from and $__to (microseconds), $__interval_ms and $__limit are filled in.
        Variables are parameters: write e.namespace = $namespace, or e.namespace IN $namespace for several
        values, without quotes.
      </Text>
      {quoted.length > 0 && (
        <Alert severity="warning" title={`${quoted.map((name) => `$${name}`).join(', ')} is inside quotes`}>
          There it is plain text, not the variable. Take the quotes away: the value is passed as a parameter.
        </Alert>
      )}
    </Stack>
  );
}
