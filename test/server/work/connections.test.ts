import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { HttpServerOptions } from '../../../src/server/httpServer';
import { createServiceMetrics } from '../../../src/server/metrics';
import { metricsParts } from '../metricsParts';
import { startTestServer, stopTestServers, type TestServer } from '../testServer';

afterEach(stopTestServers);

const GET = 'GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n';

/** A connection, and the first line of what comes on it. */
interface Opened {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
}

async function open({ url }: TestServer): Promise<Opened> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const closed = once(socket, 'close');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return { socket, closed };
}

/** Sends a request on a connection. @returns the status, or nothing where the connection is closed. */
async function statusOn({ socket, closed }: Opened): Promise<string | undefined> {
  const answered = once(socket, 'data').then(([data]: Buffer[]) => /^HTTP\/1\.1 (\d+)/.exec(String(data))?.[1], () => undefined);
  socket.write(GET);
  return Promise.race([answered, closed.then(() => undefined)]);
}

/** Opens connections until one is answered. */
async function openAnswered(server: TestServer): Promise<Opened> {
  for (;;) {
    const opened = await open(server);
    if ((await statusOn(opened)) === '200') return opened;
    opened.socket.destroy();
  }
}

const limited = (connectionsPerProcess: number, connectionsPerAddress: number, more: Partial<HttpServerOptions> = {}): Promise<TestServer> =>
  startTestServer({ connections: { connectionsPerProcess, connectionsPerAddress }, ...more });

describe('connections', () => {
  it('of one address beyond its share are refused with 503 at once, and counted, until one is closed', async () => {
    const metrics = createServiceMetrics(metricsParts());
    const server = await limited(0, 3, { metrics });
    const held = [await open(server), await open(server), await open(server)];
    expect(await Promise.all(held.map(statusOn))).toEqual(['200', '200', '200']);
    const refused = await open(server);
    expect(String((await once(refused.socket, 'data'))[0])).toBe('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 5\r\ncontent-length: 0\r\n\r\n');
    await refused.closed;
    const text = await metrics.text();
    expect([/^connections (\d+)$/m.exec(text)?.[1], /^connection_refusals_total (\d+)$/m.exec(text)?.[1]]).toEqual(['3', '1']);
    held[0]?.socket.destroy();
    const next = await openAnswered(server);
    for (const { socket } of [...held, next]) socket.destroy();
  });

  it('of a trusted proxy count for no address', async () => {
    const server = await limited(0, 1, { trustProxy: ['127.0.0.0/8'], development: false });
    const held = [await open(server), await open(server)];
    expect(await Promise.all(held.map(statusOn))).toEqual(['200', '200']);
    for (const { socket } of held) socket.destroy();
  });

  it('on which nothing is under way make room for others when there are nearly too many', async () => {
    const server = await limited(3, 0);
    const idle = [await openAnswered(server), await openAnswered(server)];
    const third = await open(server);
    await Promise.all(idle.map(({ closed }) => closed));
    expect(await statusOn(third)).toBe('200');
    third.socket.destroy();
  });

  it('that send their headers or body bit by bit are closed when the time for a request is over', async () => {
    const server = await limited(0, 0, { requestTimeoutMs: 200 });
    const slow = [await open(server), await open(server), await open(server)];
    const [headers, body] = slow;
    headers?.socket.write('GET /health/live HTTP/1.1\r\nhost: lo');
    body?.socket.write('POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{');
    const trickle = setInterval(() => { for (const { socket } of [slow[0], slow[1]].flatMap((one) => one ?? [])) if (socket.writable) socket.write('x'); }, 20);
    await Promise.all(slow.map(({ socket, closed }) => {
      socket.resume();
      return closed;
    }));
    clearInterval(trickle);
  });
});
