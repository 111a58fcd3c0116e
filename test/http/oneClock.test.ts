import { setTimeout as pause } from 'node:timers/promises';
import { recordExpiredInvitations } from '../../src/application/invitations';
import { rosterStream } from '../../src/domain/streams';
import type { StoredEvent } from '../../src/eventstore/eventStore';
import { GivenApp } from '../support/givenApp';
import { breachesOf } from '../support/membershipInvariants';
import { DAY_MS, MovableClock } from '../support/movableClock';
import type { Person, Json } from '../support/person';
import { TestService } from '../support/testService';

const APP = `query ($appId: ID!, $invited: UserFilter, $expired: UserFilter) { app(appId: $appId) { licences { used reserved available }
  invited: users(filter: $invited) { totalCount nodes { userId status invitation { status } } } expired: users(filter: $expired) { totalCount nodes { userId status } }
  users { statusCounts { status count } } } }`;
const PREVIEW = 'query ($token: String!) { invitation(token: $token) { status } }';
const RECEIVED = 'query { accountCentral { invitations { invitationId } } }';

describe('a clock that was ahead', () => {
  const clock = new MovableClock();
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start({ clock, env: { INVITATIONS_PER_APP_PER_DAY: '3', INVITATIONS_PER_RECIPIENT_PER_DAY: '0' } });
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    app = await GivenApp.register(service);
  });
  afterEach(async () => {
    expect(await breachesOf(service.running.membership.store.readAll())).toEqual([]);
  });

  const whileAhead = async <T>(work: () => Promise<T>): Promise<T> => {
    clock.pass(30 * DAY_MS);
    try {
      return await work();
    } finally {
      clock.pass(-30 * DAY_MS);
    }
  };
  const view = async (): Promise<Json> => (await app.owner.read(APP, { appId: app.appId, invited: { statuses: ['INVITED'] }, expired: { statuses: ['EXPIRED'] } })).app;
  const countOf = ({ users }: Json, status: string): number => users.statusCounts.find((one: Json) => one.status === status).count;
  const received = async (person: Person): Promise<string[]> => (await person.read(RECEIVED)).accountCentral.invitations.map(({ invitationId }: Json) => invitationId);
  const recordExpiry = async (): Promise<void> => {
    const { readModels, rosters } = service.running.membership;
    await recordExpiredInvitations(readModels.userList, rosters);
  };
  const rosterEvents = async (): Promise<StoredEvent[]> => {
    const events: StoredEvent[] = [];
    for await (const event of service.running.membership.store.readStream(rosterStream(app.appId))) events.push(event);
    return events;
  };

  it('leaves nothing but the times of events: a later invitation is shown open everywhere, counted, resent, expired and accepted by the clock', async () => {
    const early = await whileAhead(() => app.join('early'));
    expect(early.userId).toBeDefined();
    const now = clock.now();
    const { person, userId, invitationId, token } = await app.invite('late', 'STANDARD', 'USER');
    const dry = (await app.owner.ask(`mutation ($input: InviteUserInput!) { inviteUser(input: $input) { ... on InviteUserSuccess { invitation { status } } } }`, { input: { appId: app.appId, keapId: `dry@${app.appId}.example`, role: 'STANDARD' } }, { 'x-dry-run': 'true' })).data;
    expect(dry.inviteUser.invitation.status).toBe('OPEN');
    const last = (await rosterEvents()).at(-1);
    expect(last?.occurredAt && last.occurredAt > clock.now()).toBe(true);
    expect(Date.parse(last?.data['expiresAt'] as string)).toBeLessThan(Date.parse(now) + 7 * DAY_MS + 60_000);
    const shown = await view();
    expect(shown.invited).toEqual({ totalCount: 1, nodes: [{ userId, status: 'INVITED', invitation: { status: 'OPEN' } }] });
    expect([shown.licences, countOf(shown, 'INVITED'), countOf(shown, 'EXPIRED')]).toEqual([{ used: 1, reserved: 1, available: 3 }, 1, 0]);
    expect((await person.read(PREVIEW, { token })).invitation.status).toBe('OPEN');
    expect(await received(person)).toEqual([invitationId]);
    await recordExpiry();
    expect(await app.owner.mutate('resendInvitation', { appId: app.appId, invitationId }, 'invitation { status sendCount }')).toMatchObject({ invitation: { status: 'OPEN', sendCount: 2 } });

    clock.pass(7 * DAY_MS);
    expect((await view()).expired.nodes).toEqual([{ userId, status: 'EXPIRED' }]);
    expect(await person.mutate('acceptInvitation', { appId: app.appId, invitationId })).toMatchObject({ code: 'INVITATION_EXPIRED' });
    expect(await app.owner.mutate('resendInvitation', { appId: app.appId, invitationId })).toMatchObject({ __typename: 'ResendInvitationSuccess' });
    expect(await person.mutate('acceptInvitation', { appId: app.appId, invitationId }, 'user { status }')).toMatchObject({ user: { status: 'ACTIVE' } });
  });

  it('ends no invitation that was open before, also when its expiry was recorded meanwhile', async () => {
    const before = await app.invite('before', 'STANDARD', 'USER');
    const other = await app.invite('other');
    await whileAhead(async () => {
      await recordExpiry();
      expect((await rosterEvents()).filter(({ type }) => type === 'InvitationExpired')).toHaveLength(2);
      const shown = await view();
      expect([shown.expired.totalCount, countOf(shown, 'EXPIRED'), shown.licences.reserved]).toEqual([2, 2, 0]);
      expect(await before.person.mutate('acceptInvitation', { token: before.token })).toMatchObject({ code: 'INVITATION_EXPIRED' });
    });
    const shown = await view();
    expect([shown.invited.totalCount, shown.expired.totalCount, countOf(shown, 'INVITED'), countOf(shown, 'EXPIRED'), shown.licences.reserved]).toEqual([2, 0, 2, 0, 1]);
    expect(shown.invited.nodes).toContainEqual({ userId: before.userId, status: 'INVITED', invitation: { status: 'OPEN' } });
    expect((await before.person.read(PREVIEW, { token: before.token })).invitation.status).toBe('OPEN');
    expect(await received(before.person)).toEqual([before.invitationId]);
    expect(await app.owner.mutate('inviteUser', { appId: app.appId, keapId: before.person.keapId, role: 'STANDARD' })).toMatchObject({ __typename: 'AlreadyInvited', invitationId: before.invitationId });
    expect(await before.person.mutate('acceptInvitation', { token: before.token }, 'user { status }')).toMatchObject({ user: { status: 'ACTIVE' } });
    expect(await app.owner.mutate('revokeInvitation', { appId: app.appId, invitationId: other.invitationId })).toMatchObject({ __typename: 'RevokeInvitationSuccess' });
    expect((await view()).licences).toEqual({ used: 2, reserved: 0, available: 3 });
  });

  it('does not count invitations of the time ahead against the limit, and counts those before and after', async () => {
    const invite = async (name: string): Promise<Json> => app.owner.mutate('invitePartner', { appId: app.appId, keapId: `${name}@${app.appId}.example`, role: 'STANDARD' });
    await invite('a');
    await whileAhead(async () => {
      for (const name of ['b', 'c', 'd']) expect(await invite(name)).toMatchObject({ __typename: 'InvitePartnerSuccess' });
      expect(await invite('e')).toMatchObject({ __typename: 'RateLimited' });
    });
    for (const name of ['e', 'f']) expect(await invite(name)).toMatchObject({ __typename: 'InvitePartnerSuccess' });
    const limited = await invite('g');
    expect(limited).toMatchObject({ __typename: 'RateLimited' });
    expect(limited.retryAfterSeconds).toBeGreaterThan(23 * 3600);
    expect(limited.retryAfterSeconds).toBeLessThanOrEqual(24 * 3600);
    clock.pass(DAY_MS);
    expect(await invite('g')).toMatchObject({ __typename: 'InvitePartnerSuccess' });
  });

  it('answers repeated requests once, with a key of before, of the time ahead and of after', async () => {
    const keapId = `keyed@${app.appId}.example`;
    const invite = (idempotencyKey: string): Promise<Json> => app.owner.mutate('invitePartner', { appId: app.appId, keapId, role: 'STANDARD', idempotencyKey });
    const first = await whileAhead(() => invite('ahead'));
    expect(await invite('ahead')).toEqual(first);
    await app.assign(app.ownerUserId, 'c');
    await whileAhead(() => app.assign(app.ownerUserId, 'd'));
    const assign = (): Promise<Json> => app.owner.mutate('assignContacts', { appId: app.appId, userId: app.ownerUserId, contactIds: ['e', 'f'], idempotencyKey: 'after' }, 'changed position');
    const assigned = await assign();
    expect(assigned).toMatchObject({ changed: 2 });
    expect(await assign()).toEqual(assigned);
  });
});

describe('a message that is to be sent after the clock was ahead', () => {
  it('leaves at once', async () => {
    const clock = new MovableClock();
    const service = await TestService.start({ clock, sends: ['mail'] });
    try {
      const app = await GivenApp.register(service);
      clock.pass(30 * DAY_MS);
      await app.invite('ahead');
      clock.pass(-30 * DAY_MS);
      const { userId } = await app.invite('after');
      const delivery = async (): Promise<string> =>
        (await app.owner.read('query ($appId: ID!, $userId: ID!) { app(appId: $appId) { user(userId: $userId) { invitation { delivery } } } }', { appId: app.appId, userId })).app.user.invitation.delivery;
      while ((await delivery()) !== 'SENT') await pause(5);
    } finally {
      await service.close();
    }
  });
});
