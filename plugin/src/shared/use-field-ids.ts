import { useCallback, useId } from 'react';

/** Ids that join labels to their fields: several editors may be on one page. */
export function useFieldIds(): (label: string) => string {
  const prefix = useId();
  return useCallback((label: string) => `${prefix}${label.toLowerCase().replaceAll(' ', '-')}`, [prefix]);
}
