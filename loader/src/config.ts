import { hostname } from 'node:os';
import { LOG_LEVELS, SECRET } from '@tapio/runtime';
import { z } from 'zod';

const name = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[^\s\p{Cc}]+$/u, 'must hold no space or control character');

/** Options of the loader; see `--help`. */
export const loaderConfigSchema = z.strictObject({
  cluster: name.describe('name of the cluster whose signals are loaded'),
  owner: name
    .default(`${hostname()}-${process.pid}`)
    .describe('name of this loader among those that share the cluster; another start needs another name'),
  natsUrl: z.string().default('nats://127.0.0.1:4222').describe('NATS servers, comma-separated'),
  natsUser: z.string().default('').describe('user at NATS'),
  natsPassword: z.string().default('').describe('password at NATS').meta(SECRET),
  natsToken: z.string().default('').describe('token at NATS, in place of user and password').meta(SECRET),
  natsCaFile: z
    .string()
    .default('')
    .describe(
      'certificate authority of NATS, when it speaks TLS; --nats-url then names hosts (for an address the certificate has to name localhost)',
    ),
  neo4jUrl: z.string().default('bolt://127.0.0.1:7687').describe('Neo4j server; bolt+s:// for TLS'),
  neo4jUser: z.string().default('neo4j').describe('user at Neo4j'),
  neo4jPassword: z.string().default('').describe('password at Neo4j').meta(SECRET),
  neo4jDatabase: z.string().min(1).default('neo4j').describe('database at Neo4j'),
  neo4jCaFile: z.string().default('').describe('certificate authority of Neo4j, when it speaks TLS'),
  rulesDir: z
    .string()
    .default('')
    .describe('directory of rules that add to the built-in ones, or override by id; read again on SIGHUP'),
  leaseTtlMs: z
    .int()
    .min(1_000)
    .max(300_000)
    .default(15_000)
    .describe('how long a silent loader keeps the cluster from the others'),
  batchRecords: z.int().min(1).max(20_000).default(5_000).describe('records to write in one transaction'),
  eventRetentionDays: z
    .number()
    .positive()
    .max(3_650)
    .default(7)
    .describe('how long events stay that no incident uses'),
  incidentRetentionDays: z
    .number()
    .positive()
    .max(3_650)
    .default(90)
    .describe('how long incidents and their events stay after their last change'),
  httpPort: z
    .int()
    .min(0)
    .max(65_535)
    .default(9472)
    .describe('port of /livez, /readyz and /metrics; 0 picks a free one'),
  httpHost: z.string().default('127.0.0.1').describe('address of /livez, /readyz and /metrics'),
  logLevel: z
    .enum(LOG_LEVELS)
    .default('info')
    .describe(`how much is logged: ${LOG_LEVELS.join(', ')}`),
});

export type LoaderConfig = z.output<typeof loaderConfigSchema>;
