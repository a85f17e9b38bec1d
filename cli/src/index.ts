export type { Check, CheckStatus } from './doctor/check.ts';
export { EXIT } from './exit-codes.ts';
export type { ProgramContext } from './program.ts';
export { runProgram } from './program.ts';
export type { Terminal } from './terminal.ts';
