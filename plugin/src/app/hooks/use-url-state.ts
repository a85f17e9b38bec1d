import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';

/** State that is in the address, so that what is seen can be shared. An empty value leaves the address. */
export interface UrlState {
  get(key: string): string | null;
  all(key: string): readonly string[];
  set(changes: Readonly<Record<string, string | readonly string[] | undefined>>): void;
}

export function useUrlState(): UrlState {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (changes: Readonly<Record<string, string | readonly string[] | undefined>>) => {
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [key, value] of Object.entries(changes)) {
            next.delete(key);
            const values = value === undefined ? [] : typeof value === 'string' ? [value] : value;
            for (const item of values) if (item !== '') next.append(key, item);
          }
          return next;
        },
        { replace: true },
      );
    },
    [setParams],
  );
  return useMemo(
    () => ({ get: (key) => params.get(key), all: (key) => params.getAll(key), set }),
    [params, set],
  );
}
