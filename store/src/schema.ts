import { ENTITY_LABELS, EVENT_INDEXES } from '@tapio/domain';

/**
 * One step of the schema. Its statements can run again after a crash in the middle of them; each runs in a
 * transaction of its own, as Neo4j wants it of schema commands.
 */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

function unique(label: string, property: string): string {
  return `CREATE CONSTRAINT ${constraintName(label, property)} IF NOT EXISTS FOR (n:${label}) REQUIRE n.${property} IS UNIQUE`;
}

function constraintName(label: string, property: string): string {
  return `tapio_${label.replace(/^_/, '').toLowerCase()}_${property}_unique`;
}

function index(label: string, properties: readonly string[]): string {
  const name = `tapio_${label.toLowerCase()}_${properties.join('_')}`;
  return `CREATE INDEX ${name} IF NOT EXISTS FOR (n:${label}) ON (${properties.map((p) => `n.${p}`).join(', ')})`;
}

/** Never changed once released: a change is a further migration. */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'unique keys',
    statements: [
      unique('_Migration', 'version'),
      unique('_Lease', 'cluster'),
      unique('_Position', 'cluster'),
      unique('_Producer', 'key'),
      unique('Event', 'id'),
      unique('Incident', 'id'),
      ...ENTITY_LABELS.map((label) => unique(label, 'key')),
    ],
  },
  {
    version: 2,
    name: 'indexes of events and incidents',
    statements: [
      ...EVENT_INDEXES.map((properties) => index('Event', properties)),
      index('Incident', ['last_seen']),
      index('Incident', ['expires_at']),
    ],
  },
  {
    version: 3,
    name: 'join by container; producers by cluster',
    statements: [index('Event', ['container_id', 'ts']), index('_Producer', ['cluster'])],
  },
];

export const SCHEMA = MIGRATIONS.reduce((newest, { version }) => Math.max(newest, version), 0);
