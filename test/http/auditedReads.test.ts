import { StoreUnavailable, type StoredEvent } from '../../src/eventstore/eventStore';
import { GivenApp } from '../support/givenApp';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';

const EVENTS = 'query ($filter: MembershipEventFilter, $first: Int) { membershipEvents(filter: $filter, first: $first) { nodes { type } } }';
const APP = 'query ($appId: ID!) { app(appId: $appId) { id name users { totalCount nodes { id } } } }';
const USER = 'query ($appId: ID!, $userId: ID!) { app(appId: $appId) { user(userId: $userId) { history(last: 1) { nodes { type } } why { status { type } } } } }';
const DIFF = 'query ($appId: ID!, $from: AsOf!, $to: AsOf) { membershipDiff(appId: $appId, from: $from, to: $to) { joined { keapId } } }';

describe('an auditor\'s read access', () => {
  let service: TestService;
  let app: GivenApp;
  let auditor: Person;
  beforeEach(async () => {
    service = await TestService.start();
    app = await GivenApp.register(service);
    auditor = await service.as('Auditor@example.com', 'auditor');
  });
  afterEach(() => service.close());

  const trail = async (): Promise<StoredEvent[]> => {
    const events: StoredEvent[] = [];
    for await (const event of service.running.membership.store.readAll()) if (event.stream.startsWith('audit-')) events.push(event);
    return events;
  };
  const reads = async (): Promise<Json[]> => (await trail()).map(({ data }) => data);

  it('is recorded with the query, its filter and the auditor', async () => {
    const { appId } = app;
    await auditor.read(EVENTS, { filter: { appId, types: ['OwnerAdded'], keapId: 'Ann@acme.com', from: '2026-01-01T00:00:00Z' }, first: 3 });
    await auditor.read('{ membershipEvents { nodes { type } } }');
    await auditor.read(APP, { appId });
    await auditor.read('{ apps(first: 5) { nodes { appId } } }');
    await auditor.read(DIFF, { appId, from: { time: '2026-01-01T00:00:00Z' } });
    await auditor.read('query ($appIds: [ID!], $keapId: String) { periodsOfAccess(appIds: $appIds, keapId: $keapId, roles: [ADMIN], from: "2026-01-01T00:00:00Z", last: 2) { nodes { name } } }', { appIds: [appId], keapId: 'Ann@acme.com' });
    expect(await reads()).toEqual([
      { read: 'membershipEvents', appId, filter: { types: ['OwnerAdded'], from: '2026-01-01T00:00:00.000Z', first: 3 }, person: { keapId: 'Ann@acme.com', name: null } },
      { read: 'membershipEvents', appId: null, filter: {}, person: null },
      { read: 'app', appId, filter: {}, person: null },
      { read: 'apps', appId: null, filter: { first: 5 }, person: null },
      { read: 'membershipDiff', appId, filter: { fromTime: '2026-01-01T00:00:00.000Z' }, person: null },
      { read: 'periodsOfAccess', appId: null, filter: { appIds: [appId], roles: ['ADMIN'], from: '2026-01-01T00:00:00.000Z', last: 2 }, person: { keapId: 'Ann@acme.com', name: null } },
    ]);
    const { viewer: { personId } } = await auditor.read('{ viewer { personId } }');
    expect((await trail()).map(({ metadata }) => metadata.actorId)).toEqual(Array(6).fill(personId));
    expect(JSON.stringify(await trail())).not.toContain('uditor@example.com');
  });

  it('is recorded without addresses in fields that should hold none', async () => {
    await auditor.read(EVENTS, { filter: { appId: 'ann@acme.com', actorId: 'ann@acme.com', types: ['ann@acme.com', 'OwnerAdded'] } });
    expect(await reads()).toEqual([{ read: 'membershipEvents', appId: '(no id)', filter: { actorId: '(no id)', types: ['(no id)', 'OwnerAdded'] }, person: null }]);
  });

  it('is recorded even if its input contains half a surrogate pair', async () => {
    await auditor.read(EVENTS, { filter: { appId: 'a\ud800', userId: '\ud800', types: ['\udc00'], keapId: 'ann\ud800@acme.com' } });
    expect(await reads()).toEqual([{ read: 'membershipEvents', appId: 'a\ufffd', filter: { userId: '\ufffd', types: ['\ufffd'] }, person: { keapId: 'ann\ufffd@acme.com', name: null } }]);
  });

  it('to a user is recorded too, each item once per request', async () => {
    const ofOwner = { appId: app.appId, userId: app.ownerUserId };
    await auditor.read(USER, ofOwner);
    const three = (await reads()).map(({ read, filter }) => [read, filter]);
    expect(three).toHaveLength(3);
    expect(three).toEqual(expect.arrayContaining([['app', {}], ['history', { userId: app.ownerUserId, last: 1 }], ['why', { userId: app.ownerUserId }]]));
    const { app: { id } } = await app.owner.read(APP, { appId: app.appId });
    await auditor.read('query ($id: ID!) { one: node(id: $id) { id } two: node(id: $id) { id } }', { id });
    expect((await reads()).slice(3).map(({ read, appId, filter }) => [read, appId, filter])).toEqual([['node', app.appId, { type: 'App', id: app.appId }]]);
  });

  it('is recorded with one lookup for a user list of any length', async () => {
    for (let index = 0; index < 5; index += 1) await app.invite(`partner ${index}`);
    await auditor.read('query ($appId: ID!) { app(appId: $appId) { users { nodes { history(first: 1) { nodes { type } } } } } }', { appId: app.appId });
    const events = await trail();
    expect(events).toHaveLength(7);
    expect(new Set(events.map(({ metadata }) => metadata.correlationId)).size).toBe(1);
  });

  it('is not recorded for admins, operators and auditors in their own app', async () => {
    const { appId, owner } = app;
    await owner.read(EVENTS, { filter: { appId } });
    await owner.read(USER, { appId, userId: app.ownerUserId });
    await owner.read(DIFF, { appId, from: { time: '2026-01-01T00:00:00Z' } });
    await (await service.as('operator@example.com', 'operator')).read('{ apps { nodes { appId } } }');
    const alsoAuditor = await service.as(owner.keapId, 'auditor');
    await alsoAuditor.read(EVENTS, { filter: { appId } });
    await alsoAuditor.read(APP, { appId });
    expect(await trail()).toEqual([]);
    await alsoAuditor.read(EVENTS, {});
    expect(await trail()).toHaveLength(1);
  });

  it('is refused when it cannot be recorded', async () => {
    await auditor.read(APP, { appId: app.appId });
    const running = service.running.membership;
    const append = running.store.append.bind(running.store);
    running.store.append = () => Promise.reject(new StoreUnavailable('away'));
    for (const query of [EVENTS, '{ apps { nodes { appId } } }']) {
      const { status, errors, data } = await auditor.ask(query);
      expect([status, errors[0]?.extensions.code, data]).toEqual([503, 'STORE_UNAVAILABLE', null]);
    }
    const { status, errors, data } = await auditor.ask(APP, { appId: app.appId });
    expect([status, errors[0]?.extensions.code, data.app]).toEqual([503, 'STORE_UNAVAILABLE', null]);
    expect((await app.owner.read(EVENTS, { filter: { appId: app.appId } })).membershipEvents.nodes).toHaveLength(3);
    running.store.append = append;
    await auditor.read(APP, { appId: app.appId });
    expect(await trail()).toHaveLength(2);
  });

  it('is refused before it is recorded when the request is invalid', async () => {
    for (const variables of [{ first: 201 }, { filter: { types: ['x'.repeat(300)] } }]) {
      expect((await auditor.ask(EVENTS, variables)).errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    }
    expect((await auditor.ask(DIFF, { appId: 'nowhere', from: { position: '0' } })).errors[0]).toMatchObject({ message: 'There is no app with this "appId".', extensions: { code: 'BAD_USER_INPUT' } });
    expect((await auditor.ask(DIFF, { appId: app.appId, from: {} })).errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect((await auditor.read(APP, { appId: 'nowhere' })).app).toBeNull();
    expect(await trail()).toEqual([]);
  });
});
