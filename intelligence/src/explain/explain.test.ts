import { describe, expect, test } from 'vitest';
import type { Incident } from '@tapio/domain';
import { INCIDENT_LIMITS } from '@tapio/domain';
import { Story, events, limitLowered, oomDeath } from '../../test/support/story.ts';
import { findingsOf } from './findings.ts';
import { columns, spread, wrap } from './layout.ts';
import { explainIncidentMarkdown } from './markdown.ts';
import { explainIncident } from './text.ts';

const HELSINKI = { timeZone: 'Europe/Helsinki' };

async function answer(given: Parameters<typeof events>[0], through = 60): Promise<Incident> {
  const story = new Story();
  await story.step(events(given), { now: 60, through });
  await story.step([], { now: 90 });
  const { only } = story;
  // How many rules there are, which comes nearest, and their version change with every rule.
  const checked = only.checked?.replace(/^\d+ rules; nearest: .*$/, 'N rules; nearest: NEAREST');
  return { ...only, rulesVersion: 'RULES', ...(checked === undefined ? {} : { checked }) };
}

const loweredLimit = (): Promise<Incident> =>
  answer([
    ...limitLowered(-31),
    ...oomDeath(0, 0),
    ...oomDeath(12, 1),
    ...oomDeath(41, 2),
    {
      t: '42s',
      event: 'container_waiting',
      reason: 'CrashLoopBackOff',
      restart_count: 3,
      message: 'back-off 40s restarting failed container=report pod=checkout-7d9c6b5f4-x2lqv_shop(pod-1)',
    },
  ]);

const resized = (): Promise<Incident> =>
  answer([
    {
      t: '-31s',
      event: 'pod_spec_changed',
      field: 'spec.containers[report].resources.limits.memory',
      category: 'resources',
      old: '256Mi',
      new: '32Mi',
      words: 'limits.memory 256Mi -> 32Mi',
      manager: 'kubectl-patch',
    },
    ...oomDeath(0, 0),
    ...oomDeath(12, 1),
  ]);

const unknown = (): Promise<Incident> =>
  answer(
    [0, 12, 41].flatMap((t, run) => [
      {
        t: `${t}s`,
        event: 'process_exit' as const,
        comm: 'ledger',
        pid: 100 + run,
        container_init: true,
        exit_code: 1,
        signal: 0,
        run,
        container: 'ledger',
      },
      {
        t: `${t}s`,
        event: 'container_died' as const,
        exit_code: 1,
        restart_count: run,
        started_us: `${t - 2}s`,
        container: 'ledger',
      },
    ]),
  );

const gap = (): Promise<Incident> =>
  answer([
    {
      t: '8s',
      event: 'capture_gap',
      reason: 'ring_overflow',
      sources: 'kernel',
      lanes: 'signal,bulk',
      start_us: '-6s',
      end_us: '8s',
      lost: 40,
    },
    { t: '0s', event: 'container_died', exit_code: 137, reason: 'OOMKilled' },
  ]);

const killed = (): Promise<Incident> =>
  answer([
    {
      t: '300ms',
      event: 'process_exit',
      comm: 'java',
      pid: 6344,
      container_init: true,
      signal: 9,
      sender_pid: 4711,
      sender_comm: 'bash',
      sender_uid: 0,
    },
    { t: '0s', event: 'container_died', exit_code: 137, reason: 'Error' },
  ]);

describe('what an engineer reads', () => {
  test('a memory limit lowered by a roll-out', async () => {
    expect(explainIncident(await loweredLimit(), HELSINKI)).toMatchInlineSnapshot(`
      "shop/checkout is crash-looping: its memory limit was lowered below what it needs.                Likely (0.97)

        21:59:29  change  Deployment shop/checkout: limits.memory 256Mi -> 32Mi      via kubectl-patch; user unknown
        22:00:41  cause   OOM killer killed java (pid 6346) in container report at its own limit of 32 MiB  [kernel]
        22:00:41  effect  container report died, exit 137, third time; back-off 40 s                       [kubelet]

        Why         Memory charged to container report was 32 MiB of 32 MiB when the kernel killed it; before the
                      change the limit was 256Mi.
        Ruled out   eviction: the kubelet evicted nothing of this pod
                    out of memory at the limit of the pod: the limit reached was that of the container
                    node out of memory: the limit reached was that of the container
                    SIGKILL from a person or another process: the sender of SIGKILL was the kernel
                    liveness kill: the sender of SIGKILL was the kernel
        Next        kubectl -n shop rollout undo deployment/checkout      revision 5d8f, before it, had 256Mi
        Proof       10 events, capture complete; rules RULES; INC-GFZES744
      "
    `);
  });

  test('a memory limit lowered in place', async () => {
    expect(explainIncident(await resized(), HELSINKI)).toMatchInlineSnapshot(`
      "shop/checkout is crash-looping: its memory limit was lowered below what it needs.                Likely (0.97)

        21:59:29  change  Pod shop/checkout-7d9c6b5f4-x2lqv: limits.memory 256Mi -> 32Mi
                                                                                     via kubectl-patch; user unknown
        22:00:12  cause   OOM killer killed java (pid 6345) in container report at its own limit of 32 MiB  [kernel]
        22:00:12  effect  container report died, exit 137, second time                                     [kubelet]

        Why         Memory charged to container report was 32 MiB of 32 MiB when the kernel killed it; before the
                      change the limit was 256Mi.
        Ruled out   eviction: the kubelet evicted nothing of this pod
                    out of memory at the limit of the pod: the limit reached was that of the container
                    node out of memory: the limit reached was that of the container
                    SIGKILL from a person or another process: the sender of SIGKILL was the kernel
                    liveness kill: the sender of SIGKILL was the kernel
        Next        kubectl -n shop patch pod checkout-7d9c6b5f4-x2lqv --subresource resize -p '{"spec":{"containers":[{"name":"report","resources":{"limits":{"memory":"256Mi"}}}]}}'
                    puts back the limit it had before
        Proof       7 events, capture complete; rules RULES; INC-WKJKHKJJ
      "
    `);
  });

  test('no clear cause', async () => {
    expect(explainIncident(await unknown(), HELSINKI)).toMatchInlineSnapshot(`
      "shop/checkout is crash-looping: exit 1, cause not clear.                                        No clear cause

        22:00:41  effect  container ledger died, exit 1, third time                                        [kubelet]

        What is certain   three exits with code 1, each 2 s after start; its first process, ledger (pid 102),
                            exited by itself; the OOM killer killed nothing in it; no change to the workload in 24 h
        Checked           N rules; nearest: NEAREST
        Would help        the container’s last log lines
        Next              kubectl -n shop logs checkout-7d9c6b5f4-x2lqv -c ledger --previous
                          the last lines before the exit often name it
        Proof             3 events, capture complete; rules RULES; INC-2G71Q222
      "
    `);
  });

  test('the kernel was not watched', async () => {
    expect(explainIncident(await gap(), HELSINKI)).toMatchInlineSnapshot(`
      "shop/checkout crashed: reported OOMKilled; the kernel’s record is missing.                     Possible (0.73)

        22:00:00  effect  container report died, exit 137                                                  [kubelet]

        What is certain   one exit with code 137; no change to the workload in 24 h
        Ruled out         eviction: the kubelet evicted nothing of this pod
        Missing           kernel events of node n1 may be missing from 21:59:54 to 22:00:08: ring overflow, 40
                            lost
        Would help        kernel records of the node, for what ended its process
        Next              kubectl -n shop top pod checkout-7d9c6b5f4-x2lqv --containers
                          shows what it uses now beside its limit
        Proof             1 event, capture with gaps; rules RULES; INC-E6KZ6E8D
      "
    `);
  });

  test('somebody killed it', async () => {
    expect(explainIncident(await killed(), { timeZone: 'UTC', link: 'Grafana: http://localhost:3000/i/1' }))
      .toMatchInlineSnapshot(`
      "shop/checkout crashed: bash (pid 4711, uid 0) on node n1 sent it SIGKILL.                        Likely (0.96)

        20:00:00  cause   bash (pid 4711, uid 0) on node n1 sent SIGKILL to java (pid 6344) in container report
                                                                                                            [kernel]
        20:00:00  effect  container report died, exit 137                                                  [kubelet]

        Why         Exit code 137 looks like an OOM kill from outside, but the kernel recorded who sent the
                      signal. What started that process, and who sat behind it, is in no record.
        Ruled out   eviction: the kubelet evicted nothing of this pod
                    out of memory at the container’s limit: the OOM killer killed nothing in the container
                    liveness kill: the sender of SIGKILL was bash (pid 4711, uid 0) on node n1, not the runtime
        Next        ps -o pid,ppid,user,lstart,args -p 4711      on node n1, shows what bash is, if it still runs
        Proof       2 events, capture complete; rules RULES; INC-X6BXPANR; Grafana: http://localhost:3000/i/1
      "
    `);
  });

  test('in a narrow terminal', async () => {
    expect(explainIncident(await loweredLimit(), { ...HELSINKI, width: 72 })).toMatchInlineSnapshot(`
      "shop/checkout is crash-looping: its memory limit was lowered below what
      it needs.                                                  Likely (0.97)

        21:59:29  change  Deployment shop/checkout: limits.memory 256Mi ->
                          32Mi                 via kubectl-patch; user unknown
        22:00:41  cause   OOM killer killed java (pid 6346) in container
                          report at its own limit of 32 MiB           [kernel]
        22:00:41  effect  container report died, exit 137, third time;
                          back-off 40 s                              [kubelet]

        Why         Memory charged to container report was 32 MiB of 32 MiB
                      when the kernel killed it; before the change the limit
                      was 256Mi.
        Ruled out   eviction: the kubelet evicted nothing of this pod
                    out of memory at the limit of the pod: the limit reached
                      was that of the container
                    node out of memory: the limit reached was that of the
                      container
                    SIGKILL from a person or another process: the sender of
                      SIGKILL was the kernel
                    liveness kill: the sender of SIGKILL was the kernel
        Next        kubectl -n shop rollout undo deployment/checkout
                    revision 5d8f, before it, had 256Mi
        Proof       10 events, capture complete; rules RULES; INC-GFZES744
      "
    `);
  });

  test('as Markdown', async () => {
    expect(explainIncidentMarkdown(await loweredLimit(), HELSINKI)).toMatchInlineSnapshot(`
      "### shop/checkout is crash-looping: its memory limit was lowered below what it needs.

      **Likely (0.97)**

      | 2026-01-02, Europe/Helsinki | | | |
      |---|---|---|---|
      | 21:59:29 | change | Deployment shop/checkout: limits.memory 256Mi -\\> 32Mi | via kubectl-patch; user unknown |
      | 22:00:41 | cause | OOM killer killed java (pid 6346) in container report at its own limit of 32 MiB | \\[kernel\\] |
      | 22:00:41 | effect | container report died, exit 137, third time; back-off 40 s | \\[kubelet\\] |

      **Why** Memory charged to container report was 32 MiB of 32 MiB when the kernel killed it; before the change the limit was 256Mi.

      **Ruled out**

      - eviction: the kubelet evicted nothing of this pod
      - out of memory at the limit of the pod: the limit reached was that of the container
      - node out of memory: the limit reached was that of the container
      - SIGKILL from a person or another process: the sender of SIGKILL was the kernel
      - liveness kill: the sender of SIGKILL was the kernel

      **Next**

      \`\`\`sh
      kubectl -n shop rollout undo deployment/checkout
      \`\`\`

      revision 5d8f, before it, had 256Mi

      **Proof** 10 events, capture complete; rules RULES; INC-GFZES744
      "
    `);
  });

  test('no line is wider than asked, but for commands that are to be pasted', async () => {
    const answers = await Promise.all([loweredLimit(), resized(), unknown(), gap(), killed()]);
    for (const width of [60, 80, 110]) {
      for (const incident of answers) {
        const lines = explainIncident(incident, { ...HELSINKI, width }).split('\n');
        for (const line of lines.filter((l) => !l.includes('kubectl') && !l.includes('ps -o'))) {
          expect(columns(line), line).toBeLessThanOrEqual(width);
        }
      }
    }
  });

  test('colour only when asked for', async () => {
    const incident = await loweredLimit();
    expect(explainIncident(incident, HELSINKI)).not.toContain('\u001B');
    const coloured = explainIncident(incident, { ...HELSINKI, color: true });
    expect(coloured).toContain('\u001B[31mLikely');
    expect(coloured.replaceAll(/\u001B\[\d+m/g, '')).toBe(explainIncident(incident, HELSINKI));
  });

  test('a time zone that does not exist is an error that names it', async () => {
    const incident = await killed();
    expect(() => explainIncident(incident, { timeZone: 'Mars/Olympus' })).toThrow('Mars/Olympus');
  });

  test('states that are not open are said', async () => {
    const incident = await killed();
    const text = (over: Partial<Incident>): string => explainIncident({ ...incident, ...over }, HELSINKI);
    expect(text({ state: 'closed' })).toContain('closed: it has run healthy since, or is gone');
    expect(text({ state: 'closed', supersededBy: 'INC-AAAAAAAA' })).toContain('superseded by INC-AAAAAAAA');
    expect(text({ state: 'muted' })).toContain('muted');
    expect(text({ verdict: { ...incident.verdict, status: 'provisional' } })).toContain(
      'Likely (0.96), provisional',
    );
  });
});

describe('what a workload calls itself', () => {
  test('never becomes a command, markup or a control sequence', async () => {
    const evil = { workload: 'Deployment/x;rm -rf ~', pod_name: '$(reboot)', pod_uid: 'evil' };
    const story = new Story();
    const list = events([...limitLowered(-31, evil), ...oomDeath(0, 0, evil)]).map((event) =>
      event.source === 'kernel'
        ? { ...event, data: { ...event.data, comm: 'a|b<script>\u001B[31m\u202E' } }
        : event,
    );
    await story.step(list, { now: 60, through: 60 });
    const incident = story.only;
    expect(incident.next).toBeUndefined();
    const text = explainIncident(incident, HELSINKI);
    expect(text).not.toMatch(/[\u001B\u202E]/);
    expect(explainIncidentMarkdown(incident, HELSINKI)).not.toContain('<script>');
  });
});

describe('findings for scripts', () => {
  test('name the object to act on, best first, without superseded ones', async () => {
    const [lowered, unclear] = [await loweredLimit(), await unknown()];
    const { findings } = findingsOf([
      unclear,
      { ...unclear, id: 'INC-OLD', supersededBy: unclear.id },
      lowered,
    ]);
    expect(findings.map((f) => f.cause)).toEqual(['oom-container-limit', 'unknown']);
    expect(findings[0]).toMatchObject({
      kind: 'Deployment',
      namespace: 'shop',
      name: 'checkout',
      symptom: 'crash_loop',
      change: { object: 'Deployment/shop/checkout', words: 'limits.memory 256Mi -> 32Mi' },
      next: 'kubectl -n shop rollout undo deployment/checkout',
    });
    expect(findings[0]?.chain.map((s) => s.time.slice(11, 19))).toEqual(['19:59:29', '20:00:41', '20:00:41']);
    expect(findings[1]?.change).toBeNull();
  });
});

describe('layout', () => {
  test('wide characters take two columns, combining marks none', () => {
    expect([columns('abc'), columns('日本'), columns('e\u0301'), columns('🔥')]).toEqual([3, 4, 1, 2]);
  });
  test('words are never broken', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('abcdefghij', 4)).toEqual(['abcdefghij']);
  });
  test('the right column stays right while the left one wraps', () => {
    expect(spread('left', 'right', 14)).toEqual(['left     right']);
    expect(spread('a left text to wrap', 'right', 14)).toEqual(['a left text to', 'wrap     right']);
    expect(spread('a left text to wrap', 'very right', 14)).toEqual([
      'a left text to',
      'wrap',
      '    very right',
    ]);
  });
});

test('from the death on at which the list of evidence is full, the answer says how many are counted only', async () => {
  const deaths = async (count: number): Promise<Incident> => {
    const spans = Array.from({ length: count }, (_, run) => oomDeath(run * 12, run));
    return answer([...limitLowered(-31), ...spans.flat()], count * 12 + 60);
  };
  expect(explainIncident(await deaths(60), HELSINKI)).not.toContain('counted only');
  const incident = await deaths(90);
  expect(incident.count).toBe(90);
  expect(incident.evidenceEventIds).toHaveLength(INCIDENT_LIMITS.evidence);
  const evidence = new Set(incident.evidenceEventIds);
  const listed = incident.symptomEventIds.filter((id) => evidence.has(id)).length;
  expect(listed).toBeGreaterThan(60);
  const words = `200 events, ${90 - listed} earlier symptoms are counted only`;
  expect(explainIncident(incident, HELSINKI).replaceAll(/\s+/g, ' ')).toContain(words);
});
