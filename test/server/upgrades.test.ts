import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { startTestServer, stopTestServers } from './testServer';

afterEach(stopTestServers);

const BODY = JSON.stringify({ query: '{ viewer }' });
const CHUNKED_BODY = [...BODY].map((letter) => `1\r\n${letter}\r\n`).join('') + '0\r\n\r\n';
const ANSWER = '{"data":{"viewer":null}}';

const head = (...lines: readonly string[]): string => ['POST /graphql HTTP/1.1', 'host: x', 'content-type: application/json', ...lines, '', ''].join('\r\n');
const withLength = (...lines: readonly string[]): string => `${head(...lines, `content-length: ${BODY.length}`)}${BODY}`;
const chunked = (...lines: readonly string[]): string => `${head(...lines, 'transfer-encoding: chunked')}${CHUNKED_BODY}`;

/** Sends the texts one after the other, and reads until the connection ends or the last answer expected has come. */
function exchange(port: number, texts: readonly string[], answers: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => {
      void (async () => {
        for (const text of texts) {
          socket.write(text);
          await pause(5);
        }
      })();
    });
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (answered(received) === answers) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => { resolve(received); });
  });
}

const answered = (received: string): number => received.split(ANSWER).length - 1;

const H2C = ['connection: Upgrade, HTTP2-Settings', 'upgrade: h2c', 'http2-settings: AAMAAABkAARAAAAAAAIAAAAA'];

describe.each([
  ['h2c', H2C],
  ['TLS/1.0', ['connection: upgrade', 'upgrade: TLS/1.0, HTTP/1.1']],
  ['WebSocket by POST', ['connection: upgrade', 'upgrade: websocket', 'sec-websocket-version: 13', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==']],
])('a request that asks for an upgrade to %s', (_protocol, lines) => {
  it.each([
    ['a body of known length', [withLength(...lines)], 1],
    ['a chunked body', [chunked(...lines)], 1],
    ['a head and a body that come one after the other', [head(...lines, `content-length: ${BODY.length}`), BODY.slice(0, 3), BODY.slice(3)], 1],
    ['a chunked body that comes byte by byte', [head(...lines, 'transfer-encoding: chunked'), ...CHUNKED_BODY], 1],
    ['one after the other on one connection', [withLength(...lines), chunked(...lines), withLength()], 3],
    ['many, one after the other, on one connection', Array<string>(30).fill(withLength(...lines)), 30],
    ['several at once on one connection', [`${withLength(...lines)}${chunked(...lines)}${withLength()}${withLength(...lines)}`], 4],
  ])('is answered as without it: %s', async (_what, texts, answers) => {
    const { server } = await startTestServer();
    const received = await exchange(server.port, texts, answers);
    expect([answered(received), received.match(/^HTTP\/1\.1 .*$/gm)]).toEqual([answers, Array(answers).fill('HTTP/1.1 200 OK')]);
  });
});

describe('a request for a WebSocket', () => {
  it('is answered after an earlier request of its connection', async () => {
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => { go = resolve; });
    const { server, ask } = await startTestServer({ gate: () => gate });
    const slow = JSON.stringify({ query: '{ slow }' });
    const webSocket = ['GET /graphql HTTP/1.1', 'host: x', 'connection: upgrade', 'upgrade: websocket', 'sec-websocket-version: 13', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==', '', ''];
    const exchanged = exchange(server.port, [`${head(`content-length: ${slow.length}`)}${slow}`, webSocket.join('\r\n')], 1);
    await pause(50);
    go();
    // The WebSocket offers no subprotocol.
    expect((await exchanged).match(/^HTTP\/1\.1 .*$/gm)).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 400 Bad Request']);
    expect((await ask({ query: '{ viewer }' })).status).toBe(200);
  });
});
