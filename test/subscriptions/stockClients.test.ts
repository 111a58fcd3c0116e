import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';
import { followedAt } from '../support/following';
import { Person, type Json } from '../support/person';
import { TestService } from '../support/testService';

/** Set SOAK to run this with as many subscriptions as a large app has. */
const SUBSCRIPTIONS = process.env['SOAK'] === undefined ? 20 : 200;
const PER_CLIENT = 10;
const TOKEN_SECONDS = process.env['SOAK'] === undefined ? 2 : 10;
const TOKEN_ENDS = 2;

const APP_ID = 'stock1';
const SECRET = 'a secret for tests that has more than 32 bytes';
/** The allowed difference between the clocks of issuer and server. */
const TOLERANCE_SECONDS = 30;
const EVENTS = 'subscription ($filter: MembershipEventFilter) { membershipEvents(filter: $filter) { position } }';
const RETRIES = 200;
const wait = (): Promise<void> => pause(100);

function tokenFor(sub: string, seconds: number, scope = ''): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + seconds - TOLERANCE_SECONDS;
  const signed = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode({ sub, email: `${sub}@example.com`, exp, scope })}`;
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** What one subscription received. Subscribing again goes on after the last position. */
class Received {
  readonly positions: string[] = [];
  readonly failures: unknown[] = [];
  readonly request;
  readonly sink;

  constructor() {
    const { positions, failures } = this;
    this.request = {
      query: EVENTS,
      get variables() {
        return { filter: { appId: APP_ID, afterPosition: positions.at(-1) ?? '0' } };
      },
    };
    this.sink = {
      next: ({ data, errors }: Json): void => {
        if (errors === undefined) positions.push(data.membershipEvents.position);
        else failures.push(errors);
      },
      error: (error: unknown): void => { failures.push(error); },
      complete: (): void => { failures.push('complete'); },
    };
  }
}

/** A stock client: how often it asked for a token, and how it ends. */
interface Client {
  connects: number;
  end(): void;
}

function webSocketClient(url: string, received: readonly Received[], closes: Set<unknown>): Client {
  const client: Client = { connects: 0, end: () => { void stock.dispose(); } };
  const stock = createWsClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: RETRIES,
    retryWait: wait,
    shouldRetry: () => true,
    connectionParams: () => {
      client.connects += 1;
      return { authorization: `Bearer ${tokenFor('owner', TOKEN_SECONDS)}` };
    },
    on: { closed: (event) => closes.add((event as { code: number }).code) },
  });
  for (const { request, sink } of received) stock.subscribe(request, sink);
  return client;
}

function eventStreamClient(url: string, { request, sink }: Received): Client {
  const client: Client = { connects: 0, end: () => { stock.dispose(); } };
  const stock = createSseClient({
    url: `${url}/graphql`,
    retryAttempts: RETRIES,
    retry: wait,
    headers: () => {
      client.connects += 1;
      return { authorization: `Bearer ${tokenFor('owner', TOKEN_SECONDS)}` };
    },
  });
  stock.subscribe(request, sink);
  return client;
}

describe('stock clients that follow membershipEvents', () => {
  it(`miss nothing, receive nothing twice and never give up, over ${TOKEN_ENDS} ends of their tokens and a restart of the server`, async () => {
    const service = await TestService.start({
      env: {
        PORT: String(await freePort()), HOST: '127.0.0.1', AUTH_JWT_SECRET: SECRET,
        INVITATIONS_PER_APP_PER_DAY: '0', UNSIGNED_REQUESTS_PER_MINUTE: '0', SUBSCRIPTIONS_PER_PERSON: '1000',
      },
    });
    const { url } = service;
    const operator = new Person(url, 'operator@example.com', tokenFor('operator', 3_600, 'operator'));
    const owner = new Person(url, 'owner@example.com', tokenFor('owner', 3_600));
    await operator.mutate('registerApp', { appId: APP_ID, name: 'Stock', licences: 5, ownerKeapId: 'owner@example.com', ownerName: 'Owner' });
    let invited = 0;
    const invite = async (): Promise<void> => {
      invited += 1;
      expect(await owner.mutate('invitePartner', { appId: APP_ID, keapId: `partner-${invited}@example.com`, role: 'STANDARD', name: 'Partner' })).toMatchObject({ __typename: 'InvitePartnerSuccess' });
    };

    const closes = new Set<unknown>();
    const received = Array.from({ length: SUBSCRIPTIONS }, () => new Received());
    const clients: Client[] = [];
    for (let index = 0; index < SUBSCRIPTIONS / 2; index += PER_CLIENT) clients.push(webSocketClient(url, received.slice(index, index + PER_CLIENT), closes));
    for (const one of received.slice(SUBSCRIPTIONS / 2)) clients.push(eventStreamClient(url, one));
    const everyConnected = (times: number): boolean => clients.every(({ connects }) => connects >= times);

    while (!everyConnected(1 + TOKEN_ENDS)) {
      await invite();
      await pause(20);
    }
    const before = clients.map(({ connects }) => connects);
    await service.restart();
    while (!clients.every(({ connects }, index) => connects > (before[index] ?? 0))) await invite();
    for (let round = 0; round < 5; round += 1) await invite();

    const all: string[] = [];
    for await (const { stream, position } of service.running.membership.store.readAll()) if (stream === `app-${APP_ID}`) all.push(position);
    while (received.some(({ positions, failures }) => positions.length < all.length && failures.length === 0)) await pause(20);
    expect(received.flatMap(({ failures }) => failures)).toEqual([]);
    for (const { positions } of received) expect(positions).toEqual(all);
    expect(closes).toContain(4403);
    for (const client of clients) client.end();
    while ((await followedAt(url)) > 0) await pause(20);
    await service.close();
  }, 120_000);
});
