import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Safelist } from '../../src/server/graphql/documents';
import { bodyOf, codesOf, recordingLogger, startTestServer, stopTestServers, type TestServer } from './testServer';
import { makeToken } from './tokens';

afterEach(stopTestServers);

const hashOf = (source: string): string => createHash('sha256').update(source).digest('hex');
const byHash = (sha256Hash: string, more: object = {}): object => ({ extensions: { persistedQuery: { version: 1, sha256Hash } }, ...more });
const validToken = (): string => makeToken({ exp: Math.floor(Date.now() / 1000) + 3600 });

describe('requests that nobody has signed', () => {
  const statuses = async (count: number, send: () => Promise<Response>): Promise<number[]> => {
    const all: number[] = [];
    for (let sent = 0; sent < count; sent += 1) all.push((await send()).status);
    return all;
  };

  it('are answered until there are too many, with how long to wait', async () => {
    const { ask } = await startTestServer({ unsignedRequestsPerMinute: 3 });
    const begunAt = performance.now();
    expect(await statuses(3, () => ask({ query: '{ viewer }' }))).toEqual([200, 200, 200]);
    const refused = await ask({ query: '{ viewer }' });
    expect([refused.status, await codesOf(refused)]).toEqual([429, ['TOO_MANY_REQUESTS']]);
    // The limit refills while the requests are sent.
    const passed = (performance.now() - begunAt) / 1000;
    const wait = Number(refused.headers.get('retry-after'));
    expect([wait >= 20 - passed, wait <= 20]).toEqual([true, true]);
  });

  it('count wherever they go, health checks excepted', async () => {
    const { url } = await startTestServer({ unsignedRequestsPerMinute: 2 });
    expect(await statuses(5, () => fetch(`${url}/health/live`))).toEqual([200, 200, 200, 200, 200]);
    expect([(await fetch(`${url}/metrics`)).status, (await fetch(`${url}/nothing`)).status, (await fetch(`${url}/dev/token`, { method: 'POST' })).status]).toEqual([404, 404, 429]);
  });

  it('include those with a wrong token', async () => {
    const { ask } = await startTestServer({ unsignedRequestsPerMinute: 2 });
    const wrong = { authorization: `Bearer ${makeToken({ exp: 1 })}` };
    expect(await statuses(3, () => ask({ query: '{ viewer }' }, wrong))).toEqual([401, 401, 429]);
  });

  it('do not lock out who is signed in already from the same address', async () => {
    const { ask } = await startTestServer({ unsignedRequestsPerMinute: 1 });
    const signedIn = { authorization: `Bearer ${validToken()}` };
    await ask({ query: '{ viewer }' }, signedIn);
    await ask({ query: '{ viewer }' });
    expect(await statuses(2, () => ask({ query: '{ viewer }' }))).toEqual([429, 429]);
    expect(await statuses(3, () => ask({ query: '{ viewer }' }, signedIn))).toEqual([200, 200, 200]);
  });

  it('are told apart by the address that a trusted proxy names, and by no other', async () => {
    const from = (server: TestServer, address: string): Promise<Response> => server.ask({ query: '{ viewer }' }, { 'x-forwarded-for': address });
    const behind = await startTestServer({ development: false, unsignedRequestsPerMinute: 1, trustProxy: 1 });
    expect([(await from(behind, '192.0.2.1')).status, (await from(behind, '192.0.2.2')).status, (await from(behind, '192.0.2.9, 192.0.2.1')).status]).toEqual([200, 200, 429]);
    const open = await startTestServer({ development: false, unsignedRequestsPerMinute: 1 });
    expect([(await from(open, '192.0.2.1')).status, (await from(open, '192.0.2.2')).status]).toEqual([200, 429]);
    const listed = await startTestServer({ development: false, unsignedRequestsPerMinute: 1, trustProxy: ['10.0.0.0/8'] });
    expect([(await from(listed, '192.0.2.1')).status, (await from(listed, '192.0.2.2')).status]).toEqual([200, 429]);
  });
});

describe('pages of other origins', () => {
  const preflight = (url: string, origin: string): Promise<Response> =>
    fetch(`${url}/graphql`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' } });

  it('may ask when they are listed', async () => {
    const { url, ask } = await startTestServer({ corsOrigins: ['https://console.example', 'http://localhost:3000'] });
    const allowed = await preflight(url, 'https://console.example');
    expect([allowed.status, allowed.headers.get('access-control-allow-origin'), allowed.headers.get('access-control-allow-credentials')]).toEqual([204, 'https://console.example', null]);
    const answer = await ask({ query: '{ viewer }' }, { origin: 'http://localhost:3000' });
    expect([answer.headers.get('access-control-allow-origin'), answer.headers.get('access-control-expose-headers')]).toEqual(['http://localhost:3000', 'etag, retry-after, x-correlation-id, x-position']);
  });

  it.each(['https://evil.example', 'https://console.example.evil.example', 'null', 'http://console.example'])('are told nothing when they are not: %s', async (origin) => {
    const { url, ask } = await startTestServer({ corsOrigins: ['https://console.example'] });
    for (const response of [await preflight(url, origin), await ask({ query: '{ viewer }' }, { origin })]) expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('may send whatever header their client sends', async () => {
    const { url } = await startTestServer({ corsOrigins: ['https://console.example'] });
    const asked = 'apollographql-client-name,traceparent,x-min-position,x-anything';
    const allowed = await fetch(`${url}/graphql`, { method: 'OPTIONS', headers: { origin: 'https://console.example', 'access-control-request-method': 'POST', 'access-control-request-headers': asked } });
    expect([allowed.status, allowed.headers.get('access-control-allow-headers')]).toEqual([204, asked]);
  });

  it('are told nothing where none is listed', async () => {
    const { url } = await startTestServer();
    expect((await preflight(url, 'https://console.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each(['http://localhost:5173', 'http://127.0.0.1:3000', 'https://[::1]:8443', 'http://localhost'])('of this machine may ask in development, and only then: %s', async (origin) => {
    const [development, production] = [await startTestServer({ development: true }), await startTestServer({ development: false })];
    expect((await preflight(development.url, origin)).headers.get('access-control-allow-origin')).toBe(origin);
    expect((await preflight(production.url, origin)).headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each(['http://localhost.evil.example', 'http://127.0.0.1.evil.example:80', 'http://evil.example/?localhost', 'null'])('that only look like this machine may not: %s', async (origin) => {
    const { url } = await startTestServer({ development: true });
    expect((await preflight(url, origin)).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('documents that ask for too much', () => {
  it('are refused with the limit, whatever they ask about and however they come', async () => {
    const { ask, url, contexts } = await startTestServer();
    const query = `{ ${'a { '.repeat(20)} b ${'}'.repeat(20)} }`;
    const get = await fetch(`${url}/graphql?query=${encodeURIComponent(query)}`, { headers: { 'apollo-require-preflight': '1' } });
    for (const response of [await ask({ query }), await ask({ query }, { accept: 'application/graphql-response+json' }), get]) {
      expect(response.status).toBe(400);
      expect((await bodyOf(response)).errors).toEqual([{ message: 'Fields may stand within fields 20 levels deep, and here they are 21.', extensions: { code: 'BAD_USER_INPUT' } }]);
    }
    expect(contexts).toEqual([]);
  });

  it.each([
    ['bytes that are no UTF-8', '%23%FF'],
    ['another query behind the fragment of the address', '#&query={viewer}'],
  ])('are refused also where their address is read in two ways: %s', async (_, rest) => {
    const { port } = new URL((await startTestServer()).url);
    const query = encodeURIComponent(`{ ${'a { '.repeat(20)} b ${'}'.repeat(20)} }`);
    expect(await answerTo(Number(port), `GET /graphql?query=${query}${rest} HTTP/1.1`)).toContain('Fields may stand within fields 20 levels deep, and here they are 21.');
  });
});

/** What a request is answered whose address no client would write so. */
const answerTo = (port: number, requestLine: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(`${requestLine}\r\nhost: localhost\r\napollo-require-preflight: 1\r\nconnection: close\r\n\r\n`));
    socket.on('data', (data) => (answer += data.toString())).on('close', () => { resolve(answer); }).on('error', reject);
  });

describe('operations by their hash', () => {
  const query = '{ viewer }';

  it('are answered once they were sent', async () => {
    const { ask } = await startTestServer();
    const unknown = await ask(byHash(hashOf(query)));
    expect([unknown.status, await bodyOf(unknown)]).toEqual([200, { errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] }]);
    expect(await bodyOf(await ask(byHash(hashOf(query), { query })))).toEqual({ data: { viewer: null } });
    expect(await bodyOf(await ask(byHash(hashOf(query))))).toEqual({ data: { viewer: null } });
  });

  it('must have the hash that they come with', async () => {
    const { ask } = await startTestServer();
    const other = '{ __typename }';
    expect(await codesOf(await ask(byHash(hashOf(other), { query })))).toEqual(['BAD_USER_INPUT']);
    expect(await codesOf(await ask(byHash(hashOf(other), { query: '' })))).toEqual(['BAD_USER_INPUT']);
    expect(await codesOf(await ask(byHash(hashOf(''), { query: '' })))).toEqual(['GRAPHQL_PARSE_FAILED']);
    expect(await codesOf(await ask(byHash(hashOf(other))))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
  });

  it.each([{ version: 2, sha256Hash: hashOf(query) }, { version: 1 }, { version: 1, sha256Hash: 7 }, 'text', []])('must come as the protocol says, not as %j', async (persistedQuery) => {
    const { ask } = await startTestServer();
    const response = await ask({ query, extensions: { persistedQuery } });
    expect([response.status, await codesOf(response)]).toEqual([400, ['BAD_USER_INPUT']]);
  });

  it('are measured like others', async () => {
    const { ask } = await startTestServer();
    const large = `{ ${Array.from({ length: 101 }, (_, index) => `a${index}: viewer`).join(' ')} }`;
    expect(await codesOf(await ask(byHash(hashOf(large), { query: large })))).toEqual(['BAD_USER_INPUT']);
    expect(await codesOf(await ask(byHash(hashOf(large))))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
  });
});

describe('a list of registered operations', () => {
  const directory = mkdtempSync(join(tmpdir(), 'partner-access-'));
  const file = join(directory, 'operations.json');
  afterAll(() => rmSync(directory, { recursive: true }));
  const listed = '{ viewer }';
  const write = (content: unknown): void => {
    const before = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    utimesSync(file, before / 1000 + 1, before / 1000 + 1);
  };

  it.each([
    ['texts under their hashes', { [hashOf(listed)]: listed }, hashOf(listed)],
    ['a manifest of Apollo', { format: 'apollo-persisted-query-manifest', version: 1, operations: [{ id: 'one', name: 'Viewer', type: 'query', body: listed }] }, 'one'],
  ])('may be %s', async (_what, content, id) => {
    write(content);
    const { ask } = await startTestServer({ safelist: new Safelist(file, recordingLogger().logger) });
    for (const request of [{ query: listed }, byHash(id), byHash(hashOf(listed)), byHash(hashOf(listed), { query: listed })]) {
      expect(await bodyOf(await ask(request))).toEqual({ data: { viewer: null } });
    }
  });

  it('lets nothing else through, not even once it was sent with its hash', async () => {
    write({ [hashOf(listed)]: listed });
    const { ask, contexts } = await startTestServer({ safelist: new Safelist(file, recordingLogger().logger) });
    const other = '{ __typename }';
    for (const request of [{ query: other }, byHash(hashOf(other), { query: other }), { query: `${listed} ` }]) {
      const response = await ask(request);
      expect([response.status, (await bodyOf(response)).errors?.[0]?.message]).toEqual([400, expect.stringContaining('registered operations only')]);
    }
    expect((await ask(byHash(hashOf(listed), { query: other }))).status).toBe(400);
    expect(await codesOf(await ask(byHash(hashOf(other))))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    expect(contexts).toHaveLength(1);
  });

  it('lets nothing through behind the fragment of an address', async () => {
    write({ [hashOf(listed)]: listed });
    const { url, contexts } = await startTestServer({ safelist: new Safelist(file, recordingLogger().logger) });
    expect(await answerTo(Number(new URL(url).port), `GET /graphql?query={__typename}#&query=${encodeURIComponent(listed)} HTTP/1.1`)).toContain('registered operations only');
    expect(contexts).toEqual([]);
  });

  it('is read again when it has changed, and stays in force when it cannot be read', () => {
    write({ a: '{ a }' });
    let now = 0;
    const { logger, lines } = recordingLogger();
    const list = new Safelist(file, logger, () => now);
    write({ b: '{ b }' });
    expect([list.sourceOf('a'), list.sourceOf('b')]).toEqual(['{ a }', undefined]);
    now += 1000;
    expect([list.sourceOf('a'), list.sourceOf('b')]).toEqual([undefined, '{ b }']);
    write('not JSON');
    now += 1000;
    expect(list.sourceOf('b')).toBe('{ b }');
    expect(lines).toEqual([expect.objectContaining({ level: 40 })]);
  });

  it.each(['not JSON', '[]', '7', { a: 1 }, { operations: [{ id: 'x' }] }])('cannot be %j', (content) => {
    write(content);
    expect(() => new Safelist(file, recordingLogger().logger)).toThrow(/SAFELIST/);
  });
});
