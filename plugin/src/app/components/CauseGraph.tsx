import {
  dateTime,
  LoadingState,
  makeTimeRange,
  type DataFrame,
  type PanelData,
  type TimeRange,
} from '@grafana/data';
import { PanelRenderer } from '@grafana/runtime';
import { Alert, LoadingPlaceholder, Text } from '@grafana/ui';
import { useCallback, useMemo, useRef, useState } from 'react';
import { testIds } from '../../shared/test-ids.ts';
import { useLoaded } from '../hooks/use-loaded.ts';
import { rootCauseFrames } from '../queries.ts';

interface Props {
  readonly datasourceUid: string;
  readonly incidentId: string;
  readonly fromUs: number;
  readonly toUs: number;
}

const HEIGHT = 420;
const LEAST_WIDTH = 320;

/** The width of an element, as it changes. */
function useWidth(): [(element: HTMLDivElement | null) => void, number] {
  const [width, setWidth] = useState(LEAST_WIDTH);
  const observer = useRef<ResizeObserver | undefined>(undefined);
  const attach = useCallback((element: HTMLDivElement | null) => {
    observer.current?.disconnect();
    if (element === null) return;
    observer.current = new ResizeObserver(() => setWidth(Math.max(element.clientWidth, LEAST_WIDTH)));
    observer.current.observe(element);
  }, []);
  return [attach, width];
}

function rangeOf(fromUs: number, toUs: number): TimeRange {
  return makeTimeRange(dateTime(fromUs / 1000), dateTime(toUs / 1000));
}

/** Cause and effect in Grafana's own node graph. */
export function CauseGraph({ datasourceUid, incidentId, fromUs, toUs }: Props) {
  const [attach, width] = useWidth();
  const load = useCallback(
    () => rootCauseFrames(datasourceUid, incidentId, rangeOf(fromUs, toUs)),
    [datasourceUid, incidentId, fromUs, toUs],
  );
  const { value, error } = useLoaded<readonly DataFrame[]>(load);
  const data = useMemo<PanelData>(
    () => ({
      state: LoadingState.Done,
      series: (value ?? []).filter(({ name }) => name === 'nodes' || name === 'edges'),
      timeRange: rangeOf(fromUs, toUs),
    }),
    [value, fromUs, toUs],
  );
  const isEmpty = data.series.every(({ length }) => length === 0);

  return (
    <div
      ref={attach}
      data-testid={testIds.app.nodeGraph}
      role="figure"
      aria-label="Node graph of cause and effect; the chain above tells the same in words"
    >
      {error !== undefined && (
        <Alert severity="error" title="The node graph could not be read">
          {error}
        </Alert>
      )}
      {value === undefined && error === undefined && <LoadingPlaceholder text="Loading the node graph..." />}
      {value !== undefined && isEmpty && (
        <Text color="secondary">There is nothing to draw: the events are no longer in the graph.</Text>
      )}
      {value !== undefined && !isEmpty && (
        <div style={{ height: HEIGHT }}>
          <PanelRenderer
            pluginId="nodeGraph"
            title=""
            data={data}
            width={width}
            height={HEIGHT}
            options={{}}
            onOptionsChange={() => undefined}
          />
        </div>
      )}
    </div>
  );
}
