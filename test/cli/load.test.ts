import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openLoop } from '../../src/cli/load/openLoop';
import { LoadFigures } from '../../src/cli/load/figures';
import { cliProcess } from '../support/serviceProcess';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';

const OPERATIONS = ['userList', 'accountCentral', 'search', 'invite', 'accept', 'leave'];

/** A server that answers every query with the given statuses in turn. */
async function answering(statuses: readonly number[]): Promise<{ url: string; server: Server }> {
  let asked = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const status = statuses[asked++ % statuses.length]!;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(status === 200 ? { data: { app: {} } } : { errors: [{ message: 'Too much.' }] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe('load', () => {
  let service: TestService;
  beforeAll(async () => {
    // On a busy machine the limits of work would refuse some of it.
    service = await TestService.start({ env: { OVERLOAD_DELAY_MS: '0', WORK_PER_PERSON: '0', WORK_PER_ADDRESS: '0', WORK_PER_APP: '0' } });
  });
  afterAll(async () => {
    await service.close();
  });

  it('signs people in, sends the whole mix at the rate that was asked for, and reports latencies of each operation', async () => {
    const { code, stdout, stderr } = await cliProcess(['load', service.url, '--dev', '--apps', '1', '--rate', '60', '--duration', '2', '--json']).ended;
    expect({ code, stderr: stderr.includes('requests') }).toEqual({ code: 0, stderr: true });
    const { operations, unsent, rate } = JSON.parse(stdout);
    expect({ unsent, rate }).toEqual({ unsent: 0, rate: 60 });
    expect(operations.map(({ operation }: Json) => operation)).toEqual([...OPERATIONS, 'all']);
    for (const { sent, done, declined, refused, failed, latencyMs } of operations) {
      expect({ done, declined, refused, failed }).toEqual({ done: sent, declined: 0, refused: 0, failed: 0 });
      expect(sent).toBeGreaterThan(0);
      expect(latencyMs.p50).toBeLessThanOrEqual(latencyMs.p99);
      expect(latencyMs.p99).toBeLessThanOrEqual(latencyMs.max);
    }
    expect(operations.at(-1).sent).toBe(120);
  }, 30_000);

  it('reads an app with a token that it is given, and prints a table', async () => {
    const operator = await service.as('operator@example.com', 'operator');
    await operator.mutate('registerApp', { appId: 'acme', name: 'Acme', licences: 1, ownerKeapId: 'owner@example.com' });
    const { token } = await service.as('owner@example.com');
    const load = (app: string): Promise<Json> => cliProcess(['load', service.url, '--token', token ?? '', '--app', app, '--rate', '40', '--duration', '1']).ended;
    const [{ code, stdout }, strange] = await Promise.all([load('acme'), load('other')]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^operation +sent +done +declined +refused +failed +p50 ms/);
    expect(stdout).toMatch(/^all +40 +40 +0 +0 +0 /m);
    expect(stdout).toMatch(/^invite +0 /m);
    expect(strange).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('no access') });
  }, 30_000);

  it('counts refusals for load apart from failures, and ends with 1 only for failures', async () => {
    const busy = await answering([200, 200, 429, 503]);
    const load = (url: string): Promise<Json> => cliProcess(['load', url, '--token', 'x', '--app', 'acme', '--rate', '40', '--duration', '1', '--json']).ended;
    const broken = await answering([200, 500]);
    const [refused, failed] = await Promise.all([load(busy.url), load(broken.url)]);
    expect(refused.code).toBe(0);
    expect(JSON.parse(refused.stdout).operations.at(-1)).toMatchObject({ sent: 40, done: 20, refused: 20, failed: 0 });
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('The first failure: ') });
    expect(JSON.parse(failed.stdout).operations.at(-1)).toMatchObject({ sent: 40, done: 20, refused: 0, failed: 20 });
    for (const { server } of [busy, broken]) server.close();
  }, 30_000);

  it('ends with 2 for wrong options, and with 1 when nobody answers', async () => {
    const given = ['http://127.0.0.1:1', '--token', 'x', '--app', 'acme'];
    const codes = await Promise.all([['http://127.0.0.1:1'], [...given, '--rate', '0'], given].map(async (args) => (await cliProcess(['load', ...args]).ended).code));
    expect(codes).toEqual([2, 2, 1]);
  }, 30_000);
});

describe('an open loop', () => {
  it('lets requests that a standstill has delayed start with the time at which they were due', async () => {
    const due: number[] = [];
    await openLoop({
      rate: 100, seconds: 0.5, signal: new AbortController().signal,
      start(intendedAt) {
        due.push(intendedAt);
        if (due.length !== 10) return;
        for (const until = performance.now() + 150; performance.now() < until;);
      },
    });
    expect(due).toHaveLength(50);
    expect(due.map((at, index) => Math.round(at - due[0]! - index * 10))).toEqual(due.map(() => 0));
  });

  it('keeps latencies to three digits', () => {
    const figures = new LoadFigures(['read']);
    for (let ms = 1; ms <= 1_000; ms += 1) figures.note('read', 'done', ms);
    figures.note('read', 'refused', 100_000);
    const { latencyMs, refused, sent } = figures.of('read');
    expect({ refused, sent }).toEqual({ refused: 1, sent: 1_001 });
    for (const [figure, wanted] of [[latencyMs.p50, 500], [latencyMs.p99, 990], [latencyMs.max, 1_000]] as const) expect(Math.abs(figure / wanted - 1)).toBeLessThan(0.002);
  });
});
