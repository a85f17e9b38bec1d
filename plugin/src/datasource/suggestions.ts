import { CodeEditorSuggestionItemKind, type CodeEditorSuggestionItem } from '@grafana/ui';
import type { GraphSchema } from './types.ts';

const MACROS: ReadonlyArray<readonly [name: string, meaning: string]> = [
  ['$__timeFilter(e.ts)', 'the time range of the panel'],
  ['$__from', 'start of the time range, microseconds since the Unix epoch'],
  ['$__to', 'end of the time range, microseconds since the Unix epoch'],
  ['$__interval_ms', 'a distance of two points that suits the panel, milliseconds'],
  ['$__limit', 'rows that the query answers at most'],
];

/** What the Cypher editor offers while one types. */
export function suggestionsOf(schema: GraphSchema | undefined): CodeEditorSuggestionItem[] {
  const item = (
    kind: CodeEditorSuggestionItemKind,
    label: string,
    detail: string,
  ): CodeEditorSuggestionItem => ({
    kind,
    label,
    detail,
    insertText: label,
  });
  const macros = MACROS.map(([name, meaning]) => item(CodeEditorSuggestionItemKind.Method, name, meaning));
  if (schema === undefined) return macros;
  const { labels, relationshipTypes, eventProperties, eventTypes } = schema;
  return [
    ...macros,
    ...labels.map((label) => item(CodeEditorSuggestionItemKind.Constant, label, 'label')),
    ...relationshipTypes.map(({ name, from, to, meaning }) =>
      item(CodeEditorSuggestionItemKind.Constant, name, `${from} to ${to}: ${meaning}`),
    ),
    ...eventProperties.map(({ name, meaning }) => item(CodeEditorSuggestionItemKind.Property, name, meaning)),
    ...eventTypes.map(({ name, source, meaning }) =>
      item(CodeEditorSuggestionItemKind.Text, name, `event of ${source}: ${meaning}`),
    ),
  ];
}
