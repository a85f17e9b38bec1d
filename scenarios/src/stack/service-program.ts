import { join } from 'node:path';
import { buildAgent } from '@tapio/agent/build';
import { repositoryRoot } from '@tapio/testkit';

/** The script of a service, as images start it. The agent's is bundled anew, so that it is that of the sources. */
export async function serviceProgram(name: 'agent' | 'loader'): Promise<string> {
  return name === 'agent' ? await buildAgent() : join(repositoryRoot, name, 'src', 'main.ts');
}
