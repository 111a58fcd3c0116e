import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { bodyOf, codesOf, startTestServer, stopTestServers } from './testServer';
import { makeToken } from './tokens';

afterEach(stopTestServers);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const VIEWER = { query: '{ viewer }' };

/** A promise, and the function that fulfils it. */
function signal(): { readonly given: Promise<void>; give: () => void } {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

/** What a raw connection was sent until the other side ended it. */
function rawExchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => {
      resolve(received);
    });
  });
}

/** A token that ends in an hour. */
const tokenOf: typeof makeToken = (claims, shape) => makeToken({ exp: Math.floor(Date.now() / 1000) + 3600, ...claims }, shape);

describe('signing in over HTTP', () => {
  it('lets a token\'s person ask', async () => {
    const { ask, contexts } = await startTestServer();
    const response = await ask(VIEWER, { authorization: `Bearer ${tokenOf({ scope: 'auditor' })}` });
    expect(await bodyOf(response)).toEqual({ data: { viewer: 'someone@example.com' } });
    expect(contexts[0]?.request.identity).toMatchObject({ sub: 'someone', scopes: ['auditor'] });
  });

  it('takes a request without the header as not signed in', async () => {
    const { ask, contexts } = await startTestServer();
    expect((await ask(VIEWER)).status).toBe(200);
    expect(contexts[0]?.request.identity).toBeNull();
  });

  it.each([
    ['another scheme', 'Basic YTpi'],
    ['the algorithm none', `Bearer ${tokenOf({}, { header: { alg: 'none' }, signature: '' })}`],
    ['an expired token', `Bearer ${makeToken({ exp: 1000 })}`],
    ['another key', `Bearer ${tokenOf({}, { secret: Buffer.alloc(32, 1) })}`],
    ['no exp', `Bearer ${makeToken({ exp: undefined })}`],
  ])('answers 401 to %s, before anything else', async (_what, authorization) => {
    const { ask, url, contexts, progress } = await startTestServer();
    const refused = await ask(VIEWER, { authorization, accept: 'application/graphql-response+json' });
    expect([refused.status, refused.headers.get('content-type')]).toEqual([401, 'application/graphql-response+json; charset=utf-8']);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(refused.headers.get('x-correlation-id')).toMatch(UUID);
    expect((await bodyOf(refused)).errors).toEqual([{ message: expect.any(String) as unknown, extensions: { code: 'UNAUTHENTICATED' } }]);
    const otherwiseWrong = await ask('not JSON', { authorization, 'x-min-position': '9999999999999999' });
    expect(otherwiseWrong.status).toBe(401);
    expect((await fetch(`${url}/graphql`, { headers: { authorization } })).status).toBe(401);
    expect([contexts.length, progress.waits.length]).toEqual([0, 0]);
  });
});

describe('correlation and trace', () => {
  it('keeps the client\'s UUID, returns it and hands it on', async () => {
    const { ask, contexts } = await startTestServer();
    const id = '0190A5A4-6e4f-7d2b-9b1e-0c5f2f3a4b5c';
    const response = await ask(VIEWER, { 'x-correlation-id': id, 'x-client-name': 'console', 'x-client-version': '1.2' });
    expect(response.headers.get('x-correlation-id')).toBe(id);
    expect(contexts[0]?.request.trace).toEqual({ correlationId: id, clientAddress: '127.0.0.1', clientName: 'console', clientVersion: '1.2' });
  });

  it.each([undefined, 'nonsense', '0190a5a4-6e4f-7d2b-9b1e-0c5f2f3a4b5c0'])('makes one where there is none: %s', async (given) => {
    const { ask, contexts } = await startTestServer();
    const response = await ask(VIEWER, given === undefined ? {} : { 'x-correlation-id': given });
    const id = response.headers.get('x-correlation-id');
    expect(id).toMatch(UUID);
    expect(contexts[0]?.request.trace).toEqual({ correlationId: id, clientAddress: '127.0.0.1' });
  });

  it('bounds what a client says of itself, and keeps what can be printed', async () => {
    const { ask, contexts } = await startTestServer();
    await ask(VIEWER, { 'x-client-name': `a\u00e9b\tc${'x'.repeat(300)}`, 'x-client-version': '\u00e9' });
    expect(contexts[0]?.request.trace).toMatchObject({ clientName: `abc${'x'.repeat(97)}` });
    expect(contexts[0]?.request.trace).not.toHaveProperty('clientVersion');
  });

  it('believes x-forwarded-for only behind a proxy', async () => {
    const open = await startTestServer({ development: false });
    const behind = await startTestServer({ development: false, trustProxy: 1 });
    for (const { ask } of [open, behind]) await ask(VIEWER, { 'x-forwarded-for': '203.0.113.9' });
    expect([open, behind].map(({ contexts }) => contexts[0]?.request.trace.clientAddress)).toEqual(['127.0.0.1', '203.0.113.9']);
  });

  it('releases what a request opened, once', async () => {
    const { ask, contexts } = await startTestServer();
    await ask(VIEWER);
    await ask({ query: '{ boom }' });
    expect(contexts.map(({ disposed }) => disposed)).toEqual([1, 1]);
  });
});

describe('positions', () => {
  it('are on every GraphQL answer', async () => {
    const { ask } = await startTestServer();
    for (const response of [await ask(VIEWER), await ask({ query: '{ nothing }' }), await ask({}), await ask('x'), await ask(VIEWER, { authorization: 'no' }), await ask({ query: '{ boom }' })]) {
      expect(response.headers.get('x-position')).toBe('0000000000000005');
    }
  });

  it('of a query are those of its start, not of its end', async () => {
    const started = signal();
    const goOn = signal();
    const { ask, progress } = await startTestServer({
      gate: () => {
        started.give();
        return goOn.given;
      },
    });
    const answer = ask({ query: '{ slow }' });
    await started.given;
    progress.standing = '0000000000000006';
    goOn.give();
    expect((await answer).headers.get('x-position')).toBe('0000000000000005');
  });

  it('of a mutation are those that it waited for', async () => {
    const { ask, progress } = await startTestServer();
    progress.onWait = () => {
      progress.standing = '0000000000000008';
      // What is seen after the wait is not what the answer was read from.
      queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => (progress.standing = '0000000000000009'))));
      return true;
    };
    const response = await ask({ query: 'mutation { write(position: "0000000000000008") }' });
    expect(response.headers.get('x-position')).toBe('0000000000000008');
  });

  it('of a mutation that waited for nothing are those of its end', async () => {
    const { ask } = await startTestServer();
    expect((await ask({ query: 'mutation { write(position: "1", reach: false) }' })).headers.get('x-position')).toBe('0000000000000005');
  });

  it('that a client asks for are waited for, two seconds at most, before anything is read', async () => {
    const { ask, progress } = await startTestServer();
    progress.onWait = () => {
      progress.standing = '0000000000000007';
      return true;
    };
    const response = await ask(VIEWER, { 'x-min-position': '0000000000000007' });
    expect([response.status, response.headers.get('x-position')]).toEqual([200, '0000000000000007']);
    expect(progress.waits).toEqual([{ position: '0000000000000007', timeoutMs: 2000 }]);
  });

  it('that are not reached in time are answered with PROJECTION_BEHIND', async () => {
    const { ask, contexts } = await startTestServer();
    const response = await ask(VIEWER, { 'x-min-position': '0000000000000099' });
    expect([response.status, response.headers.get('x-position'), await codesOf(response)]).toEqual([503, '0000000000000005', ['PROJECTION_BEHIND']]);
    expect(contexts).toEqual([]);
  });

  it.each(['0000000000000005', ''])('that are there already are not waited for: %p', async (position) => {
    const { ask, progress } = await startTestServer();
    expect((await ask(VIEWER, { 'x-min-position': position })).status).toBe(200);
    expect(progress.waits).toEqual([]);
  });

  it.each(['no position', 'x'.repeat(65), '1, 2', '../1'])('that are malformed are bad input: %s', async (position) => {
    const { ask, contexts } = await startTestServer();
    const response = await ask(VIEWER, { 'x-min-position': position });
    expect([response.status, await codesOf(response), contexts.length]).toEqual([400, ['BAD_USER_INPUT'], 0]);
  });
});

describe('bounds', () => {
  it('refuses a body that says it is far over 256 KiB before it comes', async () => {
    const { url } = await startTestServer();
    const sent = httpRequest(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': 1_000_000_000 } });
    sent.on('error', () => undefined);
    sent.flushHeaders();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    expect([response.statusCode, response.headers.connection]).toEqual([413, 'close']);
    sent.destroy();
  });

  it('refuses a body over 256 KiB and names the bound', async () => {
    const { ask, contexts } = await startTestServer();
    const fits = await ask(`{"query":"{ viewer }"${' '.repeat(256 * 1024 - 22)}}`);
    expect(fits.status).toBe(200);
    const response = await ask(`{"query":"{ viewer }"${' '.repeat(256 * 1024 - 21)}}`);
    expect(response.status).toBe(413);
    expect((await bodyOf(response)).errors).toEqual([{ message: 'The request body may have at most 262,144 bytes (256 KiB).', extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(contexts).toHaveLength(1);
  });

  it('keeps the connection of a client that still sends the far larger body that is refused, so that it reads why', async () => {
    const { server } = await startTestServer();
    const bytes = 8_000_000;
    const socket = connect(server.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.write(`POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`);
    await once(socket, 'data');
    expect(received).toContain('413 Payload Too Large');
    socket.end(`${'x'.repeat(bytes)}GET /health/live HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
    await once(socket, 'close');
    expect(received).toContain('200 OK');
  });

  it('refuses other media types', async () => {
    const { ask } = await startTestServer();
    const response = await ask('query=1', { 'content-type': 'application/x-www-form-urlencoded' });
    expect([response.status, await codesOf(response)]).toEqual([415, ['BAD_USER_INPUT']]);
  });

  it('works on a bounded number of requests at once', async () => {
    const started = signal();
    const goOn = signal();
    const { ask } = await startTestServer({
      maxInFlight: 1,
      gate: () => {
        started.give();
        return goOn.given;
      },
    });
    const first = ask({ query: '{ slow }' });
    await started.given;
    const second = await ask(VIEWER);
    expect([second.status, second.headers.get('retry-after'), await codesOf(second)]).toEqual([429, '1', ['TOO_MANY_REQUESTS']]);
    goOn.give();
    expect((await first).status).toBe(200);
    expect((await ask(VIEWER)).status).toBe(200);
  });

  it('gives up a request that does not arrive', async () => {
    const { server } = await startTestServer({ requestTimeoutMs: 100 });
    const answer = await rawExchange(server.port, 'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it.each(['a b', '[', ''])('answers a host header that cannot be one: %p', async (host) => {
    const { server, logged } = await startTestServer();
    const body = JSON.stringify(VIEWER);
    const answer = await rawExchange(server.port, `POST /graphql HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(logged).toEqual([]);
  });
});

describe('other addresses', () => {
  it('answer 404 in JSON where there is nothing', async () => {
    const { url } = await startTestServer();
    for (const path of ['/nothing', '/graphql/nothing', '/graphqlx', '/health']) {
      const response = await fetch(`${url}${path}`);
      expect([response.status, await response.json()]).toEqual([404, { error: { code: 'NOT_FOUND', message: 'This address does not exist.' } }]);
    }
  });

  it('answer an address that cannot be decoded', async () => {
    const { url } = await startTestServer();
    const response = await fetch(`${url}/%c0%af`);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/json');
  });

  it('say that the process lives', async () => {
    const { url } = await startTestServer({ readiness: () => ({ ready: false }) });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });

  it.each([
    [() => ({ ready: true, store: 'reachable' }), 200, { ready: true, store: 'reachable' }],
    [() => Promise.resolve({ ready: false, notReady: ['store'] }), 503, { ready: false, notReady: ['store'] }],
    [
      () => {
        throw new Error('10.0.0.7');
      },
      503,
      { ready: false, readiness: 'could not be determined' },
    ],
  ])('say whether it is ready: %#', async (readiness, status, body) => {
    const { url } = await startTestServer({ readiness });
    const response = await fetch(`${url}/health/ready`);
    expect([response.status, await response.json()]).toEqual([status, body]);
  });

  it('show no page of another program to a browser that opens the address of the API', async () => {
    for (const development of [true, false]) {
      const { url } = await startTestServer({ development });
      const response = await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } });
      expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/json; charset=utf-8']);
    }
  });

  it.each(['/', '/health/live', '/nothing/here', '/%zz'])('carry headers that protect a browser at %s', async (path) => {
    const { url } = await startTestServer({ development: false });
    const { headers } = await fetch(url + path);
    expect(headers.get('content-security-policy')).toContain('default-src \'self\'');
    expect(headers.get('content-security-policy')).toContain('frame-ancestors \'none\'');
    expect(['x-content-type-options', 'referrer-policy', 'cache-control'].map((name) => headers.get(name))).toEqual(['nosniff', 'no-referrer', 'no-store']);
    expect(headers.get('strict-transport-security')).not.toBeNull();
  });
});

describe('tokens for development over HTTP', () => {
  const tokenRequest = (host: string): string => `POST /dev/token HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 30\r\n\r\n{"keapId":"coach@example.com"}`;
  const request = (body: unknown): RequestInit => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

  it('sign in', async () => {
    const { url, ask } = await startTestServer();
    const response = await fetch(`${url}/dev/token`, request({ keapId: 'Coach@example.com' }));
    const { token } = (await response.json()) as { token: string };
    expect(await bodyOf(await ask(VIEWER, { authorization: `Bearer ${token}` }))).toEqual({ data: { viewer: 'Coach@example.com' } });
  });

  it('do not exist outside development', async () => {
    const { url } = await startTestServer({ developmentTokens: null });
    expect((await fetch(`${url}/dev/token`, request({ keapId: 'coach@example.com' }))).status).toBe(404);
  });

  it.each([['evil.example', null], ['localhost.evil.example', null], ['127.0.0.1@evil.example', null], ['evil.example', 'https://partners.example']])('are not given under the name %s, which a foreign page could point at this machine', async (host, publicUrl) => {
    const { server } = await startTestServer({ publicUrl });
    const answer = await rawExchange(server.port, tokenRequest(host));
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).not.toContain('"token"');
  });

  it.each([['localhost:4000', null], ['[::1]:4000', null], ['127.0.0.1', null], ['partners.example', 'https://partners.example/access']])('are given under the name %s', async (host, publicUrl) => {
    const { server } = await startTestServer({ publicUrl });
    expect(await rawExchange(server.port, tokenRequest(host))).toContain('"token"');
  });

  it('are refused for a request of another shape, with what is allowed', async () => {
    const { url } = await startTestServer();
    const malformed = await fetch(`${url}/dev/token`, request({ scope: 'operator' }));
    expect([malformed.status, await malformed.json()]).toMatchObject([400, { error: { code: 'BAD_USER_INPUT' } }]);
  });
});

describe('closing', () => {
  it('finishes the request that is being answered, takes no new one, and then ends', async () => {
    const started = signal();
    const goOn = signal();
    const { ask, server, contexts } = await startTestServer({
      gate: () => {
        started.give();
        return goOn.given;
      },
    });
    const answer = ask({ query: '{ slow }' });
    await started.given;
    let ended = false;
    const closed = server.close().then(() => {
      ended = true;
    });
    await expect(ask(VIEWER)).rejects.toThrow();
    expect(ended).toBe(false);
    goOn.give();
    const response = await answer;
    expect([response.status, response.headers.get('connection'), await bodyOf(response)]).toEqual([200, 'close', { data: { slow: 'done' } }]);
    await closed;
    expect(contexts.map(({ disposed }) => disposed)).toEqual([1]);
    await server.close();
  });

  it('does not wait longer than its bound', async () => {
    const started = signal();
    const goOn = signal();
    const { ask, server } = await startTestServer({
      drainTimeoutMs: 50,
      gate: () => {
        started.give();
        return goOn.given;
      },
    });
    const answer = ask({ query: '{ slow }' }).then(
      () => 'answered',
      () => 'cut off',
    );
    await started.given;
    await server.close();
    expect(await answer).toBe('cut off');
    goOn.give();
  });

  it('says so when the port is taken', async () => {
    const { server } = await startTestServer();
    await expect(startTestServer({ port: server.port })).rejects.toThrow(/EADDRINUSE/);
  });
});
