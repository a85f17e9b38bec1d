import { toolsMissing, waitFor } from '@tapio/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumPath, Visitor } from '../grafana/browser.ts';
import { grafanaMissing, GrafanaServer, type Person } from '../grafana/grafana-server.ts';
import { launchSeededGraph, type SeededGraph } from '../graph/seeded-graph.ts';

const missing = grafanaMissing() ?? toolsMissing();
const DATASOURCE = '/api/datasources/uid/tapio-graph';
const SEEN = { timeout: 60_000 };

let graph: SeededGraph | undefined;
let grafana: GrafanaServer | undefined;
let viewer: Person | undefined;

beforeAll(async () => {
  if (missing !== undefined) {
    process.stderr.write(`No real Grafana is tested with: ${missing}\n`);
    return;
  }
  graph = await launchSeededGraph();
  const { boltUrl, user, password } = graph.server;
  grafana = await GrafanaServer.start({ url: boltUrl, user, password, viewerNamespaces: 'shop' });
  viewer = await grafana.addPerson('vera', 'Viewer');
});
afterAll(async () => {
  await grafana?.[Symbol.asyncDispose]();
  await graph?.[Symbol.asyncDispose]();
});
beforeEach((context) => {
  if (missing !== undefined) context.skip(missing);
});

function running(): { grafana: GrafanaServer; graph: SeededGraph; viewer: Person } {
  if (grafana === undefined || graph === undefined || viewer === undefined) throw new Error('nothing runs');
  return { grafana, graph, viewer };
}

interface QueryResult {
  readonly status: number;
  readonly error?: string;
  readonly frames: readonly {
    readonly schema: { readonly name?: string; readonly fields: readonly { readonly name: string }[] };
    readonly data: { readonly values: readonly (readonly unknown[])[] };
  }[];
}

async function ask(query: Readonly<Record<string, unknown>>, as?: Person): Promise<QueryResult> {
  const { grafana: server } = running();
  const { body } = await server.api('/api/ds/query', {
    body: {
      from: 'now-6h',
      to: 'now',
      queries: [{ refId: 'A', datasource: { type: 'tapio-datasource', uid: 'tapio-graph' }, ...query }],
    },
    ...(as === undefined ? {} : { as }),
  });
  const { results } = body as { results: Record<string, QueryResult> };
  const answer = results['A'];
  if (answer === undefined) throw new Error(JSON.stringify(body));
  return answer;
}

describe('the server', () => {
  test('has the app enabled, and the datasource under its uid', async () => {
    const { grafana: server } = running();
    expect((await server.api('/api/plugins/tapio-app/settings')).body).toMatchObject({
      id: 'tapio-app',
      enabled: true,
    });
    expect((await server.api(DATASOURCE)).body).toMatchObject({ type: 'tapio-datasource', name: 'Tapio' });
  });

  test('finds the datasource healthy', async () => {
    expect((await running().grafana.api(`${DATASOURCE}/health`)).body).toMatchObject({ status: 'OK' });
  });

  test('answers a query with frames', async () => {
    const { frames } = await ask({ queryType: 'rootCause', incident: 'INC-7Q4F2K9M' });
    expect(frames.map(({ schema }) => schema.name)).toEqual(['nodes', 'edges', 'chain']);
    expect(frames[0]?.data.values[0]).toHaveLength((frames[0]?.data.values[1] ?? []).length);
  });

  test('keeps a Viewer to the fixed queries and their namespaces', async () => {
    const { grafana: server, viewer: vera } = running();
    expect(await ask({ queryType: 'table', cypher: 'RETURN 1' }, vera)).toMatchObject({ status: 403 });
    const [frame] = (await ask({ queryType: 'incidents' }, vera)).frames;
    const column = frame?.schema.fields.findIndex(({ name }) => name === 'incident') ?? -1;
    expect(frame?.data.values[column]).toEqual(['INC-7Q4F2K9M']);
    expect((await server.api(`${DATASOURCE}/resources/namespaces`, { as: vera })).body).toEqual({
      namespaces: ['shop'],
    });
  });

  test('provisions the dashboard', async () => {
    const { body } = await running().grafana.api('/api/dashboards/uid/tapio-incidents');
    expect(body).toMatchObject({
      dashboard: { title: 'Tapio: incidents' },
      meta: { provisionedExternalId: 'incidents.json', folderTitle: 'Tapio' },
    });
  });

  test('fires the alert rule once for the crash loop whose cause is known, with the cause as a label', async () => {
    const { grafana: server } = running();
    const firing = async () => {
      const { body } = await server.api('/api/prometheus/grafana/api/v1/alerts');
      const { data } = body as {
        data: {
          alerts: { state: string; labels: Record<string, string>; annotations: Record<string, string> }[];
        };
      };
      return data.alerts.filter(
        ({ state, labels }) => state.startsWith('Alerting') && labels['source'] === 'tapio',
      );
    };
    await waitFor(async () => (await firing()).length > 0, {
      describe: 'the alert to fire',
      timeoutMs: 100_000,
      everyMs: 2_000,
    });
    const alerts = await firing();
    expect(alerts).toHaveLength(1);
    expect(alerts[0]?.labels).toMatchObject({
      incident: 'INC-7Q4F2K9M',
      cause: 'oom_limit_lowered',
      namespace: 'shop',
      severity: 'warning',
    });
    expect(alerts[0]?.annotations['summary']).toBe(running().graph.seed.incident.headline);
    expect(alerts[0]?.annotations['description']).toContain(
      `${server.url}/a/tapio-app/incidents/INC-7Q4F2K9M?ds=tapio-graph`,
    );
  });
});

describe('in a browser', () => {
  const executable = chromiumPath();
  let visitor: Visitor | undefined;

  beforeAll(async () => {
    if (missing !== undefined) return;
    if (executable === undefined)
      process.stderr.write('Pages are not looked at: there is no Chromium (CHROMIUM_PATH)\n');
    else visitor = await Visitor.logIn(running().grafana, executable);
  });
  afterAll(async () => {
    await visitor?.[Symbol.asyncDispose]();
  });
  beforeEach((context) => {
    if (visitor === undefined) context.skip(missing ?? 'no Chromium: install one or set CHROMIUM_PATH');
    context.onTestFailed(async ({ task }) => {
      await visitor?.screenshot(`failed ${task.name}`);
    });
  });

  const seen = (): Visitor => {
    if (visitor === undefined) throw new Error('nobody looks');
    return visitor;
  };

  /** Opens Explore with one query of the last hours. */
  const explore = async (query: Readonly<Record<string, unknown>>): Promise<void> => {
    const pane = {
      datasource: 'tapio-graph',
      queries: [{ refId: 'A', datasource: { type: 'tapio-datasource', uid: 'tapio-graph' }, ...query }],
      range: { from: 'now-6h', to: 'now' },
    };
    const panes = encodeURIComponent(JSON.stringify({ a: pane }));
    await seen().open(`/explore?schemaVersion=1&orgId=1&panes=${panes}`);
  };

  test('the app lists the incidents and opens one', async () => {
    const { page } = seen();
    await seen().open('/a/tapio-app/incidents');
    await page.getByText('INC-7Q4F2K9M').waitFor(SEEN);
    await seen().screenshot('app-incidents');
    await page.getByRole('link', { name: /its memory limit was lowered/ }).click();
    await page.getByRole('heading', { level: 1, name: /its memory limit was lowered/ }).waitFor(SEEN);
    expect(page.url()).toContain('/a/tapio-app/incidents/INC-7Q4F2K9M');
    const graph = page.getByTestId('tapio-incident-node-graph');
    for (const title of ['pod spec changed', 'OOM kill', 'container died']) {
      await graph.getByText(title, { exact: true }).waitFor(SEEN);
    }
    await seen().screenshot('app-incident');
    expect(seen().errors).toEqual([]);
  });

  test('Explore draws the cause as a node graph', async () => {
    const { page } = seen();
    await explore({ queryType: 'rootCause', incident: 'INC-7Q4F2K9M' });
    await page.locator('[data-node-id]').getByText('OOM kill').waitFor(SEEN);
    await page
      .getByText(/OOM killer killed java/)
      .first()
      .waitFor(SEEN);
    await seen().screenshot('explore-root-cause');
  });

  test('Explore has an editor for Cypher', async () => {
    const { page } = seen();
    await explore({
      queryType: 'table',
      cypher: 'MATCH (e:Event) RETURN e.type AS type, count(*) AS events',
    });
    await page.getByTestId('tapio-query-cypher').locator('.monaco-editor').first().waitFor(SEEN);
    await page.getByText('pod_spec_changed').first().waitFor(SEEN);
    await seen().screenshot('explore-cypher');
  });

  test('Explore draws what Cypher returns', async () => {
    const { page } = seen();
    await explore({
      queryType: 'graph',
      cypher: 'MATCH path = (:Event)-[:CAUSED_BY*1..5]->(:Event) RETURN path LIMIT $__limit',
    });
    await page.locator('[data-node-id]').getByText('pod spec changed').waitFor(SEEN);
    await seen().screenshot('explore-cypher-graph');
  });

  test('the dashboard shows incidents, chain, node graph and timeline of the newest incident', async () => {
    const { page } = seen();
    await seen().open('/d/tapio-incidents/tapio-incidents?from=now-6h&to=now&var-incident=INC-7Q4F2K9M');
    await page.locator('[data-node-id]').getByText('OOM kill').waitFor(SEEN);
    await page.getByText('Chain of INC-7Q4F2K9M').waitFor(SEEN);
    await page.getByText('kubelet', { exact: true }).first().waitFor(SEEN);
    await page
      .getByText(/OOM killer killed java \(pid 6344\): 32 MiB/)
      .first()
      .waitFor(SEEN);
    await seen().screenshot('dashboard');
  });

  test('the alert rule is listed, and fires for the incident', async () => {
    const { page } = seen();
    await seen().open('/alerting/list');
    await page.getByText('1 firing').first().waitFor(SEEN);
    await seen().screenshot('alert-rules');
    await seen().open('/alerting/grafana/tapio-crash-loop-cause/view');
    await page
      .getByText(/INC-7Q4F2K9M/)
      .first()
      .waitFor(SEEN);
    await seen().screenshot('alert-rule');
  });

  test('the settings of the datasource can be seen and tested', async () => {
    const { page } = seen();
    await seen().open('/connections/datasources/edit/tapio-graph');
    await page.getByTestId('tapio-config-url').waitFor(SEEN);
    await seen().screenshot('datasource-settings');
    // Its name depends on whether the person may change a datasource that was provisioned.
    await page.getByRole('button', { name: /^(Save & test|Test)$/ }).click();
    await page
      .getByText(/Connected to the graph/)
      .first()
      .waitFor(SEEN);
  });
});
