import { connect } from 'node:net';
import { bodyOf, startTestServer, stopTestServers, type TestServer } from '../testServer';

afterAll(stopTestServers);

const QUERY = JSON.stringify({ query: '{ viewer }' });
const BODY = ['content-type: application/json', `content-length: ${QUERY.length}`];
const WEB_SOCKET = ['connection: upgrade', 'upgrade: websocket', 'sec-websocket-version: 13', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-protocol: graphql-transport-ws'];

/** Every way in, with the status that a direct connection gets. */
const WAYS: readonly (readonly [string, string, readonly string[], string, number])[] = [
  ['a query', 'POST /graphql', BODY, QUERY, 200],
  ['an event stream', 'POST /graphql', [...BODY, 'accept: text/event-stream'], QUERY, 401],
  ['a WebSocket', 'GET /graphql', WEB_SOCKET, '', 101],
  ['a preflight', 'OPTIONS /graphql', ['origin: http://localhost:3000', 'access-control-request-method: POST'], '', 204],
  ['a token', 'POST /dev/token', ['content-type: application/json', 'content-length: 28'], '{"keapId":"me@example.com" }', 200],
  ['a page', 'GET /page', [], '', 200],
  ['a health check', 'GET /health/live', [], '', 200],
  ['an unknown address', 'GET /nothing', [], '', 404],
];

/** The status and the text of the first answer, whatever the request is. */
function answerTo(port: number, line: string, headers: readonly string[], body: string, host = '127.0.0.1'): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.write([`${line} HTTP/1.1`, `host: 127.0.0.1:${port}`, ...headers, '', body].join('\r\n'));
    socket.once('data', (chunk: Buffer) => {
      resolve({ status: Number(chunk.toString().split(' ')[1]), text: chunk.toString() });
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

const withPage = (options: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> => startTestServer({ addRoutes: (app) => { app.get('/page', () => 'a page'); }, ...options });

describe('development mode', () => {
  let shared: TestServer;
  beforeAll(async () => { shared = await withPage(); });

  it.each(WAYS)('answers a direct connection, and refuses a forwarded one in words: %s', async (_what, line, headers, body, status) => {
    const { port } = shared.server;
    expect((await answerTo(port, line, headers, body)).status).toBe(status);
    const { status: refused, text } = await answerTo(port, line, [...headers, 'X-Forwarded-For: 127.0.0.1'], body);
    expect(refused).toBe(403);
    expect(text).toContain('This request was passed on by a proxy, which added the header x-forwarded-for. The service runs in development mode');
    expect(text).toContain('set AUTH_JWT_SECRET or AUTH_ISSUER to leave development mode.');
  });

  it.each([
    'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-anything', 'x-forwarded', 'via', 'x-real-ip', 'x-original-forwarded-for', 'x-original-host',
    'true-client-ip', 'cf-connecting-ip', 'cf-ray', 'x-client-ip', 'x-cluster-client-ip', 'fastly-client-ip', 'fly-client-ip', 'x-azure-clientip', 'x-envoy-external-address', 'cdn-loop',
  ])('takes a request with %s for a forwarded one, with any value', async (name) => {
    for (const value of ['', '127.0.0.1', 'for=127.0.0.1;proto=https', '1.1 gateway']) {
      const response = await shared.ask(QUERY, { [name]: value });
      expect([response.status, (await bodyOf(response)).errors?.[0]]).toEqual([403, { message: expect.stringContaining(`added the header ${name}.`), extensions: { code: 'FORBIDDEN' } }]);
    }
  });

  it('is not left by trusting the proxy', async () => {
    const { ask } = await startTestServer({ trustProxy: 1 });
    expect((await ask(QUERY, { 'x-forwarded-for': '127.0.0.1' })).status).toBe(403);
  });

  it('answers IPv4 and IPv6 of this machine', async () => {
    const { server: { port } } = await startTestServer({ host: '::' });
    for (const host of ['127.0.0.1', '127.0.0.2', '::1']) expect((await answerTo(port, 'POST /graphql', BODY, QUERY, host)).status).toBe(200);
  });

  it.each(['192.0.2.1', '10.0.0.1', '::ffff:192.0.2.1', '2001:db8::1', 'fe80::1%eth0'])('refuses a connection from another address, whatever it listens on: %s', async (remoteAddress) => {
    const { ask } = await startTestServer({ addRoutes: (app) => { app.server.on('connection', (socket) => Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress })); } });
    const response = await ask(QUERY);
    expect([response.status, (await bodyOf(response)).errors?.[0]?.message]).toEqual([403, expect.stringContaining('This request came from another machine.')]);
  });
});

describe('outside development mode', () => {
  let shared: TestServer;
  beforeAll(async () => { shared = await withPage({ development: false }); });

  it.each(WAYS.filter(([what]) => what !== 'a token' && what !== 'a preflight'))('forwarded requests are answered: %s', async (_what, line, headers, body, status) => {
    expect((await answerTo(shared.server.port, line, [...headers, 'x-forwarded-for: 203.0.113.9', 'via: 1.1 proxy'], body)).status).toBe(status);
  });
});
