import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { TapioDatasource } from '../datasource.ts';
import type { TapioQuery } from '../types.ts';
import { AnnotationQueryEditor, QueryEditor } from './QueryEditor.tsx';

jest.mock('@grafana/ui', () => ({
  ...jest.requireActual<object>('@grafana/ui'),
  CodeEditor: jest.requireActual<{ PlainCodeEditor: unknown }>('../../testing/code-editor.tsx')
    .PlainCodeEditor,
}));

const datasource = {
  schema: () => Promise.reject(new Error('not now')),
  namespaces: () => Promise.resolve(['billing', 'shop']),
  pods: (namespace: string) =>
    Promise.resolve(
      [
        { namespace: 'shop', name: 'checkout-1', isGone: false },
        { namespace: 'billing', name: 'ledger-1', isGone: true },
      ].filter((pod) => namespace === '' || pod.namespace === namespace),
    ),
} as unknown as TapioDatasource;

function show(query: Partial<TapioQuery>, Editor: typeof QueryEditor = QueryEditor) {
  const onChange = jest.fn<undefined, [TapioQuery]>();
  const onRunQuery = jest.fn();
  render(
    <Editor
      query={{ refId: 'A', ...query }}
      onChange={onChange}
      onRunQuery={onRunQuery}
      datasource={datasource}
    />,
  );
  return { onChange, onRunQuery };
}

async function choose(label: string, option: RegExp): Promise<void> {
  await userEvent.click(screen.getByLabelText(label));
  await userEvent.click(await screen.findByRole('option', { name: option }));
}

test('a query without a type is one for incidents', () => {
  show({});
  expect(screen.getByLabelText('Query type')).toHaveValue('Incidents');
  expect(screen.getByLabelText('States')).toBeInTheDocument();
});

test('choosing Cypher shows an editor with something to start from', async () => {
  const { onChange, onRunQuery } = show({ queryType: 'incidents' });
  await choose('Query type', /Cypher: table/);
  expect(onChange).toHaveBeenCalledWith(
    expect.objectContaining({ queryType: 'table', cypher: expect.stringContaining('MATCH') as string }),
  );
  expect(onRunQuery).toHaveBeenCalledTimes(1);
});

test('Cypher is written in an editor that knows the language, and runs when it is left', async () => {
  const { onChange, onRunQuery } = show({ queryType: 'table', cypher: 'RETURN 1' });
  const editor = screen.getByLabelText('Cypher');
  expect(editor).toHaveAttribute('data-language', 'cypher');
  await userEvent.type(editor, '00');
  expect(onChange).not.toHaveBeenCalled();
  await userEvent.tab();
  expect(onChange).toHaveBeenCalledWith({ refId: 'A', queryType: 'table', cypher: 'RETURN 100' });
  expect(onRunQuery).toHaveBeenCalled();
});

test('a variable inside quotes is warned of', () => {
  show({ queryType: 'table', cypher: "MATCH (e {namespace: '$namespace'}) RETURN e" });
  expect(screen.getByText(/\$namespace is inside quotes/)).toBeInTheDocument();
});

test('a root cause offers the pods of the namespace', async () => {
  const { onChange } = show({ queryType: 'rootCause', namespace: 'shop' });
  await choose('Pod', /checkout-1/);
  expect(onChange).toHaveBeenCalledWith({
    refId: 'A',
    queryType: 'rootCause',
    namespace: 'shop',
    pod: 'checkout-1',
  });
});

test('a root cause can be shown with its objects, or as the chain alone', async () => {
  const { onChange } = show({ queryType: 'rootCause', incident: 'INC-1' });
  await userEvent.click(screen.getByLabelText('Objects'));
  expect(onChange).toHaveBeenCalledWith(expect.objectContaining({ showEntities: true }));
  await choose('Show', /^Chain/);
  expect(onChange).toHaveBeenLastCalledWith(expect.objectContaining({ show: 'chain' }));
});

test('the chain has no objects to draw', () => {
  show({ queryType: 'rootCause', show: 'chain' });
  expect(screen.queryByLabelText('Objects')).not.toBeInTheDocument();
});

test('an incident may be given by id or variable', async () => {
  const { onChange } = show({ queryType: 'timeline' });
  await userEvent.type(screen.getByLabelText('Incident'), '$incident{Enter}');
  expect(onChange).toHaveBeenCalledWith({ refId: 'A', queryType: 'timeline', incident: '$incident' });
});

test('the limit can be set and taken away', async () => {
  const { onChange } = show({ queryType: 'incidents', limit: 5 });
  const limit = screen.getByLabelText('Limit');
  await userEvent.clear(limit);
  await userEvent.tab();
  expect(onChange).toHaveBeenLastCalledWith({ refId: 'A', queryType: 'incidents', limit: undefined });
});

test('incidents can be searched', async () => {
  const { onChange } = show({ queryType: 'incidents' });
  await userEvent.type(screen.getByLabelText('Contains'), ' checkout ');
  await userEvent.tab();
  expect(onChange).toHaveBeenCalledWith({ refId: 'A', queryType: 'incidents', search: 'checkout' });
});

test('annotations have neither type nor format to choose', () => {
  show({ queryType: 'incidents', format: 'annotations' }, AnnotationQueryEditor);
  expect(screen.queryByLabelText('Query type')).not.toBeInTheDocument();
  expect(screen.queryByLabelText('Format')).not.toBeInTheDocument();
  expect(screen.getByLabelText('Kinds')).toBeInTheDocument();
});
