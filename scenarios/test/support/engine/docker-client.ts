/**
 * The command `docker` of tests: passes what it is asked to the engine of the test, like the real one to its daemon, and
 * ends as that says.
 */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { EngineAnswer, EngineRequest } from './process-engine.ts';

const socket = connect(process.env['TAPIO_TEST_ENGINE'] ?? '');
const request: EngineRequest = { argv: process.argv.slice(2), env: process.env };
socket.write(`${JSON.stringify(request)}\n`);
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    socket.destroy();
    process.exit(130);
  });
}
socket.on('error', () => {
  process.stderr.write('Cannot connect to the engine of the test\n');
  process.exit(1);
});
for await (const line of createInterface({ input: socket })) {
  const answer = JSON.parse(line) as EngineAnswer;
  if ('code' in answer) process.exitCode = answer.code;
  else process[answer.stream].write(answer.text);
}
