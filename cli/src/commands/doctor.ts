import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { CliConfig } from '../config.ts';
import type { Check, CheckStatus } from '../doctor/check.ts';
import { endpointChecks } from '../doctor/endpoints.ts';
import type { MachineView } from '../doctor/kernel.ts';
import { kernelChecks } from '../doctor/kernel.ts';
import { serverChecks } from '../doctor/servers.ts';
import { EXIT } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import { paint } from '../terminal.ts';

export interface DoctorOptions {
  readonly json?: boolean;
}

const COLOUR = { ok: 'green', warn: 'yellow', fail: 'red' } as const satisfies Record<CheckStatus, string>;

/** Says what is wrong, and how to mend it. */
export async function doctor(
  options: DoctorOptions,
  { config, terminal }: { readonly config: CliConfig; readonly terminal: Terminal },
): Promise<number> {
  const [servers, endpoints] = await Promise.all([serverChecks(config), endpointChecks(config)]);
  const checks = [...kernelChecks(thisMachine()), ...servers, ...endpoints];
  const healthy = checks.every((check) => check.status !== 'fail');
  if (options.json === true) terminal.out(`${JSON.stringify({ healthy, checks }, undefined, 2)}\n`);
  else terminal.out(checks.map((check) => lines(check, terminal)).join(''));
  return healthy ? EXIT.ok : EXIT.failed;
}

function lines({ name, status, found, mend }: Check, terminal: Terminal): string {
  const head = `${paint(terminal, COLOUR[status], status.padEnd(4))}  ${name.padEnd(16)}${found}\n`;
  return mend === undefined
    ? head
    : `${head}${' '.repeat(22)}${paint(terminal, 'dim', 'to mend it:')} ${mend}\n`;
}

function thisMachine(): MachineView {
  return {
    release: release(),
    uid: process.getuid?.(),
    exists: existsSync,
    readText: (path) => {
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return undefined;
      }
    },
  };
}
