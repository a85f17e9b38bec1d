import { setTimeout as delay } from 'node:timers/promises';
import { Child } from '@tapio/testkit';
import { join } from 'node:path';
import { programPath } from '../programs.ts';
import type { ScenarioName } from '../truth.ts';
import type { ScenarioOptions } from './scenario.ts';
import { ScenarioPod } from './scenario.ts';

/** Deaths after which a scenario has shown what it is about. */
const DEATHS = 3;

/**
 * Starts a scenario's pod and does what the scenario is about, until it has happened three times. The pod goes on
 * as it is, until disposed.
 */
export async function runScenario(
  name: ScenarioName,
  options: ScenarioOptions,
  signal: AbortSignal,
): Promise<ScenarioPod> {
  const pod = await ScenarioPod.start(name, options);
  try {
    await pod.waitForReports(2, signal);
    const { identity } = pod.runner;
    pod.progress(
      `${identity.namespace}/${identity.podName} is healthy: two reports of 48 MiB each under a limit of 256 MiB`,
    );
    switch (name) {
      case 'oom-crash-loop':
        await lowerLimit(pod, signal);
        break;
      case 'sigkill':
        await killAgainAndAgain(pod, options.logDir, signal);
        break;
      case 'healthy':
        await pod.waitForReports(6, signal);
        pod.progress('four more reports, nothing else');
        break;
    }
    return pod;
  } catch (error) {
    await pod[Symbol.asyncDispose]();
    throw error;
  }
}

async function lowerLimit(pod: ScenarioPod, signal: AbortSignal): Promise<void> {
  const { change } = pod.truth;
  if (change === null) throw new Error('the truth of oom-crash-loop names no change');
  const resize = await pod.runner.resize(change.new, change.manager);
  pod.changed(resize.atMs);
  pod.progress(`its limits.memory is changed from ${change.old} to ${change.new} by ${change.manager}`);
  await pod.waitForDeaths(DEATHS, signal);
}

async function killAgainAndAgain(pod: ScenarioPod, logDir: string, signal: AbortSignal): Promise<void> {
  for (let death = 1; death <= DEATHS; death += 1) {
    await pod.runner.waitUntil(
      'the container to run',
      async () => (await pod.runner.pid()) !== undefined,
      signal,
    );
    await delay(1_000, undefined, { signal });
    const pid = await pod.runner.pid();
    if (pid === undefined) throw new Error('the container ended before it could be killed');
    pod.progress(`node-cleaner sends SIGKILL to process ${pid}`);
    const cleaner = await Child.start({
      name: 'node-cleaner',
      command: programPath('node-cleaner'),
      args: [String(pid)],
      logPath: join(logDir, 'node-cleaner.log'),
    });
    await cleaner.ended;
    await pod.waitForDeaths(death, signal);
  }
}
