import { setImmediate as turn } from 'node:timers/promises';
import { removeViews } from '../../src/composition/stores';
import { liveProjections } from '../../src/projections/allProjections';
import { digestOf } from '../../src/projections/engine/differences';
import { ProjectionRunner } from '../../src/projections/engine/runner';
import { ReadModelDatabase } from '../../src/projections/engine/database';
import { FillThreadsHere } from '../support/fillThreadsHere';
import { GivenApp } from '../support/givenApp';
import { applyAll } from '../support/olderReadModels';
import type { Answer, Json, Person } from '../support/person';
import { temporaryDirectory } from '../support/temporaryDirectory';
import { TestService } from '../support/testService';

const USERS = 'query ($appId: ID!) { app(appId: $appId) { users { totalCount nodes { keapId status assignedContactCount } } } }';
const HISTORY = 'query ($appId: ID!) { membershipEvents(filter: { appId: $appId }, first: 100) { nodes { type } } }';
const OF_THE_HISTORY = [
  '{ membershipEvents(first: 1) { nodes { type } } }',
  '{ administrativeEvents(first: 1) { nodes { type } } }',
  '{ periodsOfAccess(first: 1) { totalCount } }',
  '{ projectionDigests { projection } }',
];
const OF_USERS = ['history(first: 1) { nodes { type } }', 'why { status { type } }'];

describe('a service that fills read models from nothing', () => {
  const directory = temporaryDirectory();
  const threads = new FillThreadsHere(() => directory.path);
  let service: TestService;
  let app: GivenApp;
  let auditor: Person;
  beforeAll(async () => {
    service = await TestService.start({ env: { DATA_DIR: directory.path, METRICS_TOKEN: 'a-token-for-metrics' }, fillThreads: threads, sends: ['mail', 'webhooks'] });
    app = await GivenApp.register(service);
    const { userId } = await app.join('partner');
    await app.assign(userId, 'c1', 'c2');
  });
  beforeEach(async () => {
    threads.close();
    await service.running.close();
    removeViews(directory.path);
    await service.restart();
    auditor = await service.as('auditor@example.com', 'auditor');
  });
  afterAll(async () => {
    threads.open();
    await service.close();
    directory.remove();
  });

  const readiness = async (): Promise<{ readonly status: number; readonly body: Json }> => {
    const response = await fetch(`${service.url}/health/ready`);
    return { status: response.status, body: await response.json() };
  };
  const ready = async (): Promise<Json> => {
    let answer = await readiness();
    while (answer.status !== 200) answer = await readiness();
    return answer.body;
  };
  const filled = async (): Promise<void> => {
    while (service.running.membership.projector.status().filling !== null) await turn();
  };
  const codeOf = ({ status, errors }: Answer): unknown => [status, errors[0]?.extensions.code];
  const digests = async (database: ReadModelDatabase): Promise<Json> => Promise.all(liveProjections.map(async (one) => ({ projection: one.name, ...(await digestOf(database, one)) })));
  const digestsFromZero = async (): Promise<Json> => {
    const database = ReadModelDatabase.open(':memory:');
    await applyAll(new ProjectionRunner(database, liveProjections, 'replay'), service.running.membership.store);
    const found = await digests(database);
    database.close();
    return found;
  };

  it('is ready with the users before the history is filled, and answers no question of the history until it is whole', async () => {
    const body = await ready();
    threads.position = service.running.membership.projector.position();
    expect(body.filling).toEqual({ projections: ['membership_events', 'administrative_events', 'periods_of_access', 'mail_to_do'], percentRead: 0, remainingSeconds: null });
    const { app: shown } = await auditor.read(USERS, { appId: app.appId });
    expect([shown.users.totalCount, shown.users.nodes.map(({ assignedContactCount }: Json) => assignedContactCount).sort()]).toEqual([2, [0, 2]]);

    for (const question of OF_THE_HISTORY) expect([question, codeOf(await auditor.ask(question))]).toEqual([question, [503, 'PROJECTION_BEHIND']]);
    for (const field of OF_USERS) {
      const answer = await auditor.ask(`query ($appId: ID!) { app(appId: $appId) { users { nodes { userId ${field} } } } }`, { appId: app.appId });
      expect([field, codeOf(answer)]).toEqual([field, [503, 'PROJECTION_BEHIND']]);
    }
    const { errors, headers } = await auditor.ask(HISTORY, { appId: app.appId });
    expect(errors[0]?.message).toMatch(/^The history is still being filled from the log: 100 % of it has been read, with about \d+ s to go\./);
    expect(headers.get('retry-after')).toBe('5');
    for (const name of ['access.csv', 'administration.ndjson']) {
      const file = await fetch(`${service.url}/export/${name}`, { headers: { authorization: `Bearer ${auditor.token ?? ''}` } });
      expect([name, file.status, ((await file.json()) as Json).error.code]).toEqual([name, 503, 'PROJECTION_BEHIND']);
    }
    const metrics = await (await fetch(`${service.url}/metrics`, { headers: { authorization: 'Bearer a-token-for-metrics' } })).text();
    expect(metrics).toContain('mail_messages_waiting Nan');

    const sent = async (): Promise<number> => ((await (await fetch(`${service.url}/dev/outbox`, { headers: { accept: 'application/json' } })).json()) as Json[]).length;
    const before = await sent();
    const owner = await service.as(app.owner.keapId);
    await owner.mutate('invitePartner', { appId: app.appId, keapId: 'meanwhile@partners.example', role: 'STANDARD' });
    threads.open();
    await filled();
    const { membershipEvents } = await auditor.read(HISTORY, { appId: app.appId });
    expect(membershipEvents.nodes.at(-1).type).toBe('PartnerInvited');
    while ((await sent()) === before) await turn();
    await service.running.membership.caughtUp(10_000);
    expect((await readiness()).body.filling).toBeUndefined();
    expect(await digests(service.running.membership.database)).toEqual(await digestsFromZero());
    expect(threads.failures).toEqual([]);
  });

  it('that was stopped before the history was filled is ready at once, and fills it', async () => {
    await ready();
    const begun = threads.begun.length;
    await service.restart();
    const { projections } = service.running.membership.projector.status();
    expect(projections.map(({ position }) => position)).not.toContain('');
    while (threads.begun.length === begun) await turn();
    expect(threads.begun.slice(begun).flat()).not.toContain('user_list');
    threads.open();
    await filled();
    await service.running.membership.caughtUp(10_000);
    expect(await digests(service.running.membership.database)).toEqual(await digestsFromZero());
  });

  it('fills the history event by event where a thread fails', async () => {
    const { fill } = threads;
    threads.fill = () => Promise.reject(new Error('out of memory'));
    await ready();
    threads.open();
    await filled();
    threads.fill = fill;
    expect(threads.failures.splice(0)).toEqual([new Error('out of memory')]);
    await service.running.membership.caughtUp(10_000);
    expect(await digests(service.running.membership.database)).toEqual(await digestsFromZero());
  });
});
