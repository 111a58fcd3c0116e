import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
import type { Identity } from '../../src/server/auth/signIn';
import { createSignIn } from '../../src/server/auth/sharedSecret';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';
import { codesOf, JWT_SECRET, startTestServer, stopTestServers, type TestServer } from '../server/testServer';
import { makeToken } from '../server/tokens';

/** What a WebSocket came to: how it stands, the code with which it was closed, or the status with which it was refused. */
type Outcome = 'open' | 'signed in' | number;

interface Opened {
  readonly outcome: Outcome;
  /** When a WebSocket that stood was closed by the server, with the code. */
  readonly closed: Promise<number>;
  close(): void;
}

/** Opens a WebSocket, and signs in with its first message, with a header of its request, or not at all. */
function open(url: string, { init, header }: { readonly init?: string | null; readonly header?: string | null } = {}): Promise<Opened> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers: header ? { authorization: `Bearer ${header}` } : {} });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  return new Promise((resolve) => {
    const stands = (outcome: Outcome): void => { resolve({ outcome, closed, close: () => { socket.close(); } }); };
    socket.on('error', () => undefined);
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      stands(response.statusCode ?? 0);
    });
    socket.on('open', () => {
      if (typeof init === 'string') socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${init}` } }));
      else stands('open');
    });
    socket.on('message', () => { stands('signed in'); });
    socket.on('close', stands);
  });
}

/** How many WebSockets came to each outcome. */
function outcomesOf(opened: readonly Opened[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of opened) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

const times = <T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, (_, index) => act(index)));

describe('a right token', () => {
  let service: TestService;
  beforeAll(async () => { service = await TestService.start({ env: { UNSIGNED_REQUESTS_PER_MINUTE: '10' } }); });
  afterAll(() => service.close());

  it('does not count as unsigned over a WebSocket', async () => {
    const people = await times(30, (index) => service.as(`person${index}@example.com`));
    const opened = await Promise.all(people.map(({ token }) => open(service.url, { init: token })));
    expect(outcomesOf(opened)).toEqual({ 'signed in': 30 });
    expect((await service.nobody().ask('{ __typename }')).status).toBe(200);
    for (const one of opened) one.close();
  });

  it('is accepted behind an address that sends wrong ones, however many, also when it is new', async () => {
    const wrong = new Array<Person>(200).fill(service.nobody()).map((nobody, index) => nobody.ask('{ __typename }', {}, { authorization: `Bearer wrong.token.${index}` }));
    const right = await times(20, async (index) => (await service.as(`new${index}@example.com`)).ask('{ viewer { keapId } }'));
    const refused = new Set((await Promise.all(wrong)).map(({ status }) => status));
    expect([[...refused].sort(), new Set(right.map(({ status }) => status))]).toEqual([[401, 429], new Set([200])]);
    const { token } = await service.as('newest@example.com');
    let wrongOne = await open(service.url, { init: 'wrong' });
    // Until what has come back of the limit meanwhile is used up.
    while (wrongOne.outcome === 4403) wrongOne = await open(service.url, { init: 'wrong' });
    const rightOne = await open(service.url, { init: token });
    expect([wrongOne.outcome, rightOne.outcome]).toEqual([1013, 'signed in']);
    rightOne.close();
  });

  it('counts a WebSocket that closes without a sign-in', async () => {
    const other = await TestService.start({ env: { UNSIGNED_REQUESTS_PER_MINUTE: '3' } });
    for (let count = 0; count < 3; count += 1) {
      const opened = await open(other.url);
      opened.close();
      await opened.closed;
    }
    // The server counts when it has noticed that the last one is closed.
    let status = 200;
    while (status === 200) ({ status } = await other.nobody().ask('{ __typename }'));
    expect(status).toBe(429);
    await other.close();
  });
});

describe('WebSockets', () => {
  let service: TestService;
  beforeAll(async () => { service = await TestService.start({ env: { SUBSCRIPTIONS_PER_PERSON: '5', SUBSCRIPTIONS_PER_PROCESS: '250' } }); });
  afterAll(() => service.close());

  it('of one person stand up to their limit, from the request on when it names the person', async () => {
    const { token } = await service.as('many@example.com');
    const byHeader = await times(20, () => open(service.url, { header: token }));
    expect(outcomesOf(byHeader)).toEqual({ open: 5, 429: 15 });
    const byMessage = await open(service.url, { init: token });
    expect(byMessage.outcome).toBe(1013);
    for (const one of byHeader) one.close();
    await Promise.all(byHeader.filter(({ outcome }) => outcome === 'open').map(({ closed }) => closed));
    let first: Opened = byMessage;
    while (first.outcome !== 'signed in') first = await open(service.url, { init: token });
    const others = await times(19, () => open(service.url, { init: token }));
    expect(outcomesOf([first, ...others])).toEqual({ 'signed in': 5, 1013: 15 });
    for (const one of [first, ...others]) one.close();
  });

  it('without a sign-in make room for later ones, so that nobody behind the same address is kept out', async () => {
    const idle = [];
    for (let count = 0; count < 30; count += 1) idle.push(await open(service.url));
    const { token } = await service.as('right@example.com');
    expect((await open(service.url, { init: token })).outcome).toBe('signed in');
    // A network may have a tenth of all WebSockets open without a sign-in: here 25 of them, among them the one that then signed in.
    const closed = await Promise.all(idle.slice(0, 6).map((one) => one.closed));
    expect(new Set(closed)).toEqual(new Set([1006]));
    for (const one of idle) one.close();
  });
});

describe('a WebSocket that is signed in', () => {
  let service: TestService;
  beforeAll(async () => { service = await TestService.start({ env: { WORK_PER_PERSON: '10', WORK_SAVED_SECONDS: '10' } }); });
  afterAll(() => service.close());

  /** A WebSocket after its acknowledgement, with the messages that come. */
  async function signedIn(keapId: string): Promise<{ readonly socket: WebSocket; readonly messages: Json[]; readonly closed: Promise<readonly unknown[]> }> {
    const { token } = await service.as(keapId);
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers: { authorization: `Bearer ${token}` } });
    const messages: Json[] = [];
    socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString())));
    const closed = once(socket, 'close');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await once(socket, 'message');
    return { socket, messages, closed };
  }

  it('pays for each document that it sends, valid or not, from the budget of the person', async () => {
    const { socket, messages, closed } = await signedIn('documents@example.com');
    const codes = new Set<string>();
    for (let id = 1; !codes.has('TOO_MANY_REQUESTS'); id += 1) {
      const fields = Array.from({ length: 90 }, (_, index) => `a${id}x${index}: nothing${index}`).join(' ');
      socket.send(JSON.stringify({ type: 'subscribe', id: String(id), payload: { query: `subscription { ${fields} }` } }));
      await once(socket, 'message');
      codes.add(messages.at(-1).payload[0].extensions.code);
    }
    expect(codes).toEqual(new Set(['GRAPHQL_VALIDATION_FAILED', 'TOO_MANY_REQUESTS']));
    expect((await (await service.as('documents@example.com')).ask('{ viewer { keapId } }')).status).toBe(429);
    expect((await (await service.as('other@example.com')).ask('{ viewer { keapId } }')).status).toBe(200);
    socket.close();
    await closed;
  });

  it('is closed when the id of a subscription, which all its messages repeat, is longer than anybody needs', async () => {
    const { socket, messages, closed } = await signedIn('ids@example.com');
    const subscribe = (length: number): void => { socket.send(JSON.stringify({ type: 'subscribe', id: 'x'.repeat(length), payload: { query: 'subscription { accountCentralChanged { accounts { totalCount } } }' } })); };
    subscribe(200);
    await once(socket, 'message');
    subscribe(201);
    const [code, reason] = await closed;
    expect([messages.at(-1).type, code, String(reason)]).toEqual(['next', 4400, 'The id of a subscription may have at most 200 characters.']);
  });

  it('is closed when it sends more messages than anybody needs', async () => {
    const { socket, closed } = await signedIn('pings@example.com');
    for (let count = 0; count < 2_000; count += 1) socket.send('{"type":"ping"}');
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([1013, 'This WebSocket has sent too many messages. Connect again later.']);
  });
});

describe('places in flight', () => {
  afterEach(stopTestServers);
  const as = (sub: string): Record<string, string> => ({ authorization: `Bearer ${makeToken({ sub, email: `${sub}@example.com`, exp: Math.floor(Date.now() / 1000) + 600 })}` });
  const statusOf = (server: TestServer, headers: Record<string, string>, query = '{ viewer }'): Promise<number> => server.ask({ query }, headers).then(({ status }) => status);

  it('are never all taken by one caller', async () => {
    const held = { waiting: 0, release: (): void => undefined };
    const released = new Promise<void>((resolve) => { held.release = resolve; });
    const server = await startTestServer({ maxInFlight: 40, gate: () => { held.waiting += 1; return released; } });
    const slow = times(10, () => statusOf(server, as('one'), '{ slow }'));
    while (held.waiting < 4) await statusOf(server, as('other'));
    const refused = await server.ask({ query: '{ viewer }' }, as('one'));
    expect([refused.status, refused.headers.get('retry-after'), await codesOf(refused)]).toEqual([429, '1', ['TOO_MANY_REQUESTS']]);
    expect([await statusOf(server, as('other')), await statusOf(server, {})]).toEqual([200, 200]);
    held.release();
    expect((await slow).sort()).toEqual([...Array<number>(4).fill(200), ...Array<number>(6).fill(429)]);
    expect(await statusOf(server, as('one'))).toBe(200);
  });

  it('are taken by requests that wait in part only, and a position that is none is refused at once', async () => {
    const server = await startTestServer({ maxInFlight: 40 });
    const { progress } = server;
    const waiting: ((reached: boolean) => void)[] = [];
    progress.waitFor = () => new Promise((resolve) => { waiting.push(resolve); });
    const far = { 'x-min-position': '9000000000000000' };
    const waits = times(12, (index) => statusOf(server, { ...as(`p${index}`), ...far }));
    const own = times(4, () => statusOf(server, { ...as('one'), ...far }));
    while (waiting.length < 14) await statusOf(server, as('other'));
    const refused = await server.ask({ query: '{ viewer }' }, { ...as('one'), ...far });
    expect([refused.status, await codesOf(refused)]).toEqual([429, ['TOO_MANY_REQUESTS']]);
    expect(await statusOf(server, { ...as('other'), 'x-min-position': 'zzzz' })).toBe(400);
    for (const end of waiting) end(false);
    expect([new Set(await waits), (await own).sort()]).toEqual([new Set([503]), [429, 429, 503, 503]]);
  });

  /** The head and the first bytes of a request. */
  const begun = (headers: Record<string, string>, body: string, length = body.length): string =>
    ['POST /graphql HTTP/1.1', 'host: localhost', 'content-type: application/json', `content-length: ${length}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', body].join('\r\n');

  it('are given back when a client goes whose pipelined requests wait behind another', async () => {
    const held = { waiting: 0, release: (): void => undefined };
    const released = new Promise<void>((resolve) => { held.release = resolve; });
    const server = await startTestServer({ maxInFlight: 20, gate: () => { held.waiting += 1; return released; } });
    const socket = connect(server.server.port, '127.0.0.1').on('error', () => undefined);
    socket.write(begun(as('one'), '{"query":"{ slow }"}') + begun(as('one'), '{', 200));
    while ((await statusOf(server, as('one'))) !== 429);
    socket.destroy();
    while ((await statusOf(server, as('one'))) !== 200);
    let refused = 0;
    const again = times(2, async () => {
      const status = await statusOf(server, as('one'), '{ slow }');
      if (status === 429) refused += 1;
      return status;
    });
    while (held.waiting + refused < 3) await pause(1);
    held.release();
    expect(await again).toEqual([200, 200]);
  });

  it('are not taken for good by clients who go while their sign-in is checked', async () => {
    const signIn = createSignIn({ jwtSecret: JWT_SECRET, clockToleranceSeconds: 30 });
    const held = { checks: 0, release: (): void => undefined };
    const released = new Promise<void>((resolve) => { held.release = resolve; });
    const authenticate = async (given: string | undefined): Promise<Identity | null> => {
      held.checks += 1;
      await released;
      return signIn.authenticate(given);
    };
    const server = await startTestServer({ maxInFlight: 40, signIn: { ...signIn, knows: () => true, authenticate } });
    for (let count = 1; count <= 4; count += 1) {
      const socket = connect(server.server.port, '127.0.0.1');
      socket.write(begun(as('one'), '{"query":"{ viewer }"}'));
      while (held.checks < count) await pause(1);
      // The server closes its side, too, and so the client knows that it has noticed.
      socket.end();
      await once(socket.resume(), 'close');
    }
    held.release();
    const isAnswered = async (): Promise<boolean> => (await times(4, () => statusOf(server, as('one')))).every((status) => status === 200);
    while (!(await isAnswered()));
    expect(await statusOf(server, as('one'))).toBe(200);
  });
});
