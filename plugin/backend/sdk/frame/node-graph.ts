import { field, type Cell, type Field, type FieldConfig, type FieldOptions } from './field.ts';
import { Frame, type FrameMeta, type Notice } from './frame.ts';

/** The fields Grafana's node graph panel reads from `nodes`; everything but the id is optional. */
export interface GraphNode {
  readonly id: string;
  readonly title?: string;
  readonly subtitle?: string;
  readonly mainStat?: string | number;
  readonly secondaryStat?: string | number;
  /** Parts of the circle around the node by name; scaled to a sum of 1, as the panel demands. */
  readonly arcs?: Readonly<Record<string, number>>;
  readonly color?: string;
  /** Name of a Grafana icon. */
  readonly icon?: string;
  readonly nodeRadius?: number;
  readonly highlighted?: boolean;
  /** Pixels to the right and down. The panel lays nodes out by itself unless every node has one. */
  readonly position?: { readonly x: number; readonly y: number };
  /** Shown in the node's menu. */
  readonly details?: Readonly<Record<string, string>>;
}

export interface GraphEdge {
  /** The panel draws no arrow head where this holds spaces, quotes or brackets: it becomes part of an SVG address. */
  readonly id: string;
  /** Id of the node it starts from. */
  readonly source: string;
  /** Id of the node it leads to. */
  readonly target: string;
  readonly mainStat?: string | number;
  readonly secondaryStat?: string | number;
  readonly thickness?: number;
  readonly color?: string;
  /** SVG dash pattern, such as `4 2`. */
  readonly strokeDasharray?: string;
  readonly highlighted?: boolean;
  readonly details?: Readonly<Record<string, string>>;
}

export interface NodeGraphOptions {
  readonly refId?: string;
  readonly meta?: FrameMeta;
  /** Nodes beyond are left out, the last first; 500 unless given. The panel itself shows 200 at once. */
  readonly maxNodes?: number;
  /** Edges beyond are left out, the last first; 2,000 unless given. */
  readonly maxEdges?: number;
  /** Colour of each arc by its name. */
  readonly arcColors?: Readonly<Record<string, string>>;
  /** Of nodes. The panel's legend lists the stats and the colour by their display names. */
  readonly mainStat?: FieldConfig;
  readonly secondaryStat?: FieldConfig;
  readonly color?: FieldConfig;
}

export interface NodeGraph {
  /** The `nodes` frame, then the `edges` frame. */
  readonly frames: readonly [nodes: Frame, edges: Frame];
  readonly nodesLeftOut: number;
  readonly edgesLeftOut: number;
}

interface Kept<Item> {
  readonly items: readonly Item[];
  readonly repeated: number;
}

function dropRepeated<Item extends { readonly id: string }>(items: readonly Item[]): Kept<Item> {
  const byId = new Map<string, Item>();
  for (const item of items) if (!byId.has(item.id)) byId.set(item.id, item);
  return { items: [...byId.values()], repeated: items.length - byId.size };
}

function optionalField<Item>(
  name: string,
  items: readonly Item[],
  pick: (item: Item) => string | number | boolean | undefined,
  options: FieldOptions = {},
): Field[] {
  const values = items.map(pick);
  const present = values.filter((value) => value !== undefined);
  if (present.length === 0) return [];
  if (present.every((value) => typeof value === 'number')) {
    return [field(name, 'float64', values as Cell<'float64'>[], options)];
  }
  if (present.every((value) => typeof value === 'boolean')) {
    return [field(name, 'boolean', values as Cell<'boolean'>[], options)];
  }
  return [
    field(
      name,
      'string',
      values.map((value) => (value === undefined ? null : String(value))),
      options,
    ),
  ];
}

function keysOf(records: readonly (Readonly<Record<string, unknown>> | undefined)[]): string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record ?? {})))];
}

function detailFields(items: readonly { readonly details?: Readonly<Record<string, string>> }[]): Field[] {
  return keysOf(items.map(({ details }) => details)).flatMap((key) =>
    optionalField(`detail__${key.replaceAll(/\s+/g, '_')}`, items, ({ details }) => details?.[key], {
      config: { displayName: key },
    }),
  );
}

function arcFields(nodes: readonly GraphNode[], colors: Readonly<Record<string, string>>): Field[] {
  const sums = nodes.map(({ arcs = {} }) => Object.values(arcs).reduce((sum, part) => sum + part, 0));
  return keysOf(nodes.map(({ arcs }) => arcs)).map((key) => {
    const values = nodes.map(({ arcs }, index) => {
      const sum = sums[index] ?? 0;
      return sum > 0 ? (arcs?.[key] ?? 0) / sum : 0;
    });
    const fixedColor = colors[key];
    const config: FieldConfig = {
      displayName: key,
      ...(fixedColor === undefined ? {} : { color: { mode: 'fixed', fixedColor } }),
    };
    return field(`arc__${key}`, 'float64', values, { config });
  });
}

/** Only for all or none: the panel throws where some nodes have a place and others have not. */
function positionFields(nodes: readonly GraphNode[]): Field[] {
  const positions = nodes.flatMap(({ position }) => position ?? []);
  if (positions.length === 0 || positions.length < nodes.length) return [];
  return [
    field(
      'fixedx',
      'float64',
      positions.map(({ x }) => x),
    ),
    field(
      'fixedy',
      'float64',
      positions.map(({ y }) => y),
    ),
  ];
}

function statOptions(config: FieldConfig | undefined): FieldOptions {
  return config === undefined ? {} : { config };
}

function nodeFields(nodes: readonly GraphNode[], options: NodeGraphOptions): Field[] {
  return [
    field(
      'id',
      'string',
      nodes.map(({ id }) => id),
      { nullable: false },
    ),
    ...optionalField('title', nodes, ({ title }) => title),
    ...optionalField('subtitle', nodes, ({ subtitle }) => subtitle),
    ...optionalField('mainstat', nodes, ({ mainStat }) => mainStat, statOptions(options.mainStat)),
    ...optionalField(
      'secondarystat',
      nodes,
      ({ secondaryStat }) => secondaryStat,
      statOptions(options.secondaryStat),
    ),
    ...arcFields(nodes, options.arcColors ?? {}),
    ...optionalField('color', nodes, ({ color }) => color, statOptions(options.color)),
    ...optionalField('icon', nodes, ({ icon }) => icon),
    ...optionalField('noderadius', nodes, ({ nodeRadius }) => nodeRadius),
    ...optionalField('highlighted', nodes, ({ highlighted }) => highlighted),
    ...positionFields(nodes),
    ...detailFields(nodes),
  ];
}

function edgeFields(edges: readonly GraphEdge[]): Field[] {
  return [
    field(
      'id',
      'string',
      edges.map(({ id }) => id),
      { nullable: false },
    ),
    field(
      'source',
      'string',
      edges.map(({ source }) => source),
      { nullable: false },
    ),
    field(
      'target',
      'string',
      edges.map(({ target }) => target),
      { nullable: false },
    ),
    ...optionalField('mainstat', edges, ({ mainStat }) => mainStat),
    ...optionalField('secondarystat', edges, ({ secondaryStat }) => secondaryStat),
    ...optionalField('thickness', edges, ({ thickness }) => thickness),
    ...optionalField('color', edges, ({ color }) => color),
    ...optionalField('strokedasharray', edges, ({ strokeDasharray }) => strokeDasharray),
    ...optionalField('highlighted', edges, ({ highlighted }) => highlighted),
    ...detailFields(edges),
  ];
}

function counted(count: number, singular: string, plural: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? singular : plural}`;
}

/**
 * The two frames of a node graph. The panel throws on an edge to a node that is not there, so such edges, and
 * what is repeated or beyond the limits, are left out and counted in a notice on the `nodes` frame.
 */
export function nodeGraph(
  allNodes: readonly GraphNode[],
  allEdges: readonly GraphEdge[],
  options: NodeGraphOptions = {},
): NodeGraph {
  const uniqueNodes = dropRepeated(allNodes);
  const nodes = uniqueNodes.items.slice(0, options.maxNodes ?? 500);
  const ids = new Set(nodes.map(({ id }) => id));
  const uniqueEdges = dropRepeated(allEdges);
  const attached = uniqueEdges.items.filter(({ source, target }) => ids.has(source) && ids.has(target));
  const edges = attached.slice(0, options.maxEdges ?? 2000);

  const beyondNodes = uniqueNodes.items.length - nodes.length;
  const dangling = uniqueEdges.items.length - attached.length;
  const beyondEdges = attached.length - edges.length;
  const repeated = uniqueNodes.repeated + uniqueEdges.repeated;
  const texts = [
    beyondNodes > 0 &&
      `${counted(beyondNodes, 'node is', 'nodes are')} left out: the limit is ${nodes.length.toLocaleString('en')}.`,
    beyondEdges > 0 &&
      `${counted(beyondEdges, 'edge is', 'edges are')} left out: the limit is ${edges.length.toLocaleString('en')}.`,
    dangling > 0 &&
      `${counted(dangling, 'edge is', 'edges are')} left out: one of their nodes is not in the result.`,
    repeated > 0 && `${counted(repeated, 'row repeats', 'rows repeat')} the id of another and is left out.`,
  ].filter((text) => text !== false);
  const notices: Notice[] = texts.map((text) => ({ severity: 'warning', text }));

  const frameOptions = {
    ...(options.refId === undefined ? {} : { refId: options.refId }),
    meta: { preferredVisualisationType: 'nodeGraph', ...options.meta } satisfies FrameMeta,
    overflow: 'refuse' as const,
  };
  return {
    frames: [
      new Frame('nodes', nodeFields(nodes, options), frameOptions).withNotices(...notices),
      new Frame('edges', edgeFields(edges), frameOptions),
    ],
    nodesLeftOut: allNodes.length - nodes.length,
    edgesLeftOut: allEdges.length - edges.length,
  };
}
