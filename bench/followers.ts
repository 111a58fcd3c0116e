import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { WebSocket } from 'ws';

/** What one person follows, and how often. */
export interface Follower {
  readonly token: string;
  readonly appId: string;
  readonly webSockets: number;
  readonly eventStreams: number;
}

const FOLLOW = 'subscription ($appId: ID!) { membershipEvents(filter: { appId: $appId }) { position type summary } }';
const OPENED_AT_ONCE = 50;

/** Opens every subscription and reads what it is sent, until the process ends. It prints a line as a server does once all of them are open. */
async function main([url = '', file = '']: readonly string[]): Promise<void> {
  const followers = JSON.parse(readFileSync(file, 'utf8')) as readonly Follower[];
  const opening = followers.flatMap((follower) => [
    ...Array.from({ length: follower.webSockets }, () => () => openWebSocket(url, follower)),
    ...Array.from({ length: follower.eventStreams }, () => () => openEventStream(url, follower)),
  ]);
  const waiting = opening.values();
  await Promise.all(Array.from({ length: OPENED_AT_ONCE }, async () => {
    for (const open of waiting) await open();
  }));
  process.stdout.write('Listening on http://127.0.0.1\n');
}

async function openWebSocket(url: string, { token, appId }: Follower): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await new Promise<void>((resolve, reject) => {
    socket.on('open', () => { socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })); });
    socket.on('error', reject);
    socket.on('close', (code) => { reject(new Error(`A WebSocket was closed with ${code}.`)); });
    socket.on('message', (data: Buffer) => {
      const { type } = JSON.parse(data.toString()) as { readonly type: string };
      if (type === 'ping') socket.send('{"type":"pong"}');
      if (type === 'error') reject(new Error(data.toString()));
      if (type !== 'connection_ack') return;
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: FOLLOW, variables: { appId } } }));
      resolve();
    });
  });
}

async function openEventStream(url: string, { token, appId }: Follower): Promise<void> {
  const body = JSON.stringify({ query: FOLLOW, variables: { appId } });
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` };
  await new Promise<void>((resolve, reject) => {
    const sent = request(`${url}/graphql`, { method: 'POST', headers, agent: false }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`An event stream was answered with ${response.statusCode ?? 0}.`));
      response.resume();
      resolve();
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
