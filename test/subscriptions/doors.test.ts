import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
import { codesOf, followedAt, Following, untilFollowed, WAYS, type Way } from '../support/following';
import { GivenApp } from '../support/givenApp';
import { startServiceProcess } from '../support/serviceProcess';
import { temporaryDirectory } from '../support/temporaryDirectory';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';

const CENTRAL = 'subscription { accountCentralChanged { accounts { totalCount } } }';
const EVENTS = 'subscription ($filter: MembershipEventFilter) { membershipEvents(filter: $filter) { position type data } }';
const SECRET = 'a secret for tests that has more than 32 bytes';

/** A token that ends at a moment in seconds since 1970. */
function tokenUntil(exp: number, sub = 'someone'): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode({ sub, email: `${sub}@example.com`, exp })}`;
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000);
/** As far as the clocks of issuer and server may differ. */
const TOLERANCE_SECONDS = 30;

/** A WebSocket as nobody's library opens it: how it closed, or with which status it was refused. */
async function outcomeOf(url: string, options: { readonly protocol?: string; readonly origin?: string; readonly first?: string; readonly headers?: Record<string, string> }): Promise<number> {
  const { protocol = 'graphql-transport-ws', origin, first, headers = {} } = options;
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocol, { headers, ...(origin === undefined ? {} : { origin }) });
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.on('open', () => { if (first !== undefined) socket.send(first); });
    socket.on('message', () => {
      resolve(1);
      socket.close();
    });
    socket.on('close', (code) => { resolve(code); });
  });
}

const init = (authorization?: string): string => JSON.stringify({ type: 'connection_init', payload: authorization === undefined ? {} : { authorization } });

describe('a WebSocket', () => {
  let service: TestService;
  let token: string;
  beforeAll(async () => {
    service = await TestService.start({ env: { AUTH_JWT_SECRET: SECRET, HOST: '127.0.0.1', CORS_ORIGINS: 'https://console.example.com', UNSIGNED_REQUESTS_PER_MINUTE: '40' } });
    token = `Bearer ${tokenUntil(nowSeconds() + 600)}`;
  });
  afterAll(() => service.close());

  it('signs in with its first message or with a header of its request', async () => {
    expect(await outcomeOf(service.url, { first: init(token) })).toBe(1);
    expect(await outcomeOf(service.url, { first: init(), headers: { authorization: token } })).toBe(1);
  });

  it('accepts subscriptions only, up to its limit', async () => {
    const query = JSON.stringify({ type: 'subscribe', id: '1', payload: { query: '{ viewer { keapId } }' } });
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers: { authorization: token } });
    await once(socket, 'open');
    const messages: Json[] = [];
    socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString())));
    socket.send(init());
    while (messages.length < 1) await once(socket, 'message');
    socket.send(query);
    // It counts as a subscription until it is refused.
    while (messages.length < 2) await once(socket, 'message');
    for (let id = 2; id <= 22; id += 1) socket.send(JSON.stringify({ type: 'subscribe', id: String(id), payload: { query: CENTRAL } }));
    while (messages.length < 23) await once(socket, 'message');
    const errors = messages.filter(({ type }) => type === 'error').map(({ id, payload }) => [id, payload[0].extensions.code]);
    expect(errors.sort()).toEqual([['1', 'BAD_USER_INPUT'], ['22', 'TOO_MANY_REQUESTS']].sort());
    socket.close();
  });

  it('is closed with 4403 without a valid token, with 4401 for a subscription before the acknowledgement, and refused with 401 for an invalid header', async () => {
    expect(await outcomeOf(service.url, { first: init() })).toBe(4403);
    expect(await outcomeOf(service.url, { first: init(`Bearer ${tokenUntil(nowSeconds() - 60)}`) })).toBe(4403);
    expect(await outcomeOf(service.url, { first: init('Basic abc') })).toBe(4403);
    expect(await outcomeOf(service.url, { first: JSON.stringify({ type: 'subscribe', id: '1', payload: { query: CENTRAL } }), headers: { authorization: token } })).toBe(4401);
    expect(await outcomeOf(service.url, { headers: { authorization: 'Bearer nothing' } })).toBe(401);
  });

  it('accepts pages of its own origin and of allowed origins only', async () => {
    const outcomes = await Promise.all([undefined, service.url, 'https://console.example.com', 'https://evil.example', 'null', `${service.url}1`].map((origin) =>
      outcomeOf(service.url, { first: init(token), ...(origin === undefined ? {} : { origin }) })));
    expect(outcomes).toEqual([1, 1, 1, 403, 403, 403]);
  });

  it('is refused for another protocol, and closed for a message that is too large, binary or invalid', async () => {
    expect(await outcomeOf(service.url, { protocol: 'graphql-ws' })).toBe(400);
    expect(await outcomeOf(service.url, { first: JSON.stringify({ type: 'connection_init', payload: { fill: 'x'.repeat(300_000) } }) })).toBe(1009);
    expect(await outcomeOf(service.url, { first: 'hello' })).toBe(4400);
  });

  it('is closed when it sends no first message', async () => {
    expect(await outcomeOf(service.url, {})).toBe(4408);
  });

  it('does not change the answers to other upgrade requests', async () => {
    const socket = connect(service.running.port, '127.0.0.1');
    socket.write('GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: h2c\r\n\r\n');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    while (!text.includes('\r\n\r\n')) await once(socket, 'data');
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    socket.destroy();
  });

  it('counts failed sign-ins against the client\'s address', async () => {
    const outcomes: number[] = [];
    for (let round = 0; round < 60; round += 1) outcomes.push(await outcomeOf(service.url, { first: init(`Bearer wrong-${round}`) }));
    expect([...new Set(outcomes)]).toEqual([4403, 1013]);
    // A right token is accepted all the same.
    expect(await outcomeOf(service.url, { first: init(`Bearer ${tokenUntil(nowSeconds() + 601)}`) })).toBe(1);
  });
});

describe.each(WAYS)('a subscription by %s', (way: Way) => {
  const follow = (person: { readonly url: string; readonly token: string | null }, query: string, variables: Record<string, unknown> = {}): Following => new Following(way, person, { query, variables });

  it('ends when its token expires, and says so', async () => {
    const service = await TestService.start({ env: { AUTH_JWT_SECRET: SECRET, HOST: '127.0.0.1' } });
    const end = nowSeconds() + 2;
    const told = follow({ url: service.url, token: tokenUntil(end - TOLERANCE_SECONDS) }, CENTRAL);
    await told.until(1);
    const error = await told.ended();
    expect(Date.now()).toBeGreaterThanOrEqual(end * 1000);
    if (way === 'WebSocket') expect([error.code, error.reason]).toEqual([4403, 'The token has expired. Connect again with a new token.']);
    else expect(error.message).toBe('Connection closed while having active streams');
    expect(await followedAt(service.url)).toBe(0);
    await service.close();
  });

  it('is limited per person and per process', async () => {
    const service = await TestService.start({ env: { SUBSCRIPTIONS_PER_PERSON: '3', SUBSCRIPTIONS_PER_PROCESS: '5' } });
    const [one, other] = [await service.as('one@example.com'), await service.as('other@example.com')];
    const open = async (person: Person): Promise<Following> => {
      const told = follow(person, CENTRAL);
      await told.when(() => told.messages.length > 0 || told.isOver);
      return told;
    };
    const ones: Following[] = [];
    for (let count = 0; count < 4; count += 1) ones.push(await open(one));
    expect(ones.map(({ isOver }) => isOver)).toEqual([false, false, false, true]);
    expect(reasonOf(ones[3]!)).toMatch(/One person may have 3 .* at once/);
    const others = [await open(other), await open(other), await open(other)];
    expect(others.map(({ isOver }) => isOver)).toEqual([false, false, true]);
    expect(reasonOf(others[2]!)).toMatch(/has 5 .* open, its limit|response: 429/);
    ones[0]!.stop();
    await untilFollowed(service.url, (open) => open === 4);
    const again = await open(other);
    expect(again.isOver).toBe(false);
    for (const told of [...ones, ...others, again]) told.stop();
    await service.close();
  });

  it('must be on the list of persisted operations, when there is one', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'safelist-'));
    const file = join(directory, 'operations.json');
    writeFileSync(file, JSON.stringify({ central: CENTRAL }));
    const service = await TestService.start({ env: { SAFELIST: file } });
    const person = await service.as('one@example.com');
    const told = follow(person, CENTRAL);
    await told.until(1);
    told.stop();
    const other = codesOf(await follow(person, `${CENTRAL} `).ended());
    expect(other).toEqual([way === 'WebSocket' ? 'BAD_USER_INPUT' : 400]);
    await service.close();
    rmSync(directory, { recursive: true });
  });

  it('delivers every event in order to 500 subscribers at once', async () => {
    const followers = 500;
    const service = await TestService.start({ env: { SUBSCRIPTIONS_PER_PERSON: '1000', INVITATIONS_PER_APP_PER_DAY: '0', UNSIGNED_REQUESTS_PER_MINUTE: '0' } });
    const app = await GivenApp.register(service);
    const { appId, owner } = app;
    const told = Array.from({ length: followers }, () => follow(owner, EVENTS, { filter: { appId } }));
    await untilFollowed(service.url, (open) => open === followers);
    for (let round = 0; round < 5; round += 1) await app.invite(`partner-${round}`);
    const all = await Promise.all(told.map(async (one) => (await one.until(5)).map(({ membershipEvents }) => membershipEvents.position)));
    const [first = []] = all;
    expect(new Set(first).size).toBe(5);
    expect([...first].sort()).toEqual(first);
    expect(new Set(all.map((positions) => positions.join())).size).toBe(1);
    for (const one of told) one.stop();
    await service.close();
  });

  it('ends immediately on SIGTERM, with a code that tells clients to reconnect', async () => {
    const directory = temporaryDirectory();
    const { program, url, as } = await startServiceProcess(directory.path);
    const told = follow(await as('olivia@keap.example'), CENTRAL);
    await told.until(1);
    const start = performance.now();
    program.kill('SIGTERM');
    const error = await told.ended();
    const { code } = await program.ended;
    expect([code, performance.now() - start < 5_000]).toEqual([0, true]);
    if (way === 'WebSocket') expect([error.code, error.reason]).toEqual([1001, 'The server is shutting down. Connect again.']);
    else expect(error).not.toBeNull();
    expect(url).toMatch(/^http/);
    directory.remove();
  });
});

describe('a subscriber who does not read', () => {
  let service: TestService;
  let appId: string;
  let owner: Person;
  const all: string[] = [];
  beforeAll(async () => {
    service = await TestService.start({ env: { SUBSCRIPTION_STALL_SECONDS: '3' } });
    const app = await GivenApp.register(service);
    ({ appId, owner } = app);
    const { userId } = await app.join('partner');
    const ids = Array.from({ length: 1_000 }, (_, index) => `${index}`.padEnd(200, 'x'));
    // Far more than sockets hold between two processes.
    for (let round = 0; round < 50; round += 1) {
      await owner.mutate('assignContacts', { appId, userId, contactIds: ids }, 'changed');
      await owner.mutate('unassignContacts', { appId, contactIds: ids }, 'changed');
    }
    for await (const { stream, position } of service.running.membership.store.readAll()) if (stream === `app-${appId}` || stream === `contacts-${appId}`) all.push(position);
  });
  afterAll(() => service.close());

  it.each(WAYS)('by %s is disconnected, is told where to continue, and then misses nothing', async (way) => {
    const { positions, error } = await (way === 'WebSocket' ? slowWebSocket : slowEventStream)(owner, { query: EVENTS, variables: { filter: { appId, afterPosition: '0' } } });
    expect(error.extensions).toEqual({ code: 'SUBSCRIBER_TOO_SLOW', position: positions.at(-1) });
    expect(positions.length).toBeLessThan(all.length);
    const rest = new Following(way, owner, { query: EVENTS, variables: { filter: { appId, afterPosition: error.extensions.position } } });
    await rest.until(all.length - positions.length);
    expect([...positions, ...rest.messages.map(({ membershipEvents }) => membershipEvents.position)]).toEqual(all);
    rest.stop();
  });
});

/** The sentence that ended it. */
const reasonOf = ({ error }: Following): string => error.reason ?? error[0]?.message ?? error.message;

/** This is about time: nothing shows from outside that the server has given up on a reader, and it disconnects who reads nothing for twice as long. */
const LONGER_THAN_IT_MAY_TAKE_MS = 4_500;

interface SlowlyRead {
  readonly positions: readonly string[];
  readonly error: Json;
}

/** Reads nothing until the server has ended it, then everything. */
async function slowWebSocket({ url, token }: Person, payload: object): Promise<SlowlyRead> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(init(`Bearer ${token ?? ''}`));
  await once(socket, 'message');
  const messages: Json[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString())));
  socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload }));
  await untilFollowed(url, (open) => open > 0);
  socket.pause();
  await pause(LONGER_THAN_IT_MAY_TAKE_MS);
  socket.resume();
  while (messages.at(-1)?.type !== 'complete') await once(socket, 'message');
  socket.close();
  return readOf(messages.filter(({ type }) => type === 'next').map((message) => message.payload));
}

async function slowEventStream({ url, token }: Person, body: object): Promise<SlowlyRead> {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  const text = JSON.stringify(body);
  socket.pause();
  socket.write(`POST /graphql HTTP/1.0\r\nhost: x\r\nauthorization: Bearer ${token ?? ''}\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  await untilFollowed(url, (open) => open > 0);
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.pause();
  await pause(LONGER_THAN_IT_MAY_TAKE_MS);
  socket.resume();
  await once(socket, 'end');
  return readOf([...received.matchAll(/event: next\ndata: (.*)\n/g)].map(([, data = '']) => JSON.parse(data)));
}

function readOf(results: readonly Json[]): SlowlyRead {
  const positions = results.flatMap(({ data }) => (data ? [data.membershipEvents.position] : []));
  return { positions, error: results.at(-1).errors?.[0] };
}
