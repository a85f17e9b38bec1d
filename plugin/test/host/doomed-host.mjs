// A host that starts a plugin, prints the plugin's pid after its handshake, and waits to be killed.
import { spawn } from 'node:child_process';

const [launcher] = process.argv.slice(2);
const plugin = spawn(launcher, [], { env: process.env, stdio: ['ignore', 'pipe', 'ignore'] });
plugin.stdout.once('data', () => process.stdout.write(`${plugin.pid}\n`));
