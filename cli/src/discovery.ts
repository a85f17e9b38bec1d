import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Folder in which each running `npm start` of this clone has one of its own. */
const RUNS_DIRECTORY = join(import.meta.dirname, '..', '..', '.tapio', 'run');

const Connection = z.object({
  cluster: z.string(),
  neo4jUrl: z.string(),
  neo4jUser: z.string(),
  neo4jPassword: z.string(),
  neo4jDatabase: z.string(),
  natsUrl: z.string(),
  agentUrl: z.string(),
  loaderUrl: z.string(),
  grafanaUrl: z.string().optional(),
});

/** How to reach what an `npm start` has started. */
export type RunningStack = z.infer<typeof Connection>;

const Run = z.object({ process: z.object({ pid: z.int(), startTicks: z.string() }) });

/** The newest `npm start` of this clone that runs; undefined where none does, or its file is not ours to read. */
export function findRunningStack(runsDirectory: string = RUNS_DIRECTORY): RunningStack | undefined {
  if (!existsSync(runsDirectory)) return undefined;
  return readdirSync(runsDirectory)
    .map((name) => join(runsDirectory, name))
    .filter((path) => existsSync(join(path, 'connection.json')) && isRunning(path))
    .sort((a, b) => startedMs(b) - startedMs(a))
    .map((path) => read(join(path, 'connection.json'), Connection))
    .find((connection) => connection !== undefined);
}

function startedMs(path: string): number {
  return statSync(join(path, 'connection.json')).mtimeMs;
}

/** The process is alive and is the same one: a pid is given out again. */
function isRunning(path: string): boolean {
  const run = read(join(path, 'run.json'), Run);
  if (run === undefined) return false;
  const stat = readText(`/proc/${run.process.pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] === run.process.startTicks;
}

function read<T>(path: string, schema: z.ZodType<T>): T | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
