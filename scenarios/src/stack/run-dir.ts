import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineDir } from '@tapio/testkit';
import { z } from 'zod';
import { projectName } from '../compose/environment.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { isAlive, thisProcess } from './process-identity.ts';

/** Folder with one folder for each `npm start` of this clone that runs, or was not stopped in order. */
const RUNS_DIR = join(machineDir, 'run');

const RUN_FILE = 'run.json';
/** What the cli reads to find a running `npm start`; mode 0600, because it holds the graph's password. */
const CONNECTION_FILE = 'connection.json';

const RunRecord = z.object({
  process: z.object({ pid: z.int(), startTicks: z.string(), bootId: z.string() }),
  /** Below the memory controller's mount. */
  cgroupRoot: z.string().regex(/^tapio-[0-9a-f]+$/),
  /** Where a container engine runs the stack. */
  composeProject: z
    .string()
    .regex(/^tapio-[0-9a-f]+-[0-9a-f]+$/)
    .optional(),
});

/** How to reach the servers of a run. */
export interface Connection {
  readonly cluster: string;
  readonly neo4jUrl: string;
  readonly neo4jUser: string;
  readonly neo4jPassword: string;
  readonly neo4jDatabase: string;
  readonly natsUrl: string;
  readonly agentUrl: string;
  readonly loaderUrl: string;
  readonly grafanaUrl?: string;
}

/** The folder of one run: everything that it writes is in there. */
export class RunDir {
  readonly path: string;
  readonly cgroupRoot: string;
  /** Where a container engine runs the stack. */
  readonly composeProject: string | undefined;

  private constructor(id: string, composed: boolean) {
    this.path = join(RUNS_DIR, id);
    this.cgroupRoot = `tapio-${id}`;
    this.composeProject = composed ? projectName(id) : undefined;
  }

  static make(options: { readonly composed: boolean }): RunDir {
    const run = new RunDir(randomBytes(4).toString('hex'), options.composed);
    for (const folder of ['', 'bpffs', 'agent', 'nats', 'neo4j', 'pods', 'logs']) {
      mkdirSync(join(run.path, folder), { recursive: true, mode: 0o700 });
    }
    const { cgroupRoot, composeProject } = run;
    const record = { process: thisProcess(), cgroupRoot, composeProject };
    writeFileSync(join(run.path, RUN_FILE), JSON.stringify(record), { mode: 0o600 });
    return run;
  }

  /** Path of a folder or file of the run. */
  file(...names: readonly string[]): string {
    return join(this.path, ...names);
  }

  /** Written whole or not at all: the cli may look at any moment. */
  writeConnection(connection: Connection): void {
    const next = this.file(`${CONNECTION_FILE}.next`);
    writeFileSync(next, `${JSON.stringify(connection, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(next, this.file(CONNECTION_FILE));
  }

  forgetConnection(): void {
    rmSync(this.file(CONNECTION_FILE), { force: true });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A run whose process is no more. */
export interface Leftover {
  readonly path: string;
  /** Absent when the run ended before it had written who it was. */
  readonly cgroupRoot?: string;
  readonly composeProject?: string | undefined;
  readonly process?: ProcessIdentity;
}

/** Runs of this clone that were not stopped in order. Runs that are alive are left alone. */
export function findLeftovers(): readonly Leftover[] {
  if (!existsSync(RUNS_DIR)) return [];
  return readdirSync(RUNS_DIR, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => {
      const path = join(RUNS_DIR, entry.name);
      const record = readRecord(join(path, RUN_FILE));
      if (record === undefined) return [{ path }];
      return isAlive(record.process) ? [] : [{ path, ...record }];
    });
}

function readRecord(path: string): z.infer<typeof RunRecord> | undefined {
  try {
    return RunRecord.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
