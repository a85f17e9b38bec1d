import type { QueryEditorHelpProps } from '@grafana/data';
import { Button, Stack, Text } from '@grafana/ui';
import { queryText } from '../query.ts';
import type { TapioQuery } from '../types.ts';

interface Example {
  readonly title: string;
  readonly text: string;
  readonly query: Omit<TapioQuery, 'refId'>;
}

const EXAMPLES: readonly Example[] = [
  {
    title: 'What is failing now',
    text: 'Open incidents with their cause, newest first.',
    query: { queryType: 'incidents', format: 'table', states: ['open'] },
  },
  {
    title: 'Why does a pod crash',
    text: 'Every crash of the time range with what caused it, as a graph. Put your pod in.',
    query: {
      queryType: 'graph',
      cypher:
        "MATCH path = (crash:Event {type: 'container_died'})-[:CAUSED_BY*1..5]->(root:Event)\nWHERE $__timeFilter(crash.ts)\nRETURN path LIMIT $__limit",
    },
  },
  {
    title: 'What changed',
    text: 'Changes of pods and workloads, with the field manager that made them.',
    query: {
      queryType: 'table',
      cypher:
        "MATCH (e:Event)\nWHERE e.type IN ['pod_spec_changed', 'workload_spec_changed'] AND $__timeFilter(e.ts)\nRETURN e.ts AS time, e.namespace AS namespace, e.workload AS workload, e.words AS change, e.manager AS via\nORDER BY time DESC LIMIT $__limit",
    },
  },
  {
    title: 'Container deaths over time',
    text: 'A series for each exit code.',
    query: {
      queryType: 'timeSeries',
      cypher:
        "MATCH (e:Event)\nWHERE e.type = 'container_died' AND $__timeFilter(e.ts)\nRETURN e.ts - e.ts % ($__interval_ms * 1000) AS time, toString(e.exit_code) AS exit_code, count(*) AS deaths\nORDER BY time",
    },
  },
];

/** Examples to start from, shown above an empty query in Explore. */
export function QueryHelp({ onClickExample }: QueryEditorHelpProps<TapioQuery>) {
  return (
    <Stack direction="column" gap={2}>
      <Text element="h2">Questions to ask Tapio</Text>
      {EXAMPLES.map(({ title, text, query }) => (
        <Stack key={title} direction="column" gap={0.5}>
          <Text element="h3" variant="h5">
            {title}
          </Text>
          <Text color="secondary">{text}</Text>
          <div>
            <Button variant="secondary" size="sm" onClick={() => onClickExample({ refId: 'A', ...query })}>
              {queryText({ refId: 'A', ...query })}
            </Button>
          </div>
        </Stack>
      ))}
    </Stack>
  );
}
