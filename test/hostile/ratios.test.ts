import WebSocket from 'ws';
import { startServiceProcess, type ServiceProcess } from '../support/serviceProcess';
import { temporaryDirectory } from '../support/temporaryDirectory';
import type { Person } from '../support/person';

const USERS = '{ app(appId: "one") { users(first: 50) { totalCount nodes { userId keapId name role status } } } }';
const REQUESTS = 40;
const ROUNDS = 4;

const directory = temporaryDirectory();
let service: ServiceProcess;
let owner: Person;
beforeAll(async () => {
  service = await startServiceProcess(directory.path, {
    WORK_PER_PERSON: '0', WORK_PER_APP: '0', WORK_PER_ADDRESS: '0', OVERLOAD_DELAY_MS: '0', UNSIGNED_REQUESTS_PER_MINUTE: '0', SUBSCRIPTIONS_PER_PERSON: '1', INVITATIONS_PER_APP_PER_DAY: '0',
  });
  owner = await service.as('owner@example.com');
  const operator = await service.as('operator@example.com', 'operator');
  await operator.mutate('registerApp', { appId: 'one', name: 'App', licences: 5, ownerKeapId: owner.keapId, ownerName: 'Olivia' });
  for (let number = 0; number < 20; number += 1) await owner.mutate('invitePartner', { appId: 'one', keapId: `p${number}@example.com`, role: 'STANDARD' });
}, 60_000);
afterAll(async () => {
  service.program.kill('SIGTERM');
  await service.program.ended;
  directory.remove();
});

/** CPU time of the process of the service since its start, in milliseconds. */
const cpu = async (): Promise<number> => Number(/^process_cpu_seconds_total (\S+)$/m.exec(await (await fetch(`${service.url}/metrics`)).text())?.[1]) * 1_000;

/** What is sent is different each time. */
let sent = 0;
const next = (): number => (sent += 1);

/** The CPU time of the service for each kind of request: the least of several rounds, in each of which all kinds are measured in turn. */
async function costsOf<Kind extends string>(kinds: Readonly<Record<Kind, () => Promise<unknown>>>): Promise<Readonly<Record<Kind, number>>> {
  const names = Object.keys(kinds) as Kind[];
  const least = new Map<Kind, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of names) {
      const before = await cpu();
      for (let request = 0; request < REQUESTS; request += 1) await kinds[name]();
      least.set(name, Math.min(least.get(name) ?? Infinity, (await cpu()) - before));
    }
  }
  return Object.fromEntries(least) as Readonly<Record<Kind, number>>;
}

/** Asks with another token than one's own. */
const asWith = (token: string): Promise<unknown> => owner.ask('{ __typename }', {}, { authorization: `Bearer ${token}` });

/** A token of the right form whose signature is not ours. */
function forged(): string {
  const [header = '', payload = ''] = (owner.token ?? '').split('.');
  return `${header}.${payload}.${Buffer.alloc(32, String(next())).toString('base64url')}`;
}

/** Opens a WebSocket with a token in its request. @returns when it is refused, or closed again. */
const upgrade = (person: Person): Promise<void> => new Promise((resolve) => {
  const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers: { authorization: `Bearer ${person.token ?? ''}` } });
  socket.on('error', () => undefined);
  socket.on('open', () => { socket.close(); });
  socket.on('close', () => { resolve(); });
});

const repeated = (count: number, part: (index: number) => string): string => Array.from({ length: count }, (_, index) => part(index)).join(' ');

describe('the CPU time of the service, in ordinary requests,', () => {
  it('is less than half for each wrong token of a flood', async () => {
    const costs = await costsOf({ ordinary: () => owner.read(USERS, { sent: next() }), garbage: () => asWith(`wrong.token.${next()}`), forged: () => asWith(forged()) });
    expect(Math.max(costs.garbage, costs.forged) / costs.ordinary).toBeLessThan(1 / 2);
  }, 120_000);

  it('is a small number for each document that is made to be expensive, or sent for the first time', async () => {
    const refusedAtOnce = `{ ${repeated(780, () => 'viewer { keapId }')} }`;
    const costs = await costsOf({
      ordinary: () => owner.read(USERS, { sent: next() }),
      refused: () => owner.ask(refusedAtOnce),
      repeated: () => owner.ask(`{ ${repeated(70, (index) => `viewer { ${index === 0 ? `a${next()}: ` : ''}keapId }`)} }`),
      compiled: () => owner.read(`{ viewer { a${next()}: keapId } }`),
    });
    expect(Math.max(costs.refused, costs.repeated, costs.compiled) / costs.ordinary).toBeLessThan(3);
  }, 120_000);

  it('is small for a position that is none, for a WebSocket beyond those of a person, and for a trial of a stranger', async () => {
    const stranger = await service.as('stranger@example.org');
    const unknown = { input: { appId: 'one', invitationId: '6d0cbd0d-6f5c-4d1f-9a3c-0b7a1f3e52c8' } };
    const accept = 'mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { __typename } }';
    const held = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers: { authorization: `Bearer ${owner.token ?? ''}` } });
    await new Promise((resolve) => held.on('open', resolve));
    const costs = await costsOf({
      ordinary: () => owner.read(USERS, { sent: next() }),
      position: () => owner.ask(USERS, {}, { 'x-min-position': 'zzzz' }),
      socket: () => upgrade(owner),
      trial: () => stranger.ask(accept, unknown, { 'x-dry-run': 'true' }),
    });
    held.terminate();
    expect(costs.position / costs.ordinary).toBeLessThan(1);
    expect(costs.socket / costs.ordinary).toBeLessThan(1.5);
    expect(costs.trial / costs.ordinary).toBeLessThan(4);
  }, 120_000);
});
