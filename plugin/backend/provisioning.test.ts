import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { queryModel } from './query/model.ts';
import { incidentAlerts } from './frames/incidents.ts';
import { anIncident, aContext } from './testing/fixtures.ts';
import { datasourceConfig } from './settings.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(ROOT, 'provisioning');

type Json = Readonly<Record<string, unknown>>;

function text(path: string): string {
  return readFileSync(join(FOLDER, path), 'utf8');
}

function yaml(path: string): Json {
  return parse(text(path)) as Json;
}

function json(path: string): Json {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Json;
}

/** Every object somewhere in a value. */
function objectsIn(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  if (typeof value !== 'object' || value === null) return [];
  return [value as Json, ...Object.values(value).flatMap(objectsIn)];
}

const app = json('plugin/src/plugin.json');
const datasource = json('plugin/src/datasource/plugin.json');
const [source] = yaml('datasources/tapio.yaml')['datasources'] as [Json];
const [group] = yaml('alerting/tapio.yaml')['groups'] as [Json];
const [rule] = group['rules'] as [Json];
const dashboards = readdirSync(join(FOLDER, 'dashboards'))
  .filter((name) => name.endsWith('.json'))
  .map((name) => json(join('provisioning/dashboards', name)));

describe('plugins', () => {
  test('the app is enabled under the id that it has', () => {
    const { apps } = yaml('plugins/tapio.yaml') as { apps: Json[] };
    expect(apps).toEqual([{ type: app['id'], org_id: 1, disabled: false }]);
  });

  test('the backend is where the nested plugin.json says', () => {
    expect(datasource).toMatchObject({ backend: true, alerting: true, executable: '../gpx_tapio' });
    expect(readFileSync(join(ROOT, 'plugin/backend/build.mjs'), 'utf8')).toContain("executable: 'gpx_tapio'");
  });

  test('both ask for the Grafana that they are built for', () => {
    const built =
      (json('plugin/package.json')['dependencies'] as Record<string, string>)['@grafana/data'] ?? '';
    for (const plugin of [app, datasource]) {
      const { grafanaDependency } = plugin['dependencies'] as { grafanaDependency: string };
      expect(grafanaDependency).toBe(`>=${built.replace(/\.\d+$/, '.0')}`);
    }
  });
});

describe('the datasource', () => {
  test('is of the nested plugin and takes everything secret or local from the environment', () => {
    expect(source).toMatchObject({
      type: datasource['id'],
      uid: 'tapio-graph',
      url: '$TAPIO_NEO4J_URL',
      user: '$TAPIO_NEO4J_USER',
      secureJsonData: { password: '$TAPIO_NEO4J_PASSWORD' },
    });
  });

  test('is one that the backend takes, with what is unset in the environment empty', () => {
    const jsonData = Object.fromEntries(
      Object.entries(source['jsonData'] as Json).map(([key, value]) => [
        key,
        String(value).replace(/^\$\w+$/, ''),
      ]),
    );
    expect(datasourceConfig(aContext({ jsonData }))).toMatchObject({
      database: 'neo4j',
      viewerNamespaces: [],
      tlsMode: 'url',
    });
  });

  test('every variable of the files is explained in the README', () => {
    const used = ['datasources/tapio.yaml', 'dashboards/tapio.yaml'].flatMap(
      (path) => text(path).match(/\$(\w+)/g) ?? [],
    );
    expect(used.length).toBeGreaterThan(4);
    for (const name of used) expect(text('README.md')).toContain(name.slice(1));
  });
});

describe('the alert rule', () => {
  const { data } = rule as { data: Json[] };
  const [query] = data as [Json];

  test('asks what the backend can answer, in the shape that alerting takes', () => {
    const model = queryModel({ queryType: '', model: query['model'] as Json });
    expect(model).toMatchObject({
      type: 'incidents',
      format: 'alert',
      selection: { kinds: ['crash_loop'], verdicts: ['Likely', 'Possible'] },
    });
  });

  test('has a condition and expressions that refer to its own queries', () => {
    const refIds = data.map(({ refId }) => refId);
    expect(refIds).toContain(rule['condition']);
    for (const { refId, model } of data) expect((model as Json)['refId']).toBe(refId);
    for (const { model, datasourceUid } of data) {
      if (datasourceUid === '__expr__') expect(refIds).toContain((model as Json)['expression']);
      else expect(datasourceUid).toBe(source['uid']);
    }
  });

  test('is quiet without data, since the query answers explicit zeros', () => {
    expect(rule).toMatchObject({ noDataState: 'OK', execErrState: 'Error' });
  });

  test('names only labels that the query gives, the cause among them', () => {
    const given = incidentAlerts([anIncident()])
      .fields.filter(({ type }) => type === 'string')
      .map(({ name }) => name);
    const named = [...JSON.stringify(rule['annotations']).matchAll(/\$labels\.(\w+)/g)].map(
      ([, name]) => name,
    );
    expect(named).toEqual(expect.arrayContaining(['headline', 'cause', 'incident']));
    for (const name of named) expect(given).toContain(name);
  });

  test('doubles no $ where Grafana takes the text as it is, and leaves none where it expands', () => {
    expect(JSON.stringify([rule['annotations'], data])).not.toContain('$$');
    expect(JSON.stringify([rule['labels'], rule['title'], group['name'], group['folder']])).not.toContain(
      '$',
    );
  });

  test('leads to a panel that exists', () => {
    const dashboard = dashboards.find(({ uid }) => uid === rule['dashboardUid']);
    expect((dashboard?.['panels'] as Json[]).map(({ id }) => id)).toContain(rule['panelId']);
  });
});

describe.each(dashboards.map((dashboard) => [String(dashboard['uid']), dashboard] as const))(
  'dashboard %s',
  (uid, dashboard) => {
    const panels = dashboard['panels'] as Json[];

    test('uses the provisioned datasource only', () => {
      const references = objectsIn(dashboard).flatMap((object) =>
        typeof object['uid'] === 'string' && 'type' in object ? [object['uid']] : [],
      );
      expect(new Set(references)).toEqual(new Set([source['uid'], '-- Grafana --']));
    });

    test('asks what the backend can answer, and only what Viewers may ask', () => {
      const targets = panels.flatMap((panel) => panel['targets'] as Json[]);
      expect(targets.length).toBeGreaterThan(0);
      for (const target of targets) {
        expect(['incidents', 'rootCause', 'timeline']).toContain(
          queryModel({ queryType: '', model: target }).type,
        );
      }
    });

    test('its panels have ids of their own and do not lie on each other', () => {
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      const cells = panels.flatMap((panel) => {
        const { x, y, w, h } = panel['gridPos'] as { x: number; y: number; w: number; h: number };
        expect(x + w).toBeLessThanOrEqual(24);
        return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
      });
      expect(new Set(cells).size).toBe(cells.length);
    });

    test('names only variables that it has', () => {
      const { list } = dashboard['templating'] as { list: Json[] };
      const known = list.map(({ name }) => name);
      const used = [...JSON.stringify(panels).matchAll(/\$(?!\{)(\w+)/g)].map(([, name]) => name);
      expect(used).toContain('incident');
      for (const name of used) expect(known).toContain(name);
    });

    test('its links lead to itself and the app', () => {
      const links = JSON.stringify(dashboard).match(/"\/(?:d|a)\/[^"?/]+/g) ?? [];
      expect(new Set(links)).toEqual(new Set([`"/d/${uid}`, `"/a/${String(app['id'])}`]));
    });
  },
);

test('dashboards are found next to the file that names them', () => {
  const [provider] = yaml('dashboards/tapio.yaml')['providers'] as [Json];
  expect(provider['options']).toEqual({ path: '$GF_PATHS_PROVISIONING/dashboards' });
});
