import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { machineDir, root, toolPath } from './paths.mjs';

/** A step did not succeed. What to do next is part of it. */
export class StepError extends Error {
  /** @override */
  name = 'StepError';

  /**
   * @param {string} message
   * @param {{ advice: string, logPath?: string, cause?: unknown }} details
   */
  constructor(message, details) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.advice = details.advice;
    this.logPath = details.logPath;
  }

  /** The last lines of the log, or nothing. */
  logTail(lines = 15) {
    if (this.logPath === undefined) return '';
    return readFileSync(this.logPath, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }
}

/**
 * @typedef {object} RunOptions
 * @property {string} log name of the log under .tapio/logs
 * @property {string} advice what to do when it fails
 * @property {string} [cwd]
 * @property {Record<string, string>} [env] added to this process's
 * @property {(line: string) => void} [status] takes each line of output
 * @property {boolean} [append] keep what the log holds
 */

/**
 * Runs a command with both streams in a log.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} options
 * @returns {Promise<string>} what it printed
 * @throws {StepError} when it cannot be started or does not end with 0
 */
export async function run(command, args, options) {
  const logs = join(machineDir, 'logs');
  mkdirSync(logs, { recursive: true });
  const logPath = join(logs, `${options.log}.log`);
  const log = openSync(logPath, options.append === true ? 'a' : 'w');
  writeSync(log, `$ ${[command, ...args].join(' ')}\n`);
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(command, args, {
        cwd: options.cwd ?? root,
        env: { ...process.env, PATH: toolPath, ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      /** @type {string[]} */
      const printed = [];
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8');
        stream.on('data', (/** @type {string} */ text) => {
          writeSync(log, text);
          printed.push(text);
          const last = text.trimEnd().split('\n').at(-1);
          if (last) options.status?.(last);
        });
      }
      const fail = (/** @type {string} */ what, /** @type {unknown} */ cause) => {
        reject(new StepError(`${command} ${what}`, { advice: options.advice, logPath, cause }));
      };
      child.on('error', (error) => {
        fail(`could not be started (${error.message})`, error);
      });
      child.on('close', (code, signal) => {
        if (code === 0) resolve(printed.join(''));
        else fail(signal === null ? `ended with code ${String(code)}` : `was ended by ${signal}`, undefined);
      });
    });
  } finally {
    closeSync(log);
  }
}
