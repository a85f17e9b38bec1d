import type { AnnotationQuery, AnnotationSupport } from '@grafana/data';
import { AnnotationQueryEditor } from './components/QueryEditor.tsx';
import type { TapioQuery } from './types.ts';

/** Incidents on other panels' time axes: from their first to their last symptom. */
export const annotationSupport: AnnotationSupport<TapioQuery> = {
  QueryEditor: AnnotationQueryEditor,
  getDefaultQuery: () => ({ queryType: 'incidents', format: 'annotations' }),
  // An annotation that nobody has edited yet holds no query.
  prepareQuery: ({ target }: AnnotationQuery<TapioQuery>): TapioQuery => ({
    refId: 'Anno',
    ...target,
    queryType: 'incidents',
    format: 'annotations',
  }),
};
