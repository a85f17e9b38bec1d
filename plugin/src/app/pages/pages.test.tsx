import { act, cleanup, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactNode } from 'react';
import { MemoryRouter, Route, Routes, useLocation } from 'react-router-dom';
import { of } from 'rxjs';
import { anIncident } from '../../testing/incident.ts';
import App from '../App.tsx';

const getList = jest.fn<Array<{ uid: string; name: string; type: string }>, [unknown]>();
const getResource = jest.fn<Promise<unknown>, [string, Record<string, unknown>?]>();
const query = jest.fn();
const namespaces = jest.fn(() => Promise.resolve(['billing', 'shop']));

jest.mock('@grafana/runtime', () => ({
  getDataSourceSrv: () => ({
    getList: (filter: unknown) => getList(filter),
    get: () =>
      Promise.resolve({
        getResource: (path: string, params?: Record<string, unknown>) => getResource(path, params),
        query: (request: unknown): unknown => query(request),
        namespaces,
      }),
  }),
  PluginPage: ({
    children,
    pageNav,
    renderTitle,
    subTitle,
  }: {
    children: ReactNode;
    pageNav?: { text: string };
    renderTitle?: (title: string) => ReactNode;
    subTitle?: ReactNode;
  }) => (
    <main>
      {renderTitle?.(pageNav?.text ?? '') ?? <h1>{pageNav?.text ?? 'Incidents'}</h1>}
      {subTitle}
      {children}
    </main>
  ),
  PanelRenderer: ({ pluginId, data }: { pluginId: string; data: { series: unknown[] } }) => (
    <div>{`${pluginId} with ${data.series.length} frames`}</div>
  ),
}));

function Address() {
  const { pathname, search } = useLocation();
  return <output aria-label="Address">{pathname + search}</output>;
}

/** Grafana mounts an app under its id. */
function open(address: string): void {
  render(
    <MemoryRouter initialEntries={[`/a/tapio-app${address}`]}>
      <Routes>
        <Route path="/a/tapio-app/*" element={<App />} />
      </Routes>
      <Address />
    </MemoryRouter>,
  );
}

function address(): URL {
  return new URL(screen.getByLabelText('Address').textContent, 'http://grafana');
}

beforeEach(() => {
  jest.clearAllMocks();
  getList.mockReturnValue([
    { uid: 'graph', name: 'Tapio', type: 'tapio-datasource' },
    { uid: 'grafana', name: '-- Grafana --', type: 'datasource' },
  ]);
  query.mockReturnValue(
    of({
      data: [
        { name: 'nodes', length: 2, fields: [] },
        { name: 'edges', length: 1, fields: [] },
        { name: 'chain', length: 3, fields: [] },
      ],
    }),
  );
});

describe('the list of incidents', () => {
  test('shows each with headline, verdict, count and state, and leads to its page', async () => {
    getResource.mockResolvedValue({ incidents: [anIncident()], isCut: false });
    open('/');
    await screen.findByText('INC-7Q4F2K9M');
    expect(address().pathname).toBe('/a/tapio-app/incidents');
    const row = (await screen.findByText('INC-7Q4F2K9M')).closest('tr');
    if (row === null) throw new Error('the incident is in no row');
    const link = within(row).getByRole('link', { name: /checkout is crash-looping/ });
    expect(link).toHaveAttribute('href', '/a/tapio-app/incidents/INC-7Q4F2K9M?ds=graph');
    for (const text of ['Likely (0.97)', 'Crash loop', 'Deployment shop/checkout', '3', 'Open']) {
      expect(within(row).getByText(text)).toBeInTheDocument();
    }
  });

  test('asks for the last day when the address says nothing, and for what it says', async () => {
    getResource.mockResolvedValue({ incidents: [], isCut: false });
    open('/incidents?states=open&namespaces=shop&search=oom&from=1000&to=2000');
    await screen.findByText('No incident matches the filters');
    expect(getResource).toHaveBeenLastCalledWith('incidents', {
      from: 1000,
      to: 2000,
      search: 'oom',
      states: ['open'],
      kinds: [],
      verdicts: [],
      namespaces: ['shop'],
    });
  });

  test('without filters an empty list says what that means and what to check', async () => {
    getResource.mockResolvedValue({ incidents: [], isCut: false });
    open('/incidents');
    expect(await screen.findByText('No incidents in this time range')).toBeInTheDocument();
    expect(screen.getByText(/tapio doctor/)).toBeInTheDocument();
    const [, params] = getResource.mock.calls[0] ?? [];
    expect(Number(params?.['to']) - Number(params?.['from'])).toBeCloseTo(86_400_000, -4);
  });

  test('filters can be cleared, which the address shows', async () => {
    getResource.mockResolvedValue({ incidents: [], isCut: false });
    open('/incidents?states=open&search=oom&ds=graph');
    await userEvent.click(await screen.findByRole('button', { name: 'Clear the filters' }));
    expect(address().search).toBe('?ds=graph');
  });

  test('a choice of a filter goes into the address', async () => {
    getResource.mockResolvedValue({ incidents: [anIncident()], isCut: false });
    open('/incidents');
    await screen.findByText('INC-7Q4F2K9M');
    await userEvent.click(screen.getByLabelText('State'));
    await userEvent.click(await screen.findByRole('option', { name: 'Muted' }));
    expect(address().searchParams.getAll('states')).toEqual(['muted']);
  });

  test('a failure is told in the backend’s words and can be tried again', async () => {
    getResource.mockRejectedValueOnce({
      status: 503,
      data: { message: 'Neo4j cannot be reached. Check the URL.' },
    });
    open('/incidents');
    expect(await screen.findByText(/Neo4j cannot be reached/)).toBeInTheDocument();
    getResource.mockResolvedValue({ incidents: [anIncident()], isCut: false });
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('INC-7Q4F2K9M')).toBeInTheDocument();
    expect(screen.queryByText(/Neo4j cannot be reached/)).not.toBeInTheDocument();
  });

  test('is read again by itself, the last answer staying when that fails', async () => {
    jest.useFakeTimers();
    try {
      getResource.mockResolvedValueOnce({ incidents: [anIncident()], isCut: true });
      open('/incidents?refresh=10s');
      expect(await screen.findByText('INC-7Q4F2K9M')).toBeInTheDocument();
      expect(screen.getByText(/there are more/)).toBeInTheDocument();
      getResource.mockRejectedValueOnce(new Error('gone away'));
      await act(() => jest.advanceTimersByTimeAsync(10_000));
      expect(screen.getByText(/gone away/)).toBeInTheDocument();
      expect(screen.getByText('INC-7Q4F2K9M')).toBeInTheDocument();
    } finally {
      jest.useRealTimers();
    }
  });

  test('offers no choice of datasource where there is one', async () => {
    getResource.mockResolvedValue({ incidents: [], isCut: false });
    open('/incidents');
    await screen.findByText('No incidents in this time range');
    expect(screen.queryByLabelText('Data source')).not.toBeInTheDocument();
  });

  test('without a datasource it says how to add one, whatever Grafana has built in', () => {
    getList.mockReturnValue([{ uid: 'grafana', name: '-- Grafana --', type: 'datasource' }]);
    open('/incidents');
    expect(screen.getByRole('link', { name: /Add a Tapio data source/ })).toHaveAttribute(
      'href',
      '/connections/datasources/tapio-datasource',
    );
  });
});

const ANSWER = {
  incident: anIncident(),
  evidence: '4 events, capture complete',
  events: [
    {
      id: 'e2',
      timeUs: anIncident().lastSeenUs,
      severity: 'error',
      source: 'kernel',
      type: 'oom_kill',
      summary: 'OOM killer killed java (pid 6344)',
    },
  ],
  cypher: { cause: 'MATCH cause', timeline: 'MATCH timeline', incident: 'MATCH incident' },
  mayRunCypher: true,
};

function paneOf(link: HTMLElement): {
  queries: Array<Record<string, unknown>>;
  range: Record<string, string>;
} {
  const panes = new URL(link.getAttribute('href') ?? '', 'http://grafana').searchParams.get('panes') ?? '{}';
  return (
    JSON.parse(panes) as { tapio: { queries: Array<Record<string, unknown>>; range: Record<string, string> } }
  ).tapio;
}

describe('the page of an incident', () => {
  test('answers in words: sentence, chain with who saw it, change, ruled out, touched, next, proof', async () => {
    getResource.mockResolvedValue(ANSWER);
    open('/incidents/INC-7Q4F2K9M?ds=graph');
    expect(
      await screen.findByRole('heading', { level: 1, name: /its memory limit was lowered/ }),
    ).toBeInTheDocument();
    expect(screen.getByText('INC-7Q4F2K9M')).toBeInTheDocument();
    expect(screen.getByText('Likely (0.97)')).toBeInTheDocument();
    const steps = within(screen.getByTestId('tapio-incident-chain')).getAllByRole('listitem');
    expect(steps.map((step) => step.textContent)).toEqual([
      '20:24:10changeDeployment shop/checkout: limits.memory 256Mi -> 32Mi, via kubectl-patch; user unknown[kubelet]',
      '20:24:41causeOOM killer killed java (pid 6344) in container report[kernel]',
      '20:24:41effectcontainer report died, exit 137, third time[kubelet]',
    ]);
    expect(screen.getByText('The limit was below what it uses.')).toBeInTheDocument();
    for (const heading of [
      'What happened',
      'Why',
      'What is certain',
      'Ruled out',
      'Touched',
      'Next',
      'Cause and effect',
      'Timeline',
      'Proof',
    ]) {
      expect(screen.getByRole('heading', { name: heading })).toBeInTheDocument();
    }
    expect(screen.getByText('no failed probe before the exit')).toBeInTheDocument();
    expect(screen.getByLabelText('Next command')).toHaveTextContent(
      'kubectl -n shop rollout undo deployment/checkout',
    );
    expect(screen.getByText('4 events, capture complete')).toBeInTheDocument();
    expect(screen.getByText('tapio show INC-7Q4F2K9M')).toBeInTheDocument();
  });

  test('a change tells who made it, in its step or, where it is no step, by itself', async () => {
    const [step, ...others] = anIncident().chain;
    if (step === undefined) throw new Error('the incident has no chain');
    const chain = [{ ...step, text: 'Deployment shop/checkout: limits.memory 256Mi -> 32Mi' }, ...others];
    getResource.mockResolvedValueOnce({ ...ANSWER, incident: anIncident({ chain }) });
    open('/incidents/INC-7Q4F2K9M');
    expect(await screen.findByText(/limits.memory 256Mi -> 32Mi/)).toHaveTextContent(
      'Deployment shop/checkout: limits.memory 256Mi -> 32Mi, via kubectl-patch; user unknown',
    );
    expect(screen.queryByRole('heading', { name: 'What changed' })).not.toBeInTheDocument();
    cleanup();
    getResource.mockResolvedValueOnce({ ...ANSWER, incident: anIncident({ chain: others }) });
    open('/incidents/INC-7Q4F2K9M');
    expect(await screen.findByRole('heading', { name: 'What changed' })).toBeInTheDocument();
    expect(screen.getByText('via kubectl-patch; user unknown')).toBeInTheDocument();
  });

  test('draws the cause in the node graph panel, without the table', async () => {
    getResource.mockResolvedValue(ANSWER);
    open('/incidents/INC-7Q4F2K9M');
    expect(await screen.findByText('nodeGraph with 2 frames')).toBeInTheDocument();
  });

  test('opens each panel in Explore, around the incident’s own time', async () => {
    getResource.mockResolvedValue(ANSWER);
    open('/incidents/INC-7Q4F2K9M');
    const pane = paneOf(await screen.findByRole('link', { name: 'Open in Explore: cause and effect' }));
    expect(pane.queries).toEqual([
      expect.objectContaining({ queryType: 'rootCause', incident: 'INC-7Q4F2K9M' }),
    ]);
    expect(Number(pane.range['from'])).toBeLessThan(anIncident().firstSeenUs / 1000);
    expect(paneOf(screen.getByRole('link', { name: 'Run the Cypher in Explore: timeline' })).queries).toEqual(
      [expect.objectContaining({ queryType: 'table', cypher: 'MATCH timeline' })],
    );
  });

  test('shows Viewers the Cypher but no link that would be refused', async () => {
    getResource.mockResolvedValue({ ...ANSWER, mayRunCypher: false });
    open('/incidents/INC-7Q4F2K9M');
    expect(await screen.findByText('MATCH cause')).toBeInTheDocument();
    expect(screen.queryByRole('link', { name: /Run the Cypher/ })).not.toBeInTheDocument();
  });

  test('the command can be copied', async () => {
    getResource.mockResolvedValue(ANSWER);
    const user = userEvent.setup();
    Object.defineProperty(window, 'isSecureContext', { value: true, configurable: true });
    open('/incidents/INC-7Q4F2K9M');
    await user.click(await screen.findByRole('button', { name: 'Copy the command' }));
    expect(await navigator.clipboard.readText()).toBe('kubectl -n shop rollout undo deployment/checkout');
  });

  test('an answer without a cause says what is certain and what would help, and leaves the rest out', async () => {
    const incident = anIncident({
      headline: 'billing/ledger is crash-looping: exit 1, cause not clear.',
      verdict: { word: 'No clear cause', score: 0, status: 'provisional' },
      chain: [],
      change: undefined,
      ruledOut: [],
      touched: [],
      next: undefined,
      explanation: undefined,
      checked: '31 rules; nearest: config-file-unreadable',
      wouldHelp: ['the container’s log'],
      gaps: ['the agent was down from 20:20 to 20:21'],
    });
    const evidence = '4 events, capture with gaps';
    getResource.mockResolvedValue({ ...ANSWER, incident, evidence, events: [] });
    open('/incidents/INC-7Q4F2K9M');
    expect(await screen.findByText('No clear cause, provisional')).toBeInTheDocument();
    expect(screen.getByText('the container’s log')).toBeInTheDocument();
    expect(screen.getByText('31 rules; nearest: config-file-unreadable')).toBeInTheDocument();
    expect(screen.getByText('the agent was down from 20:20 to 20:21')).toBeInTheDocument();
    expect(screen.getByText('4 events, capture with gaps')).toBeInTheDocument();
    for (const heading of ['Why', 'What changed', 'Ruled out', 'Touched', 'Next']) {
      expect(screen.queryByRole('heading', { name: heading })).not.toBeInTheDocument();
    }
  });

  test('that events of earlier symptoms are left out is said with those that are not', async () => {
    const unlisted = '53 earlier symptoms are counted only';
    getResource.mockResolvedValue({
      ...ANSWER,
      evidence: `200 events, ${unlisted}, capture complete`,
      unlisted,
    });
    open('/incidents/INC-7Q4F2K9M');
    expect(await screen.findByText(`Before these: ${unlisted}.`)).toBeInTheDocument();
    expect(screen.getByText(`200 events, ${unlisted}, capture complete`)).toBeInTheDocument();
  });

  test('an incident that is not there leads back to the list', async () => {
    getResource.mockRejectedValue({ data: { message: 'There is no incident INC-0 here' } });
    open('/incidents/INC-0?ds=graph');
    expect(await screen.findByText('There is no incident INC-0 here')).toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'All incidents' })).toHaveAttribute(
      'href',
      '/a/tapio-app/incidents?ds=graph',
    );
  });

  test('a superseded incident leads to the one it belongs to', async () => {
    getResource.mockResolvedValue({ ...ANSWER, incident: anIncident({ supersededBy: 'INC-ROOT0001' }) });
    open('/incidents/INC-7Q4F2K9M');
    expect(await screen.findByRole('link', { name: 'INC-ROOT0001' })).toHaveAttribute(
      'href',
      '/a/tapio-app/incidents/INC-ROOT0001?ds=graph',
    );
  });
});
