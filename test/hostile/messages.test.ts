import WebSocket from 'ws';
import { TestService } from '../support/testService';

let service: TestService;
beforeAll(async () => { service = await TestService.start({ env: { WORK_PER_PERSON: '20', WORK_SAVED_SECONDS: '2' } }); });
afterAll(() => service.close());

const LARGE = JSON.stringify({ type: 'ping', payload: { list: Array.from({ length: 25_000 }, () => ({ a: {} })) } });
const PING = JSON.stringify({ type: 'ping' });

async function opened(): Promise<{ readonly socket: WebSocket; readonly closed: Promise<readonly [number, string]> }> {
  const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const closed = new Promise<readonly [number, string]>((resolve) => socket.on('close', (code, reason) => { resolve([code, String(reason)]); }));
  await new Promise((resolve) => socket.on('open', resolve));
  return { socket, closed };
}

describe('messages of a WebSocket', () => {
  it('before the sign-in are few and small', async () => {
    const [large, many] = [await opened(), await opened()];
    large.socket.send(LARGE);
    for (let count = 0; count < 10; count += 1) many.socket.send(PING);
    expect([await large.closed, await many.closed]).toEqual([
      [4400, 'A message before the sign-in may have at most 16,384 bytes.'],
      [4400, 'Sign in first: this WebSocket has sent too many messages without a sign-in.'],
    ]);
  });

  it('are charged for what reading them costs, and wait when the budget is used up', async () => {
    const person = await service.as('many@example.com');
    const { socket } = await opened();
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${person.token}` } }));
    await new Promise((resolve) => socket.once('message', resolve));
    let answered = 0;
    socket.on('message', () => { answered += 1; });
    for (let count = 0; count < 60; count += 1) socket.send(LARGE);
    let status = 200;
    while (status === 200) ({ status } = await person.ask('{ viewer { keapId } }'));
    expect([status, answered < 60]).toEqual([429, true]);
    expect((await (await service.as('other@example.com')).ask('{ viewer { keapId } }')).status).toBe(200);
    socket.terminate();
  });
});
