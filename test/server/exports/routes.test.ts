import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { ExportedFile, Exports } from '../../../src/server/exports/routes';
import { startTestServer, stopTestServers, type TestServer } from '../testServer';
import { makeToken } from '../tokens';

afterEach(stopTestServers);

const tokenOf = (sub: string): string => makeToken({ exp: Math.floor(Date.now() / 1000) + 3600, sub, email: `${sub}@example.com` });
const download = (server: TestServer, sub: string, init: RequestInit = {}): Promise<Response> => fetch(`${server.url}/export/access.csv`, { ...init, headers: { authorization: `Bearer ${tokenOf(sub)}` } });

const noReview = (): Promise<never> => Promise.reject(new Error('There is no review.'));

/** Files of these parts, and how many of them were closed. */
function filesOf(parts: () => Iterator<string, void>): Exports & { closed: number } {
  return {
    closed: 0,
    access(): Promise<ExportedFile> {
      return Promise.resolve({ name: 'a.csv', type: 'text/csv', parts: parts(), close: () => { this.closed += 1; } });
    },
    administration: noReview, review: noReview,
  };
}

function* endless(): Generator<string, void, undefined> {
  for (;;) yield 'x'.repeat(64 * 1024);
}

/** Begins a download and reads nothing of it. */
async function unread(server: TestServer, sub: string): Promise<IncomingMessage> {
  const request = get(`${server.url}/export/access.csv`, { agent: false, headers: { authorization: `Bearer ${tokenOf(sub)}` } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  return response;
}

describe('downloads', () => {
  it('are one for each person at a time, and four in all; others are told to come again, and may when one has ended', async () => {
    const exports = filesOf(endless);
    const server = await startTestServer({ exports });
    const open = [await unread(server, 'ann'), await unread(server, 'ben'), await unread(server, 'cid')];
    const second = await download(server, 'ann');
    expect([second.status, second.headers.get('retry-after'), ((await second.json()) as { error: { message: string } }).error.message]).toEqual([429, '1', expect.stringContaining('being sent to you already')]);
    open.push(await unread(server, 'dan'));
    const fifth = await download(server, 'eve');
    expect([fifth.status, await fifth.text()]).toEqual([429, expect.stringContaining('sending 4 files')]);
    for (const response of open) {
      response.destroy();
    }
    let again = await download(server, 'ann');
    while (again.status === 429) {
      await again.text();
      again = await download(server, 'ann');
    }
    expect([again.status, again.headers.get('content-disposition'), again.headers.get('x-correlation-id')]).toEqual([200, 'attachment; filename="a.csv"', expect.any(String)]);
    await again.body?.cancel();
  });

  it('that fail on the way never look complete, and give everything back', async () => {
    const exports = filesOf(function* () {
      yield 'the beginning\r\n';
      throw new Error('The disk is gone.');
    });
    const server = await startTestServer({ exports });
    for (const person of ['ann', 'ann']) await expect(download(server, person).then((response) => response.text())).rejects.toThrow();
    expect(exports.closed).toBe(2);
    expect(server.contexts.map(({ disposed }) => disposed)).toEqual([1, 1]);
    expect(server.logged.filter(({ msg }) => msg === 'A request failed')).toHaveLength(2);
  });

  it('that cannot begin are answered with the reason, without details of a fault', async () => {
    const server = await startTestServer({ exports: { access: () => Promise.reject(new Error('secret detail')), administration: noReview, review: noReview } });
    const response = await download(server, 'ann');
    const text = await response.text();
    expect([response.status, response.headers.get('content-type')]).toEqual([500, 'application/json; charset=utf-8']);
    expect(text).toContain('INTERNAL_SERVER_ERROR');
    expect(text).not.toContain('secret detail');
  });

  it('do not delay a shutdown for longer than other requests do', async () => {
    const exports = filesOf(endless);
    const server = await startTestServer({ exports, drainTimeoutMs: 50 });
    const response = await unread(server, 'ann');
    const closed = new Promise((resolve) => response.once('close', resolve));
    await server.server.close();
    response.resume();
    await closed;
    expect(response.complete).toBe(false);
  });

  it('have no HEAD, and count as unsigned requests only without a token', async () => {
    const server = await startTestServer({ exports: filesOf(endless), unsignedRequestsPerMinute: 1 });
    expect((await download(server, 'ann', { method: 'HEAD' })).status).toBe(404);
    const unsigned = (): Promise<number> => fetch(`${server.url}/export/access.csv`).then(({ status }) => status);
    expect([await unsigned(), await unsigned()]).toEqual([429, 429]);
    const signed = await download(server, 'ben');
    expect(signed.status).toBe(200);
    await signed.body?.cancel();
  });
});
