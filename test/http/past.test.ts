import { GivenApp } from '../support/givenApp';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';
import { viewOf } from './appView';
import { StandingClock } from './standingClock';

const T0 = Date.UTC(2026, 0, 1);
const DAY_MS = 24 * 60 * 60 * 1000;
const at = (days: number, milliseconds = 0): string => new Date(T0 + days * DAY_MS + milliseconds).toISOString();

const ACCOUNT_CENTRAL = 'query ($asOf: AsOf) { accountCentral(asOf: $asOf) { accounts { nodes { appId label role assignedContactCount } } } }';

describe('the past', () => {
  const clock = new StandingClock(at(0));
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start({ clock });
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    clock.set(at(0));
    app = await GivenApp.register(service);
  });

  const statusesAt = async (asOf: object): Promise<Json> => {
    const view = await viewOf(app.owner, app.appId, asOf);
    return view && Object.fromEntries(view.users.nodes.filter(({ name }: Json) => name !== 'Olivia Owner').map(({ name, status, assignedContactCount }: Json) => [name, [status, assignedContactCount]]));
  };

  it('by time includes every event that occurred at it, in each of the app\'s streams, and none after it', async () => {
    clock.set(at(1));
    const { person, userId } = await app.join('coach');
    clock.set(at(2));
    await app.assign(userId, 'a', 'b');
    clock.set(at(3));
    await app.owner.mutate('unassignContacts', { appId: app.appId, contactIds: ['a', 'b'] });
    clock.set(at(4));
    await person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId });
    clock.set(at(5));
    expect(await statusesAt({ time: at(0) })).toEqual({});
    expect(await statusesAt({ time: at(1, -1) })).toEqual({});
    expect(await statusesAt({ time: at(1) })).toEqual({ coach: ['ACTIVE', 0] });
    expect(await statusesAt({ time: at(2, -1) })).toEqual({ coach: ['ACTIVE', 0] });
    expect(await statusesAt({ time: at(2) })).toEqual({ coach: ['ACTIVE', 2] });
    expect(await statusesAt({ time: at(3) })).toEqual({ coach: ['ACTIVE', 0] });
    expect(await statusesAt({ time: at(4) })).toEqual({ coach: ['LEFT', 0] });
    expect(await statusesAt({ time: at(0, -1) })).toBeNull();
  });

  it('by position includes every event up to and with it', async () => {
    const { userId } = await app.join('coach');
    const assigned = await app.assign(userId, 'a');
    const changed = await app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: 'ADMIN' });
    const roleAt = async (position: string): Promise<Json> => (await viewOf(app.owner, app.appId, { position })).users.nodes.find((user: Json) => user.userId === userId);
    expect(await roleAt(assigned.position)).toMatchObject({ role: 'STANDARD', assignedContactCount: 1 });
    expect(await roleAt(changed.position)).toMatchObject({ role: 'ADMIN', assignedContactCount: 1 });
  });

  it('applies expiry as of the requested time; by position, as of the app\'s latest event up to it', async () => {
    const invited = await app.owner.mutate('inviteUser', { appId: app.appId, keapId: 'late@example.com', role: 'STANDARD', name: 'late' });
    clock.set(at(7, -1));
    const labelled = await app.owner.mutate('invitePartner', { appId: app.appId, keapId: 'other@example.com', role: 'STANDARD', name: 'other' });
    clock.set(at(7));
    const expired = await app.owner.mutate('changeUserRole', { appId: app.appId, userId: app.ownerUserId, role: 'ADMIN' });
    expect(expired.__typename).toBe('ChangeUserRoleSuccess');
    const later = await app.owner.mutate('assignContacts', { appId: app.appId, userId: app.ownerUserId, contactIds: ['c'] });
    const lateAt = async (asOf: object): Promise<Json> => {
      const view = await viewOf(app.owner, app.appId, asOf);
      return [view.users.nodes.find(({ name }: Json) => name === 'late').status, view.licences.reserved];
    };
    expect(await lateAt({ position: invited.position })).toEqual(['INVITED', 1]);
    expect(await lateAt({ position: labelled.position })).toEqual(['INVITED', 1]);
    expect(await lateAt({ position: later.position })).toEqual(['EXPIRED', 0]);
    expect(await lateAt({ time: at(7, -1) })).toEqual(['INVITED', 1]);
    expect(await lateAt({ time: at(7) })).toEqual(['EXPIRED', 0]);
  });

  it('that lies in the future equals the present', async () => {
    await app.invite('late');
    clock.set(at(6));
    expect(await statusesAt({ time: at(400) })).toEqual({ late: ['INVITED', 0] });
    expect(await statusesAt({ position: '9999999999999999' })).toEqual(await statusesAt({ time: at(400) }));
  });

  it('accepts exactly one of time and position', async () => {
    for (const asOf of [{}, { time: at(0), position: '0000000000000001' }]) {
      const { errors } = await app.owner.ask('query ($appId: ID!, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) { name } }', { appId: app.appId, asOf });
      expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    }
  });

  it('of Account Central shows labels and roles as they were', async () => {
    const { person, userId } = await app.join('coach');
    clock.set(at(1));
    await person.mutate('setAccountLabel', { appId: app.appId, label: 'First' });
    clock.set(at(2));
    await person.mutate('setAccountLabel', { appId: app.appId, label: 'Second' });
    await app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: 'ADMIN' });
    await app.assign(userId, 'c');
    clock.set(at(3));
    const accountAt = async (asOf?: object): Promise<Json> => (await person.read(ACCOUNT_CENTRAL, { asOf })).accountCentral.accounts.nodes;
    const { appId } = app;
    expect(await accountAt()).toEqual([{ appId, label: 'Second', role: 'ADMIN', assignedContactCount: 1 }]);
    expect(await accountAt({ time: at(1) })).toEqual([{ appId, label: 'First', role: 'STANDARD', assignedContactCount: 0 }]);
    expect(await accountAt({ time: at(0) })).toEqual([{ appId, label: `${appId} Keap Pro Recording`, role: 'STANDARD', assignedContactCount: 0 }]);
    expect(await accountAt({ time: at(0, -1) })).toEqual([]);
  });
});
