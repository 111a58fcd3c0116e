import { createDevelopmentTokens } from '../../src/server/auth/developmentTokens';
import { addMailBounceRoute } from '../../src/server/mail/bounceRoute';
import { connect } from 'node:net';
import { bodyOf, codesOf, JWT_SECRET, startTestServer, stopTestServers } from './testServer';

afterEach(stopTestServers);

const QUERY = { query: '{ viewer }' };

describe('a request body that is not UTF-8', () => {
  const json = { 'content-type': 'application/json' };
  const invalid = (text: string): Buffer => Buffer.concat([Buffer.from(text.replace('?', '')).subarray(0, text.indexOf('?')), Buffer.from([0xff, 0xc3]), Buffer.from(text.slice(text.indexOf('?') + 1))]);

  it.each([
    ['/graphql', '{"query":"{ viewer }","variables":{"a":"?"}}'],
    ['/dev/token', '{"keapId":"olivia?@keap.example"}'],
    ['/webhooks/mail-bounce', '{"type":"mail.bounced","data":{"messageId":"<?>"}}'],
  ])('is refused in words: %s', async (path, text) => {
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    const { url } = await startTestServer({
      developmentTokens: createDevelopmentTokens({ jwtSecret: JWT_SECRET }),
      addRoutes: (app) => { addMailBounceRoute(app, { secret, messageIdOf: () => null, record: () => Promise.resolve(true) }); },
    });
    const response = await fetch(`${url}${path}`, { method: 'POST', headers: json, body: new Uint8Array(invalid(text)) });
    const answer = await response.text();
    expect([response.status, answer]).toEqual([400, expect.stringMatching(/The request body is not valid UTF-8\..*"code":"BAD_USER_INPUT"|"code":"BAD_USER_INPUT".*The request body is not valid UTF-8\./)]);
  });

  it('is taken where it is UTF-8 of any length', async () => {
    const { ask } = await startTestServer();
    expect((await bodyOf(await ask({ query: '{ viewer }', variables: { a: 'ä€😀' } }))).data).toEqual({ viewer: null });
  });
});

describe('x-min-position', () => {
  const DRY_RUN = '0000000000000005-000001';
  it.each(['banana', DRY_RUN, '5', '00000000000000000005-00000000000000000005'])('that no answer of this service gave is bad input at once: %s', async (position) => {
    const { ask, progress, url } = await startTestServer();
    const headers = { 'x-min-position': position };
    const responses = [await ask(QUERY, headers), await ask(QUERY, { ...headers, accept: 'text/event-stream' }), await fetch(`${url}/graphql?query={viewer}`, { headers: { ...headers, 'apollo-require-preflight': '1' } })];
    for (const response of responses) expect([response.status, await codesOf(response)]).toEqual([400, ['BAD_USER_INPUT']]);
    expect(await upgradeStatus(url, headers)).toBe(400);
    expect(progress.waits).toEqual([]);
  });
});

/** The status with which a request for a WebSocket is refused. */
function upgradeStatus(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const lines = ['GET /graphql HTTP/1.1', 'host: x', 'connection: upgrade', 'upgrade: websocket', 'sec-websocket-version: 13', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-protocol: graphql-transport-ws'];
    socket.write([...lines, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n'));
    socket.once('data', (chunk: Buffer) => {
      resolve(Number(chunk.toString().split(' ')[1]));
      socket.destroy();
    });
  });
}

describe('an address that is none', () => {
  it.each([
    ['/things/%ff', 400, 'The address is not valid. After a percent sign, write two hexadecimal digits of a character in UTF-8.'],
    ['/graphql%', 400, 'The address is not valid. After a percent sign, write two hexadecimal digits of a character in UTF-8.'],
    [`/things/${'x'.repeat(200)}`, 414, 'A part of the address is too long.'],
  ])('is refused in words: %s', async (path, status, message) => {
    const { url } = await startTestServer({ addRoutes: (app) => { app.get('/things/:name', () => ({})); } });
    const response = await fetch(`${url}${path}`);
    expect([response.status, await response.json()]).toEqual([status, { error: { code: 'BAD_USER_INPUT', message } }]);
  });
});

describe('Retry-After', () => {
  it('is on 503 for a position that is not reached, for readiness, and on 429 for too many requests', async () => {
    const { ask, url } = await startTestServer({ readiness: () => ({ ready: false }), unsignedRequestsPerMinute: 2 });
    const behind = await ask(QUERY, { 'x-min-position': '0000000000000099' });
    const notReady = await fetch(`${url}/health/ready`);
    await ask(QUERY);
    const tooMany = await ask(QUERY);
    expect([behind, notReady, tooMany].map(({ status }) => status)).toEqual([503, 503, 429]);
    for (const { headers } of [behind, notReady, tooMany]) expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });
});

describe('a subscription that is sent without "accept: text/event-stream"', () => {
  it.each(['application/json', 'application/graphql-response+json', '*/*'])('is told what to do: %s', async (accept) => {
    const { ask } = await startTestServer();
    const { errors = [] } = await bodyOf(await ask({ query: 'subscription { ticks }' }, { accept }));
    expect(errors.map(({ message, extensions }) => [message, extensions['code']])).toEqual([[expect.stringMatching(/accept.*text\/event-stream/) as unknown, 'BAD_USER_INPUT']]);
  });
});
