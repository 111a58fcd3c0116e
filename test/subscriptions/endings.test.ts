import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
import { untilFollowed } from '../support/following';
import { GivenApp } from '../support/givenApp';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';

const EVENTS = 'subscription ($filter: MembershipEventFilter) { membershipEvents(filter: $filter) { position } }';
const PER_PERSON = 20;

/** A WebSocket that is signed in, its messages, and how it closed. */
async function signedIn({ url, token }: Person): Promise<{ readonly socket: WebSocket; readonly messages: Json[]; readonly closed: Promise<number>; send(...messages: readonly object[]): void }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers: { authorization: `Bearer ${token ?? ''}` } });
  const messages: Json[] = [];
  const closed = new Promise<number>((resolve) => { socket.once('close', resolve); });
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString())));
  await once(socket, 'open');
  const send = (...all: readonly object[]): void => { for (const message of all) socket.send(JSON.stringify(message)); };
  send({ type: 'connection_init' });
  await once(socket, 'message');
  return { socket, messages, closed, send };
}

describe('nothing stays open', () => {
  let service: TestService;
  let app: GivenApp;
  let subscribe: (id: string) => object;
  beforeAll(async () => {
    service = await TestService.start({ env: { SUBSCRIPTIONS_PER_PERSON: String(PER_PERSON), UNSIGNED_REQUESTS_PER_MINUTE: '0' } });
    app = await GivenApp.register(service);
    subscribe = (id) => ({ type: 'subscribe', id, payload: { query: EVENTS, variables: { filter: { appId: app.appId, afterPosition: '0' } } } });
  });
  afterEach(() => untilFollowed(service.url, (open) => open === 0));
  afterAll(() => service.close());

  it('of subscriptions whose id is used again while they end: one message an event, or 4409', async () => {
    const complete = { type: 'complete', id: '1' };
    const codes = new Set<number>();
    for (let round = 0; round < 2 * PER_PERSON; round += 1) {
      const { socket, messages, closed, send } = await signedIn(app.owner);
      send(subscribe('1'), complete, subscribe('1'), complete, subscribe('1'));
      const code = await Promise.race([closed, pause(30, 0)]);
      codes.add(code);
      const positions = messages.filter(({ type }) => type === 'next').map(({ payload }) => payload.data.membershipEvents.position);
      expect(code === 4409 || new Set(positions).size === positions.length).toBe(true);
      socket.close();
      await closed;
    }
    expect(codes).toContain(4409);
  });

  it('of an id that is free again once its subscription has ended', async () => {
    const { socket, messages, closed, send } = await signedIn(app.owner);
    const bad = { type: 'subscribe', id: '1', payload: { query: 'subscription { nothing }' } };
    for (let round = 1; round <= 5; round += 1) {
      send(bad);
      while (messages.filter(({ type }) => type === 'error').length < round) await once(socket, 'message');
    }
    socket.close();
    expect(await closed).toBe(1005);
  });

  it.each(['close', 'terminate'] as const)('of a WebSocket that goes while its subscriptions are being opened: %s', async (how) => {
    for (let round = 0; round < 2 * PER_PERSON; round += 1) {
      const { socket, closed, send } = await signedIn(app.owner);
      send(...Array.from({ length: 5 }, (_, id) => subscribe(String(id))));
      if (round % 2 === 1) await pause(round / 10);
      socket[how]();
      await closed;
    }
  });

  it('of an event stream whose client goes while it is being opened', async () => {
    const body = JSON.stringify({ query: EVENTS, variables: { filter: { appId: app.appId } } });
    for (let round = 0; round < 2 * PER_PERSON; round += 1) {
      const socket = connect(service.running.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(`POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${app.owner.token ?? ''}\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`, () => { setTimeout(() => socket.resetAndDestroy(), round / 10); });
      await once(socket, 'close');
    }
  });

  it('and a second connection_init closes with 4429', async () => {
    const { closed, send } = await signedIn(app.owner);
    send({ type: 'connection_init' });
    expect(await closed).toBe(4429);
  });
});
