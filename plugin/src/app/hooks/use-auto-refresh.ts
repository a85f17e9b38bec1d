import { rangeUtil } from '@grafana/data';
import { useEffect } from 'react';

/** Calls `refresh` at the interval (`30s`, `5m`; empty: never), but not while nobody looks at the page. */
export function useAutoRefresh(interval: string, refresh: () => void): void {
  useEffect(() => {
    if (interval === '') return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState !== 'hidden') refresh();
    }, rangeUtil.intervalToMs(interval));
    return () => clearInterval(timer);
  }, [interval, refresh]);
}
