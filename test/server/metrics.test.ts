import { createServiceMetrics, eventsAfterIn, type MeasuredParts } from '../../src/server/metrics';
import type { ProjectionStatus } from '../../src/projections/live/projector';
import { metricsParts } from './metricsParts';
import { startTestServer, stopTestServers } from './testServer';

afterEach(stopTestServers);

const projection = (name: string, position: string, state: ProjectionStatus['state'] = 'RUNNING'): ProjectionStatus => ({ name, version: 1, position, state });
async function valuesOf(text: Promise<string>): Promise<Map<string, number>> {
  const lines = (await text).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

describe('metrics', () => {
  it('tell how projections are and how far behind', async () => {
    const asked: string[] = [];
    const metrics = createServiceMetrics(metricsParts({
      projections: () => ({ caughtUp: false, filling: null, projections: [projection('userList', '07'), projection('accounts', '05', 'STOPPED'), projection('contacts', '05')] }),
      eventsAfter: (position) => {
        asked.push(position);
        return Promise.resolve(position === '07' ? 0 : 2);
      },
    }));
    const values = await valuesOf(metrics.text());
    expect([values.get('projection_state{projection="userList",state="RUNNING"}'), values.get('projection_state{projection="accounts",state="RUNNING"}'), values.get('projection_state{projection="accounts",state="STOPPED"}')]).toEqual([1, 0, 1]);
    expect([values.get('projection_lag_events{projection="userList"}'), values.get('projection_lag_events{projection="accounts"}'), values.get('projections_caught_up')]).toEqual([0, 2, 0]);
    expect(asked).toEqual(['07', '05']);
  });

  it('tell how old the latest checkpoint is and what came after it', async () => {
    const read = async (signed: ReturnType<MeasuredParts['signed']>): Promise<(number | undefined)[]> => {
      const values = await valuesOf(createServiceMetrics(metricsParts({ signed: () => signed })).text());
      return [values.get('checkpoint_age_seconds'), values.get('checkpoint_unsigned_events')];
    };
    expect(await read({ ageSeconds: 12.5, eventsSince: 3 })).toEqual([12.5, 3]);
    expect(await read({ ageSeconds: null, eventsSince: 3 })).toEqual([NaN, 3]);
    expect(await read(null)).toEqual([NaN, 0]);
  });

  it('are there while the store does not answer', async () => {
    const metrics = createServiceMetrics(metricsParts({ projections: () => ({ caughtUp: true, filling: null, projections: [projection('userList', '07')] }), eventsAfter: () => Promise.reject(new Error('down')) }));
    expect((await valuesOf(metrics.text())).get('projection_lag_events{projection="userList"}')).toBeNaN();
  });

  it('count what the store wrote, never down', async () => {
    let written = { appends: 5, commits: 2 };
    const metrics = createServiceMetrics(metricsParts({ writes: () => written }));
    await metrics.text();
    written = { appends: 9, commits: 3 };
    const values = await valuesOf(metrics.text());
    expect([values.get('event_store_appends_total'), values.get('event_store_commits_total')]).toEqual([9, 3]);
    expect((await createServiceMetrics(metricsParts()).text()).includes('event_store_appends_total')).toBe(false);
  });

  it('tell how large the rosters in memory are, and where they came from', async () => {
    let rosters = { bytes: 5_000, rosters: 2, hits: 7, fromSnapshots: 1, folds: 3 };
    const metrics = createServiceMetrics(metricsParts({ rosters: () => rosters }));
    await metrics.text();
    rosters = { bytes: 9_000, rosters: 3, hits: 8, fromSnapshots: 3, folds: 5 };
    const values = await valuesOf(metrics.text());
    expect([values.get('roster_cache_bytes'), values.get('roster_cache_rosters')]).toEqual([9_000, 3]);
    expect([values.get('roster_loads_total{from="memory"}'), values.get('roster_loads_total{from="snapshot"}'), values.get('roster_loads_total{from="log"}')]).toEqual([8, 3, 5]);
  });

  it('tell how sending to other systems stands, counted once for all of them', async () => {
    let counted = 0;
    const metrics = createServiceMetrics(metricsParts({
      webhooks: () => {
        counted += 1;
        return { registered: 4, failing: 3, backlog: 20, deadLetters: 1 };
      },
    }));
    const values = await valuesOf(metrics.text());
    expect(['webhooks_registered', 'webhooks_failing', 'webhook_backlog_events', 'webhook_dead_letters'].map((name) => values.get(name))).toEqual([4, 3, 20, 1]);
    expect(counted).toBe(1);
  });

  it('have the process in them, and only so many labels whatever is asked', async () => {
    const metrics = createServiceMetrics(metricsParts());
    metrics.requestAnswered({ route: '/graphql', method: 'BREW', status: 200, seconds: 0.2 });
    metrics.errorsAnswered(['FORBIDDEN', 'made up']);
    metrics.operationAnswered('query', 0.02);
    const values = await valuesOf(metrics.text());
    expect([...values.keys()]).toEqual(expect.arrayContaining(['process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds']));
    expect(values.get('http_requests_total{route="/graphql",method="other",status="200"}')).toBe(1);
    expect(values.get('graphql_errors_total{code="FORBIDDEN"}')).toBe(1);
    expect(values.get('graphql_errors_total{code="INTERNAL_SERVER_ERROR"}')).toBe(1);
    expect(values.get('graphql_operation_duration_seconds_bucket{le="0.025",type="query"}')).toBe(1);
  });

  it('count the events after a position', async () => {
    const store = {
      async *readAll({ after = '', maxCount = 0 }: { after?: string; maxCount?: number } = {}) {
        for (const position of ['1', '2', '3', '4'].filter((one) => one > after).slice(0, maxCount)) yield { position } as never;
      },
    };
    expect([await eventsAfterIn(store)('1', 10), await eventsAfterIn(store)('', 2), await eventsAfterIn(store)('4', 2)]).toEqual([3, 2, 0]);
  });
});

describe('GET /metrics', () => {
  it('counts requests by the address that the server knows, and errors by code', async () => {
    const { url, ask } = await startTestServer({ metrics: createServiceMetrics(metricsParts()) });
    await ask({ query: '{ viewer }' });
    await ask({ query: '{ forbidden }' });
    await fetch(`${url}/nothing/here?token=secret`);
    const response = await fetch(`${url}/metrics`);
    const text = await response.text();
    expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/plain; version=0\.0\.4/)]);
    const values = await valuesOf(Promise.resolve(text));
    expect(values.get('http_requests_total{route="/graphql",method="POST",status="200"}')).toBe(2);
    expect(values.get('http_requests_total{route="none",method="GET",status="404"}')).toBe(1);
    expect(values.get('graphql_errors_total{code="FORBIDDEN"}')).toBe(1);
    expect(values.get('graphql_operation_duration_seconds_count{type="query"}')).toBe(2);
    expect(text).not.toContain('secret');
  });

  it('does not exist where nothing is measured', async () => {
    expect((await fetch(`${(await startTestServer()).url}/metrics`)).status).toBe(404);
  });

  it('needs the token where there is one', async () => {
    const { url } = await startTestServer({ metrics: createServiceMetrics(metricsParts()), metricsToken: 'a-token-of-metrics' });
    const statusFor = async (authorization?: string): Promise<number> => (await fetch(`${url}/metrics`, { headers: authorization === undefined ? {} : { authorization } })).status;
    expect([await statusFor(), await statusFor('Bearer wrong'), await statusFor('a-token-of-metrics'), await statusFor('Bearer a-token-of-metrics')]).toEqual([401, 401, 401, 200]);
  });
});
