import { findRunningStack } from './discovery.ts';
import { runProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

process.exitCode = await runProgram(process.argv.slice(2), {
  terminal: processTerminal(),
  environment: process.env,
  findRunningStack,
  nowMs: Date.now,
});
