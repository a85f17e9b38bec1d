import type { CoreApp, DataSourceInstanceSettings, ScopedVars } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';
import { DataSourceWithBackend, getTemplateSrv } from '@grafana/runtime';
import { annotationSupport } from './annotations.ts';
import { defaultQuery, isComplete, queryText } from './query.ts';
import type { GraphSchema, PodChoice, PodSource, SchemaSource, TapioOptions, TapioQuery } from './types.ts';
import { withVariables } from './variables-in-query.ts';
import { TapioVariableSupport } from './variable-support.ts';

/** Everything but the look of a query happens in the backend. */
export class TapioDatasource
  extends DataSourceWithBackend<TapioQuery, TapioOptions>
  implements PodSource, SchemaSource
{
  readonly #templateSrv: TemplateSrv;
  #schema: Promise<GraphSchema> | undefined;

  constructor(
    settings: DataSourceInstanceSettings<TapioOptions>,
    templateSrv: TemplateSrv = getTemplateSrv(),
  ) {
    super(settings);
    this.#templateSrv = templateSrv;
    this.annotations = annotationSupport;
    this.variables = new TapioVariableSupport(this);
  }

  override getDefaultQuery(app: CoreApp): Partial<TapioQuery> {
    return defaultQuery(app);
  }

  override filterQuery(query: TapioQuery): boolean {
    return isComplete(query);
  }

  override applyTemplateVariables(query: TapioQuery, scopedVars: ScopedVars): TapioQuery {
    return withVariables(query, this.#templateSrv, scopedVars);
  }

  override interpolateVariablesInQueries(queries: TapioQuery[], scopedVars: ScopedVars): TapioQuery[] {
    return queries.map((query) => ({
      ...this.applyTemplateVariables(query, scopedVars),
      datasource: this.getRef(),
    }));
  }

  override getQueryDisplayText(query: TapioQuery): string {
    return queryText(query);
  }

  async namespaces(): Promise<readonly string[]> {
    const { namespaces } = await this.getResource<{ namespaces: string[] }>('namespaces');
    return namespaces;
  }

  async pods(namespace: string): Promise<readonly PodChoice[]> {
    const { pods } = await this.getResource<{ pods: PodChoice[] }>(
      'pods',
      namespace === '' ? {} : { namespace },
    );
    return pods;
  }

  schema(): Promise<GraphSchema> {
    this.#schema ??= this.getResource<GraphSchema>('schema').catch((error: unknown) => {
      this.#schema = undefined;
      throw error;
    });
    return this.#schema;
  }
}
