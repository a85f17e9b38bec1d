export { AGENT_VERSION, runAgent } from './agent.ts';
export { BootClock } from './clock/boot-clock.ts';
export type { AgentConfig } from './config.ts';
export { COLLECTORS, agentConfigSchema } from './config.ts';
