import { setTimeout as pause } from 'node:timers/promises';
import { START } from '../../src/eventstore/eventStore';
import { EsdbLog } from '../support/esdb/esdbLog';
import { EsdbServer } from '../support/esdb/esdbServer';
import { GivenApp } from '../support/givenApp';
import type { Json, Person } from '../support/person';
import { sharedStore, TestService } from '../support/testService';

const USERS = 'query ($appId: ID!) { app(appId: $appId) { users { totalCount } } }';
const INVITE = 'mutation ($input: InvitePartnerInput!) { invitePartner(input: $input) { __typename } }';
/** The longest that a mutation may take while the store is away. */
const BOUND_MS = 20_000;

describe('an unreachable EventStoreDB', () => {
  let server: EsdbServer;
  let service: TestService | null;
  beforeEach(async () => {
    server = await EsdbServer.start();
    service = null;
  });
  afterEach(async () => {
    await service?.close();
    await server.stop();
  });

  const start = async (): Promise<TestService> => (service = await TestService.start({ env: sharedStore(server) }));
  const readiness = async ({ url }: TestService): Promise<{ status: number; body: Json }> => {
    const response = await fetch(`${url}/health/ready`);
    return { status: response.status, body: await response.json() };
  };
  const expectUnavailable = async (person: Person, appId: string): Promise<void> => {
    const begin = performance.now();
    const answer = await person.ask(INVITE, { input: { appId, keapId: 'coach@partners.example', role: 'STANDARD' } });
    expect(answer).toMatchObject({ status: 503, errors: [{ extensions: { code: 'STORE_UNAVAILABLE' } }] });
    expect(performance.now() - begin).toBeLessThan(BOUND_MS);
  };
  const untilReady = async (running: TestService): Promise<void> => {
    while ((await readiness(running)).status !== 200) await pause(5);
  };

  it('may start late: the service runs, reports what is missing, and works once it is reachable', async () => {
    await server.stop();
    const late = await start();
    expect((await fetch(`${late.url}/health/live`)).status).toBe(200);
    expect(await readiness(late)).toMatchObject({ status: 503, body: { ready: false, store: 'not reachable' } });
    const operator = await late.as('operator@example.com', 'operator');
    const registered = await operator.ask('mutation ($input: RegisterAppInput!) { registerApp(input: $input) { __typename } }', { input: { appId: 'late1', name: 'Late', licences: 1, ownerKeapId: 'owner@example.com' } });
    expect(registered).toMatchObject({ status: 503, errors: [{ extensions: { code: 'STORE_UNAVAILABLE' } }] });
    expect((await operator.ask('{ accountCentral { accounts { totalCount } } }')).status).toBe(200);
    await server.start();
    const { appId, owner } = await GivenApp.register(late);
    expect((await owner.read(USERS, { appId })).app.users.totalCount).toBe(1);
    await untilReady(late);
  }, 60_000);

  it('may fail and return: mutations are refused in time, queries still work, no restart is needed', async () => {
    const running = await start();
    const { appId, owner } = await GivenApp.register(running);
    await server.stop();
    await expectUnavailable(owner, appId);
    const answer = await owner.ask(USERS, { appId });
    expect(answer).toMatchObject({ status: 200, data: { app: { users: { totalCount: 1 } } } });
    expect(answer.headers.get('x-position')).not.toBe(START);
    expect(await readiness(running)).toMatchObject({ status: 503, body: { store: 'not reachable' } });
    await server.start();
    expect(await owner.mutate('invitePartner', { appId, keapId: 'coach@partners.example', role: 'STANDARD' })).toMatchObject({ __typename: 'InvitePartnerSuccess' });
    expect((await owner.read(USERS, { appId })).app.users.totalCount).toBe(2);
    await untilReady(running);
  }, 60_000);

  it('is not waited for by people whom this process does not know yet, and auditors are told why they get no answer', async () => {
    const running = await start();
    const { appId, owner } = await GivenApp.register(running);
    const auditor = await running.as('auditor@example.com', 'auditor');
    await auditor.read(USERS, { appId });
    await server.stop();
    const { inner } = running.running.membership.store;
    // The first people find out that the store is away; from then on nobody waits for it.
    const first = await Promise.all(['one', 'two'].map(async (name) => (await running.as(`${name}@strangers.example`)).ask('{ accountCentral { accounts { totalCount } } }')));
    expect(first.map(({ status }) => status)).toEqual([200, 200]);
    expect(inner.isAway).toBe(true);
    const calls = jest.spyOn(running.running.membership.store, 'readStream');
    const stranger = await running.as('three@strangers.example');
    expect(await stranger.ask('{ accountCentral { accounts { totalCount } } }')).toMatchObject({ status: 200, data: { accountCentral: { accounts: { totalCount: 0 } } } });
    expect(await owner.ask(USERS, { appId })).toMatchObject({ status: 200, data: { app: { users: { totalCount: 1 } } } });
    const refused = await auditor.ask(USERS, { appId });
    expect(refused).toMatchObject({ status: 503, errors: [{ message: expect.stringMatching(/^What an auditor reads is recorded first/), extensions: { code: 'STORE_UNAVAILABLE' } }] });
    expect(calls).not.toHaveBeenCalled();
    calls.mockRestore();
    await server.start();
    await untilReady(running);
    expect((await auditor.ask(USERS, { appId })).status).toBe(200);
  }, 60_000);

  it('may refuse the user of this service: the process stays up, is not ready, and says what to do', async () => {
    server.refuses = 'user';
    const running = await start();
    expect((await fetch(`${running.url}/health/live`)).status).toBe(200);
    expect(await readiness(running)).toMatchObject({ status: 503, body: { ready: false, store: 'refuses this service', writes: { what: 'ACCESS_DENIED', message: expect.stringMatching(/user or the password in EVENTSTORE_URL/) } } });
    server.refuses = null;
    await untilReady(running);
    await GivenApp.register(running);
  }, 60_000);

  it('may answer that it is not ready', async () => {
    const running = await start();
    const { appId, owner } = await GivenApp.register(running);
    server.ready = false;
    await expectUnavailable(owner, appId);
    expect((await owner.ask(USERS, { appId })).status).toBe(200);
    server.ready = true;
    expect(await owner.mutate('invitePartner', { appId, keapId: 'coach@partners.example', role: 'STANDARD' })).toMatchObject({ __typename: 'InvitePartnerSuccess' });
  }, 60_000);

  it('leaves queries with the data read before, also across a restart', async () => {
    const running = await start();
    const { appId, owner } = await GivenApp.register(running);
    await server.stop();
    await running.restart();
    const again = await running.as(owner.keapId);
    expect((await again.read(USERS, { appId })).app.users.totalCount).toBe(1);
    await server.start();
    expect(await again.mutate('invitePartner', { appId, keapId: 'coach@partners.example', role: 'STANDARD' })).toMatchObject({ __typename: 'InvitePartnerSuccess' });
  }, 60_000);

  it.each<[string, (backup: EsdbLog) => EsdbLog, boolean]>([
    ['is wiped', () => new EsdbLog(), false],
    ['is set back to an older state', (backup) => backup, true],
  ])('ends the service when it %s, and the next start reads what is there', async (_, replacement, firstIsThere) => {
    const running = await start();
    const first = await GivenApp.register(running);
    const backup = server.log.copy();
    const second = await GivenApp.register(running);
    await server.stop();
    server.log = replacement(backup);
    await server.start();
    expect(await running.running.failed).toMatchObject({ message: expect.stringMatching(/the event store has changed since this process started/) });
    expect(await readiness(running)).toMatchObject({ status: 503 });
    await running.restart();
    // A log that is older than a checkpoint which was signed meanwhile keeps the service from being ready.
    const isStarted = ({ ready, caughtUp, checkpoints }: Json): boolean => ready || (firstIsThere && caughtUp === true && checkpoints?.what === 'LOG_CONTRADICTED');
    while (!isStarted((await readiness(running)).body)) await pause(5);
    const found = [];
    for (const { appId, owner } of [first, second]) found.push((await (await running.as(owner.keapId)).read('query ($appId: ID!) { app(appId: $appId) { appId } }', { appId })).app);
    expect(found).toEqual([firstIsThere ? { appId: first.appId } : null, null]);
  }, 60_000);

  it('that was wiped while the service was stopped is read from the start', async () => {
    const running = await start();
    const { appId, owner } = await GivenApp.register(running);
    await running.running.close();
    server.log = new EsdbLog();
    await running.restart();
    await untilReady(running);
    expect((await (await running.as(owner.keapId)).read(USERS, { appId })).app).toBeNull();
  }, 60_000);
});
