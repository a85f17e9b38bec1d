import {
  CustomVariableSupport,
  toDataFrame,
  type DataQueryRequest,
  type DataQueryResponse,
} from '@grafana/data';
import { getTemplateSrv, type DataSourceWithBackend } from '@grafana/runtime';
import type { Incident } from '@tapio/domain';
import { from, map, type Observable } from 'rxjs';
import { VariableQueryEditor } from './components/VariableQueryEditor.tsx';
import type { PodSource, TapioOptions, TapioQuery, TapioVariableQuery } from './types.ts';

export interface Option {
  readonly text: string;
  readonly value: string;
}

function responseOf(options: readonly Option[]): DataQueryResponse {
  return {
    data: [
      toDataFrame({
        fields: [
          { name: 'text', values: options.map(({ text }) => text) },
          { name: 'value', values: options.map(({ value }) => value) },
        ],
      }),
    ],
  };
}

/** The first column is the value; a second one, where there is one, is what people read. */
function optionsOfTable(response: DataQueryResponse): readonly Option[] {
  const error = response.errors?.[0];
  if (error !== undefined) throw new Error(error.message ?? 'The query failed.');
  const [frame] = response.data as Array<{ fields: Array<{ values: unknown[] }> } | undefined>;
  const [values, texts] = frame?.fields ?? [];
  return (values?.values ?? []).flatMap((cell, row) => {
    const value = cellText(cell);
    return value === undefined ? [] : [{ value, text: cellText(texts?.values[row]) ?? value }];
  });
}

function cellText(cell: unknown): string | undefined {
  if (cell === null || cell === undefined) return undefined;
  return typeof cell === 'string' ? cell : JSON.stringify(cell);
}

/** What fills variables: the datasource, which in turn holds this. */
type Source = DataSourceWithBackend<TapioQuery, TapioOptions> & PodSource;

/** What a dashboard variable can be filled with. */
export class TapioVariableSupport extends CustomVariableSupport<Source, TapioVariableQuery> {
  readonly #datasource: Source;

  constructor(datasource: Source) {
    super();
    this.#datasource = datasource;
  }

  override editor = VariableQueryEditor;

  override getDefaultQuery(): Partial<TapioVariableQuery> {
    return { kind: 'incidents' };
  }

  override query(request: DataQueryRequest<TapioVariableQuery>): Observable<DataQueryResponse> {
    const [target] = request.targets;
    if (target?.kind === 'cypher') return this.#fromCypher(request, target);
    return from(this.#options(request, target)).pipe(map(responseOf));
  }

  #fromCypher(
    request: DataQueryRequest<TapioVariableQuery>,
    target: TapioVariableQuery,
  ): Observable<DataQueryResponse> {
    const query = { refId: target.refId, queryType: 'table' as const, cypher: target.cypher ?? '' };
    return this.#datasource
      .query({ ...request, targets: [query] })
      .pipe(map((response) => responseOf(optionsOfTable(response))));
  }

  async #options(
    request: DataQueryRequest<TapioVariableQuery>,
    target: TapioVariableQuery | undefined,
  ): Promise<readonly Option[]> {
    const namespace = getTemplateSrv().replace(target?.namespace ?? '', request.scopedVars);
    switch (target?.kind) {
      case 'namespaces':
        return (await this.#datasource.namespaces()).map((name) => ({ text: name, value: name }));
      case 'pods': {
        const pods = await this.#datasource.pods(namespace);
        return pods.map(({ name, isGone }) => ({ text: isGone ? `${name} (gone)` : name, value: name }));
      }
      default: {
        const range = { from: request.range.from.valueOf(), to: request.range.to.valueOf() };
        const { incidents } = await this.#datasource.getResource<{ incidents: Incident[] }>('incidents', {
          ...range,
          ...(namespace === '' ? {} : { namespaces: namespace }),
        });
        return incidents.map(({ id, headline }) => ({ text: `${id} ${headline}`, value: id }));
      }
    }
  }
}
