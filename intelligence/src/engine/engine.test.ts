import { describe, expect, test } from 'vitest';
import { Story, at, events, limitLowered, oomDeath } from '../../test/support/story.ts';

describe('what a crash loop becomes', () => {
  test('deaths that go back to one change are one incident, with the chain down to the change', async () => {
    const story = new Story();
    const list = events([...limitLowered(-31), ...oomDeath(0, 0), ...oomDeath(12, 1), ...oomDeath(40, 2)]);
    await story.step(list, { now: 60, through: 60 });
    const incident = story.only;
    expect(incident.headline).toBe(
      'shop/checkout is crash-looping: its memory limit was lowered below what it needs',
    );
    expect(incident.verdict).toMatchObject({
      word: 'Likely',
      status: 'settled',
      causeCode: 'oom-container-limit',
    });
    expect(incident.count).toBe(3);
    expect(incident.chain.map((s) => s.role)).toEqual(['change', 'cause', 'effect']);
    expect(incident.chain.at(-1)?.text).toBe('container report died, exit 137, third time');
    expect(incident.change).toMatchObject({
      words: 'limits.memory 256Mi -> 32Mi',
      actor: 'via kubectl-patch; user unknown',
    });
    expect(incident.rootCauseEventId).toBe(list[0]?.id);
    expect(incident.firstSeenUs).toBe(at(0));
    expect(incident.lastSeenUs).toBe(at(40));
    expect(story.edges.size).toBe(6);
  });

  test('pods of one workload that go back to one change are one incident', async () => {
    const story = new Story();
    const other = { pod_uid: 'pod-2', pod_name: 'checkout-7d9c6b5f4-abcde' };
    await story.step(events([...limitLowered(-31), ...oomDeath(0, 0), ...oomDeath(5, 0, other)]), {
      now: 60,
      through: 60,
    });
    expect(story.only.pods.map((p) => p.uid)).toEqual(['pod-2', 'pod-1']);
    expect(story.only.count).toBe(2);
  });

  test('two containers that fail of different causes are two incidents', async () => {
    const story = new Story();
    const killed = {
      comm: 'envoy',
      container: 'proxy',
      container_init: true,
      signal: 9,
      sender_pid: 7,
      sender_comm: 'bash',
    };
    await story.step(
      events([
        ...oomDeath(0, 0),
        { t: '1s', event: 'process_exit', ...killed },
        { t: '1s', event: 'container_died', container: 'proxy', exit_code: 137 },
      ]),
      { now: 60, through: 60 },
    );
    expect(story.standing.map((i) => i.verdict.causeCode).sort()).toEqual([
      'killed-by-process',
      'oom-container-limit',
    ]);
  });

  test('deaths more than a quarter of an hour apart are two episodes', async () => {
    const story = new Story();
    await story.step(events([...oomDeath(0, 0), ...oomDeath(1000, 1)]), { now: 1100, through: 1100 });
    expect(story.standing).toHaveLength(2);
    expect(story.standing.every((i) => i.headline.includes('crashed'))).toBe(true);
  });

  test('a death whose kernel records were lost stays with its episode and takes nothing from its certainty', async () => {
    const story = new Story();
    await story.step(
      events([
        ...oomDeath(0, 0),
        {
          t: '25s',
          event: 'capture_gap',
          reason: 'ring_overflow',
          sources: 'kernel',
          start_us: '15s',
          end_us: '25s',
          lost: 3,
        },
        { t: '20s', event: 'container_died', exit_code: 137, reason: 'OOMKilled', restart_count: 1 },
      ]),
      { now: 60, through: 60 },
    );
    expect(story.only).toMatchObject({
      count: 2,
      verdict: { word: 'Likely', causeCode: 'oom-container-limit' },
    });
  });
});

test('hundreds of pods of one workload that die at once stop no rule and are one incident', async () => {
  const story = new Story({ clockMs: () => 0 });
  const deaths = Array.from({ length: 300 }, (_, n) =>
    events(oomDeath(n / 100, 0, { pod_uid: `pod-${n}`, pod_name: `checkout-${n}` }), `${n}/`),
  );
  await story.step([...events(limitLowered(-31)), ...deaths.flat()], { now: 60, through: 60 });
  expect(story.only).toMatchObject({ count: 300, verdict: { word: 'Likely' } });
  expect(story.only.symptomEventIds).toHaveLength(100);
  expect(story.engine.stats().rules.filter((r) => r.strikes > 0)).toEqual([]);
});

describe('time', () => {
  test('a verdict is provisional until the nodes have reported past its windows, then settled', async () => {
    const story = new Story();
    await story.step(events(oomDeath(0, 0)), { now: 1, through: 0 });
    expect(story.only.verdict).toMatchObject({ word: 'Likely', status: 'provisional' });
    await story.step([], { now: 8, through: 8 });
    expect(story.only.verdict).toMatchObject({ word: 'Likely', status: 'settled' });
    expect(story.only.gaps).toEqual([]);
  });

  test('a node that does not report is waited for so long, then the hole is named', async () => {
    const story = new Story();
    await story.step(events([{ t: '0s', event: 'container_died', exit_code: 137, reason: 'OOMKilled' }]), {
      now: 1,
    });
    expect(story.only.verdict.status).toBe('provisional');
    await story.step([], { now: 5 });
    expect(story.only.verdict.status).toBe('provisional');
    await story.step([], { now: 14 });
    expect(story.only.verdict).toMatchObject({ word: 'Possible', status: 'settled' });
    expect(story.only.gaps.join()).toContain('node n1 reports no kernel events');
    await story.step([], { now: 20, through: 20 });
    expect(story.only.state, 'watched after all, and nothing was killed').toBe('closed');
  });

  test('no clear cause is not said before the windows are over', async () => {
    const story = new Story();
    const deaths = [0, 3].map((t, run) => ({
      t: `${t}s`,
      event: 'container_died' as const,
      exit_code: 1,
      restart_count: run,
    }));
    await story.step(events(deaths), { now: 4, through: 3 });
    expect(story.standing).toEqual([]);
    await story.step([], { now: 12, through: 12 });
    expect(story.only.verdict).toEqual({ word: 'No clear cause', score: 0, status: 'settled' });
  });

  test('late evidence makes a new revision and withdraws what it refutes', async () => {
    const story = new Story();
    const [killed, born] = [
      events(oomDeath(0, 0)),
      events([{ t: '-20s', event: 'pod_created', revision: '5d8f' }], 'late/'),
    ];
    await story.step([...events(limitLowered(-31), 'change/'), ...killed], { now: 10, through: 10 });
    const before = story.only;
    expect(before.change?.words).toBe('limits.memory 256Mi -> 32Mi');
    await story.step(born, { now: 20, through: 20 });
    const after = story.only;
    expect(after.change, 'the pod is of the revision before the change').toBeUndefined();
    expect([...story.edges.keys()]).toEqual([
      'test/2/container_died <- test/0/oom_kill (oom-at-container-limit)',
    ]);
    expect(story.incidents.get(before.id)).toMatchObject({ state: 'closed', supersededBy: after.id });
  });

  test('a death that turns out to be the end of a deleted pod is no incident any more', async () => {
    const story = new Story();
    await story.step(events(oomDeath(0, 0)), { now: 10, through: 10 });
    expect(story.only.state).toBe('open');
    await story.step(events([{ t: '-1s', event: 'pod_deleted', stage: 'requested' }], 'late/'), {
      now: 20,
      through: 20,
    });
    expect(story.only.state).toBe('closed');
    expect(story.edges.size).toBe(0);
  });

  test('an incident closes when the container has run healthy for ten minutes, and opens again when it fails again', async () => {
    const story = new Story();
    await story.step(events([...limitLowered(-31), ...oomDeath(0, 0), ...oomDeath(20, 1)]), {
      now: 30,
      through: 30,
    });
    await story.step(events([{ t: '30s', event: 'container_started', restart_count: 2 }], 'a/'), {
      now: 40,
      through: 40,
    });
    await story.step([], { now: 620, through: 620 });
    expect(story.only.state).toBe('open');
    await story.step([], { now: 640, through: 640 });
    expect(story.only.state).toBe('closed');
    await story.step(events(oomDeath(700, 2), 'b/'), { now: 710, through: 710 });
    expect(story.only).toMatchObject({ state: 'open', count: 3 });
  });

  test('an incident closes when its pods are gone', async () => {
    const story = new Story();
    await story.step(events(oomDeath(0, 0)), { now: 10, through: 10 });
    await story.step(events([{ t: '60s', event: 'pod_deleted', stage: 'gone' }], 'a/'), {
      now: 70,
      through: 70,
    });
    expect(story.only.state).toBe('closed');
  });
});

describe('what it does not know', () => {
  test('a gap that another container or lane has says nothing about this one', async () => {
    const story = new Story();
    const gap = {
      t: '5s',
      event: 'capture_gap' as const,
      reason: 'ring_overflow',
      sources: 'kernel',
      start_us: '-5s',
      end_us: '5s',
    };
    await story.step(
      events([
        { t: '0s', event: 'container_died', exit_code: 137, restart_count: 0 },
        { t: '3s', event: 'container_died', exit_code: 137, restart_count: 1 },
        { ...gap, lanes: 'bulk' },
        { ...gap, containers: 'ffff' },
      ]),
      { now: 60, through: 60 },
    );
    expect(story.only.gaps).toEqual([]);
    expect(story.only.ruledOut.map((r) => r.cause)).toContain('out of memory at the container’s limit');
  });

  test('what a gap may hide is not ruled out', async () => {
    const story = new Story();
    await story.step(
      events([
        { t: '0s', event: 'container_died', exit_code: 137, restart_count: 0 },
        { t: '3s', event: 'container_died', exit_code: 137, restart_count: 1 },
        {
          t: '5s',
          event: 'capture_gap',
          reason: 'agent_down',
          sources: 'kernel,kubelet',
          start_us: '-5s',
          end_us: '5s',
        },
      ]),
      { now: 60, through: 60 },
    );
    expect(story.only.ruledOut).toEqual([]);
    expect(story.only.gaps.join()).toContain('agent down');
  });

  test('a capture that began a moment ago does not vouch for what was before', async () => {
    const story = new Story();
    await story.step(
      events([
        { t: '-2s', event: 'capture_started', agent_version: '1', collectors: 'process,memory,pods' },
        ...oomDeath(0, 0),
      ]),
      { now: 60, through: 60 },
    );
    expect(story.only.verdict.word).toBe('Likely');
    expect(story.only.change).toBeUndefined();
    expect(story.only.gaps.join()).toContain('capture on node n1 began only at');
  });

  test('a collector that does not run proves no absence', async () => {
    const story = new Story();
    await story.step(
      events([
        { t: '-2d', event: 'capture_started', agent_version: '1', collectors: 'process,pods' },
        { t: '0s', event: 'container_died', exit_code: 137, reason: 'OOMKilled' },
      ]),
      { now: 60, through: 60 },
    );
    expect(story.only.verdict).toMatchObject({ word: 'Possible', causeCode: 'oom-killed' });
    expect(story.only.gaps.join()).toContain('the memory collector of node n1 does not run');
  });

  test('beyond its memory it asks the facts: a change of yesterday is found though memory began a minute ago', async () => {
    const story = new Story({ completeFromUs: at(-60) });
    story.facts.add(events(limitLowered(-80_000), 'old/'));
    await story.step(events(oomDeath(0, 0)), { now: 10, through: 10 });
    expect(story.only.change?.words).toBe('limits.memory 256Mi -> 32Mi');
    expect(story.engine.stats().factQueries).toBeGreaterThan(0);
  });
});

describe('a restart', () => {
  test('goes on with ids, counts and revisions, and withdraws an edge that it would not make again', async () => {
    const first = new Story();
    await first.step(events([...limitLowered(-31), ...oomDeath(0, 0), ...oomDeath(20, 1)]), {
      now: 30,
      through: 30,
    });
    const before = first.only;
    const again = new Story({ known: { incidents: [before], edges: [...first.edges.values()] } });
    for (const [key, edge] of first.edges) again.edges.set(key, edge);
    again.incidents.set(before.id, before);
    const born = events([{ t: '-25s', event: 'pod_created', revision: '5d8f' }], 'late/');
    await again.step([...events([...limitLowered(-31), ...oomDeath(0, 0), ...oomDeath(20, 1)]), ...born], {
      now: 60,
      through: 60,
    });
    expect([...again.edges.keys()].filter((k) => k.includes('workload_spec_changed'))).toEqual([]);
    expect(again.only.change).toBeUndefined();
  });

  test('says nothing when nothing is new', async () => {
    const first = new Story();
    const list = events([...limitLowered(-31), ...oomDeath(0, 0), ...oomDeath(20, 1)]);
    await first.step(list, { now: 30, through: 30 });
    const again = new Story({ known: { incidents: [first.only], edges: [...first.edges.values()] } });
    await again.step(list, { now: 30, through: 30 });
    expect(again.revisions).toBe(0);
    expect(again.edges.size).toBe(0);
  });

  test('counts no death twice that a replay brings in several steps', async () => {
    const deaths = [0, 60, 120, 180].map((t, run) => events(oomDeath(t, run), `${run}/`));
    const first = new Story();
    await first.step(deaths.flat(), { now: 190, through: 190 });
    const again = new Story({ known: { incidents: [first.only] } });
    for (const [run, death] of deaths.entries())
      await again.step(death, { now: 70 + 60 * run, through: 10 + 60 * run });
    await again.step([], { now: 190, through: 190 });
    expect(again.only).toMatchObject({ id: first.only.id, count: 4, firstSeenUs: at(0) });
    expect(again.only.symptomEventIds).toEqual(first.only.symptomEventIds);
    await again.step(events(oomDeath(240, 4), 'new/'), { now: 250, through: 250 });
    expect(again.only.count).toBe(5);
  });

  test('counts on where only the newest deaths are replayed', async () => {
    const first = new Story();
    const deaths = [0, 60, 120, 180].flatMap((t, run) => oomDeath(t, run));
    await first.step(events(deaths), { now: 190, through: 190 });
    const again = new Story({ known: { incidents: [first.only] }, completeFromUs: at(100) });
    again.facts.add(events(deaths));
    const replayed = events(deaths).filter((e) => e.timestamp >= at(100));
    await again.step([...replayed, ...events(oomDeath(240, 4), 'new/')], { now: 250, through: 250 });
    expect(again.only.id).toBe(first.only.id);
    expect(again.only).toMatchObject({ count: 5, revision: first.only.revision + 1, firstSeenUs: at(0) });
  });
});

describe('bounds', () => {
  test('events of another cluster and repeated events are counted and change nothing', async () => {
    const story = new Story();
    const list = events(oomDeath(0, 0));
    await story.step([...list, ...list, ...list.map((e) => ({ ...e, id: `x/${e.id}`, cluster: 'else' }))], {
      now: 10,
      through: 10,
    });
    expect(story.only.count).toBe(1);
    expect(story.engine.stats()).toMatchObject({ duplicates: 3, foreign: 3 });
  });

  test('memory stays within its bounds and counts what it lets go, and incidents keep counting', async () => {
    const story = new Story({ settings: { horizonMs: 120_000, eventsHeld: 50, questionsHeld: 10 } });
    for (let run = 0; run < 40; run += 1) {
      await story.step(events(oomDeath(run * 30, run), `${run}/`), {
        now: run * 30 + 10,
        through: run * 30 + 9,
      });
    }
    const stats = story.engine.stats();
    expect(stats.eventsHeld).toBeLessThanOrEqual(50);
    expect(stats.questions).toBeLessThanOrEqual(10);
    expect(stats.eventsEvicted).toBeGreaterThan(50);
    expect(stats.questionsEvicted).toBeGreaterThan(25);
    expect(story.only).toMatchObject({ count: 40, firstSeenUs: at(0) });
  });

  test('pods that fail once and are gone leave nothing behind, though their workload goes on failing', async () => {
    const story = new Story({ settings: { horizonMs: 120_000 } });
    for (let run = 0; run < 60; run += 1) {
      const pod = { pod_uid: `pod-${run}`, pod_name: `checkout-${run}` };
      const gone = { t: `${run * 30 + 9}s`, event: 'pod_deleted' as const, stage: 'gone', ...pod };
      const now = run * 30 + 10;
      await story.step(events([...oomDeath(run * 30, 0, pod), gone], `${run}/`), { now, through: now - 1 });
    }
    expect(story.only.count).toBe(60);
    expect(story.engine.stats().questions).toBeLessThan(10);
  });

  test('steps do not overlap', async () => {
    const story = new Story();
    const first = story.step(events(oomDeath(0, 0)), { now: 1 });
    await expect(story.step([], { now: 2 })).rejects.toThrow('await each step');
    await first;
  });
});

describe('asking why not', () => {
  test('a near miss names what matched and what was absent', async () => {
    const story = new Story();
    const list = events(oomDeath(0, 0)).filter((e) => e.type !== 'process_exit');
    await story.step(list, { now: 60, through: 60 });
    const died = list.find((e) => e.type === 'container_died')?.id ?? '';
    const near = await story.engine.explainRule(died, 'oom-at-container-limit');
    expect(near?.sentence).toContain('matched kill');
    expect(near?.sentence).toContain('exit was absent, and capture was healthy');
    const other = await story.engine.explainRule(died, 'oom-of-node');
    expect(other).toMatchObject({ holds: false, score: 0 });
    expect(other?.sentence).toContain('the limit reached was that of the container');
    expect(await story.engine.explainRule('nobody', 'oom-of-node')).toBeUndefined();
    expect(story.engine.incidentOf(died)?.id).toBe(story.only.id);
  });
});
