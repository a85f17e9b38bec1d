import { useCallback, useEffect, useMemo, useState } from 'react';

/** What a page shows: the last value stays while it is loaded again. */
export interface Loaded<Value> {
  readonly value: Value | undefined;
  readonly error: string | undefined;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/** The sentence of an error, whichever of Grafana's shapes it has. */
function errorText(error: unknown): string {
  if (typeof error === 'object' && error !== null) {
    const { data, message, statusText } = error as {
      data?: { message?: string };
      message?: string;
      statusText?: string;
    };
    const text = data?.message ?? message ?? statusText;
    if (text !== undefined && text !== '') return text;
  }
  return 'The request failed without saying why: is the plugin’s backend running?';
}

interface Call<Value> {
  readonly load: () => Promise<Value>;
  readonly generation: number;
}

interface Outcome<Value> {
  readonly value: Value | undefined;
  readonly error: string | undefined;
  /** The call it came from; another one is still under way when it is not the newest. */
  readonly of: Call<Value> | undefined;
}

/**
 * Runs `load` at once, whenever it changes (give it `useCallback`) and on `reload`. An answer that comes after a
 * later call was made is dropped.
 */
export function useLoaded<Value>(load: () => Promise<Value>): Loaded<Value> {
  const [generation, setGeneration] = useState(0);
  const [outcome, setOutcome] = useState<Outcome<Value>>({
    value: undefined,
    error: undefined,
    of: undefined,
  });
  const call = useMemo<Call<Value>>(() => ({ load, generation }), [load, generation]);
  const reload = useCallback(() => setGeneration((before) => before + 1), []);

  useEffect(() => {
    let isNewest = true;
    call.load().then(
      (value) => {
        if (isNewest) setOutcome({ value, error: undefined, of: call });
      },
      (error: unknown) => {
        if (isNewest) setOutcome(({ value }) => ({ value, error: errorText(error), of: call }));
      },
    );
    return () => {
      isNewest = false;
    };
  }, [call]);

  return { value: outcome.value, error: outcome.error, isLoading: outcome.of !== call, reload };
}
