import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Incident, ObservationEvent } from '@tapio/domain';
import { kernelEventId } from '@tapio/domain';
import { listIncidents } from '@tapio/store';
import { toolsMissing, waitFor } from '@tapio/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { death } from './crash-loop.ts';
import type { LoaderProcess, Servers } from './harness.ts';
import { launchServers, publish, startLoader } from './harness.ts';

const missing = toolsMissing();
if (missing !== undefined) process.stderr.write(`rules are not read again: ${missing}\n`);

const RULE = `kind: rule
id: exits-with-77
version: 1
title: The program gave up with 77
source: [https://example.com/77]
effect: { event: container_died, as: death, when: death.exit_code == 77 }
causes:
  - event: process_exit
    as: exit
    join: container
    within: { before: 3s, after: 3s }
    when: [exit.container_init]
    mechanism: the program gave up
    text: '{exit.comm} gave up'
cause: { code: gave-up-77, label: Gave up, meaning: The program says so. }
prior: 0.95
headline: '{subject} {symptom}: {exit.comm} gave up'
next:
  - { command: 'kubectl -n {namespace} logs {pod}', reason: it may say why }
ruledOut: giving up
tests:
  - name: it gives up
    given:
      - { t: 0s, event: process_exit, comm: server, pid: 42, container_init: true, exit_code: 77, signal: 0 }
      - { t: 0s, event: container_died, exit_code: 77 }
    expect: { cause: gave-up-77, word: Likely, chain: [process_exit, container_died] }
`;

describe.skipIf(missing !== undefined)('a loader that is told to read its rules again', () => {
  let servers: Servers;
  let loader: LoaderProcess;
  let rulesDir: string;
  const cluster = `c-${randomBytes(4).toString('hex')}`;
  let batch = 0;

  beforeAll(async () => {
    servers = await launchServers();
    rulesDir = join(servers.dir, 'rules');
    mkdirSync(rulesDir);
    loader = await startLoader(servers, cluster, ['--rules-dir', rulesDir]);
    await waitFor(async () => (await loader.ready()).ok, {
      timeoutMs: 30_000,
      describe: 'the loader to be ready',
      state: () => loader.child.logTail(5),
    });
  });
  afterAll(async () => {
    await loader.child.stop();
    await servers[Symbol.asyncDispose]();
  });

  /** A container of a pod of its own ends with 77, long enough ago for every window to be complete. */
  async function die(pod: string): Promise<void> {
    batch += 1;
    const nowUs = Date.now() * 1000;
    const atUs = nowUs - 300_000_000;
    const died = death(cluster, batch, atUs);
    const own = { podUid: `uid-${pod}`, podName: `${pod}-1`, workload: `Deployment/${pod}` };
    const exit: ObservationEvent = {
      ...died,
      ...own,
      id: kernelEventId({ cluster, node: 'node-1', captureEpoch: 'e1', ring: 'crit', sequence: batch }),
      source: 'kernel',
      type: 'process_exit',
      pid: 42,
      data: {
        boot_id: 'b',
        mono_us: '1',
        comm: 'server',
        started_mono_us: '1',
        container_init: 'true',
        exit_code: '77',
        signal: '0',
      },
    };
    const events = [exit, { ...died, ...own, data: { ...died.data, exit_code: '77' } }];
    await publish(servers, { cluster, batch, events, completeThroughUs: nowUs });
  }

  async function incidentOf(pod: string): Promise<Incident> {
    return waitFor(
      async () =>
        (await listIncidents(servers.graph, { cluster, limit: 10 })).find(
          ({ subject, verdict }) => subject.name === pod && verdict.status === 'settled',
        ),
      { timeoutMs: 30_000, describe: `an incident of ${pod}`, state: () => loader.child.logTail(5) },
    );
  }

  async function hangUp(sign: string): Promise<void> {
    const before = loader.child.output().length;
    process.kill(loader.child.pid, 'SIGHUP');
    await waitFor(() => loader.child.output().slice(before).includes(sign), {
      timeoutMs: 20_000,
      describe: `the loader to log "${sign}"`,
      state: () => loader.child.logTail(5),
    });
  }

  test('a rule that was added explains what is still open, and what comes after', async () => {
    await die('before');
    await waitFor(async () => (await loader.metric('tapio_loader_transaction_b_total')) > 0, {
      timeoutMs: 30_000,
      describe: 'the death to be decided on',
    });
    expect(await listIncidents(servers.graph, { cluster, limit: 10 })).toEqual([]);
    writeFileSync(join(rulesDir, 'exits-with-77.yaml'), RULE);
    await hangUp('"rules loaded"');
    await die('after');
    for (const pod of ['before', 'after'])
      expect((await incidentOf(pod)).verdict).toMatchObject({ causeCode: 'gave-up-77', word: 'Likely' });
    expect(loader.child.running).toBe(true);
  });

  test('a rule that is wrong is refused with its place, the others go on', async () => {
    writeFileSync(join(rulesDir, 'wrong.yaml'), RULE.replace('kind: rule', 'kind: rule\nunknown: 1'));
    await hangUp('"a rule was refused"');
    await die('beside-wrong');
    expect((await incidentOf('beside-wrong')).verdict.causeCode).toBe('gave-up-77');
  });

  test('where the rules can’t be read, the old ones stay', async () => {
    rmSync(rulesDir, { recursive: true });
    await hangUp('the rules could not be read again: the old ones stay');
    await die('old-rules');
    expect((await incidentOf('old-rules')).verdict.causeCode).toBe('gave-up-77');
    expect(await loader.child.stop()).toEqual({ code: 0, signal: null });
  });
});
