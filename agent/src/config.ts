import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { LOG_LEVELS, SECRET } from '@tapio/runtime';
import * as z from 'zod';
import { OPEN_ERRNOS } from './collectors/file/errno.ts';

export const COLLECTORS = ['process', 'memory', 'file', 'pods'] as const;

const MIB = 1024 * 1024;
const name = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[^\s\p{Cc}]+$/u, 'must hold no space or control character');
const powerOfTwo = z
  .int()
  .min(4096)
  .max(2 ** 30)
  .refine((n) => Number.isInteger(Math.log2(n)), 'must be a power of two');

/** Options of the agent; see `--help`. */
export const agentConfigSchema = z.strictObject({
  cluster: name.describe('name of the cluster'),
  node: name.default(hostname()).describe('name of the node, as Kubernetes calls it'),
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
  stateDir: z
    .string()
    .min(1)
    .default('/var/lib/tapio')
    .describe('directory of the spool and what a restart needs'),
  spoolBytes: z
    .int()
    .min(MIB)
    .default(512 * MIB)
    .describe('bound of the spool, in bytes'),
  spoolSync: z.boolean().default(true).describe('sync the spool to the disk before records leave the ring'),
  bpffs: z
    .string()
    .default('')
    .describe('directory in a mounted bpffs for pins: the capture goes on without an agent'),
  mountBpffs: z.boolean().default(false).describe('mount a bpffs at --bpffs where none is'),
  bpfDir: z
    .string()
    .default(fileURLToPath(new URL('../../bpf/build', import.meta.url)))
    .describe('directory of the compiled kernel programs'),
  collectors: z
    .array(z.enum(COLLECTORS))
    .default([...COLLECTORS])
    .describe(`which collectors run: ${COLLECTORS.join(', ')}`),
  critRingBytes: powerOfTwo.default(16 * MIB).describe('ring for lives and deaths, a power of two'),
  bulkRingBytes: powerOfTwo
    .default(8 * MIB)
    .describe('ring for what may be dropped under load, a power of two'),
  fileErrnos: z
    .array(z.enum(OPEN_ERRNOS))
    .default(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EMFILE', 'ENFILE'])
    .describe('with which errors a failed open is recorded'),
  fileEnoentAfterExecMs: z
    .int()
    .min(0)
    .max(600_000)
    .default(0)
    .describe('how long after its exec a process’ opens of files that do not exist are recorded; 0: never'),
  podsSource: z
    .string()
    .default('')
    .describe(
      'URL of the pods of this node: the kubelet’s /pods, or the API server’s list (which also names who changed a pod); or a file in that format',
    ),
  podsIntervalMs: z.int().min(100).default(1000).describe('how often the pod list is read'),
  podsTokenFile: z.string().default('').describe('bearer token for --pods-source'),
  podsCaFile: z.string().default('').describe('certificate authority of --pods-source'),
  httpPort: z
    .int()
    .min(0)
    .max(65_535)
    .default(9471)
    .describe('port of /livez, /readyz and /metrics; 0 picks a free one'),
  httpHost: z.string().default('127.0.0.1').describe('address of /livez, /readyz and /metrics'),
  logLevel: z
    .enum(LOG_LEVELS)
    .default('info')
    .describe(`how much is logged: ${LOG_LEVELS.join(', ')}`),
});

export type AgentConfig = z.output<typeof agentConfigSchema>;
