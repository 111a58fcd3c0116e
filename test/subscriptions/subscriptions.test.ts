import { codesOf, followedAt, Following, untilFollowed, WAYS, type Way } from '../support/following';
import { GivenApp } from '../support/givenApp';
import { DAY_MS, MovableClock } from '../support/movableClock';
import type { Json, Person } from '../support/person';
import { addressOf, TestService } from '../support/testService';
import { recordExpiredInvitations } from '../../src/application/invitations';

const USERS_CHANGED = 'subscription ($appId: ID!) { appUsersChanged(appId: $appId) { position user { userId keapId status role assignedContactCount invitation { sendCount } } } }';
const CENTRAL_CHANGED = 'subscription { accountCentralChanged { accounts { nodes { appId label role } } invitations { appId } } }';
const EVENTS = 'subscription ($filter: MembershipEventFilter) { membershipEvents(filter: $filter) { position type userId summary } }';
const LIST = 'query ($appId: ID!) { membershipEvents(filter: { appId: $appId }, first: 200) { nodes { position type userId summary } } }';
const NO_LIMITS = { UNSIGNED_REQUESTS_PER_MINUTE: '0', INVITATIONS_PER_APP_PER_DAY: '0', INVITATIONS_PER_RECIPIENT_PER_DAY: '0' };

describe.each(WAYS)('subscriptions by %s', (way: Way) => {
  const clock = new MovableClock();
  let service: TestService;
  const open: Following[] = [];
  beforeAll(async () => {
    service = await TestService.start({ env: NO_LIMITS, clock });
  });
  afterEach(async () => {
    for (const following of open.splice(0)) following.stop();
    await untilFollowed(service.url, (open) => open === 0);
  });
  afterAll(() => service.close());

  const follow = (person: Person, query: string, variables: Record<string, unknown> = {}): Following => {
    const following = new Following(way, person, { query, variables });
    open.push(following);
    return following;
  };
  /** Follows, and waits until the server does. */
  const followed = async (person: Person, query: string, variables: Record<string, unknown> = {}): Promise<Following> => {
    const before = await followedAt(service.url);
    const following = follow(person, query, variables);
    await untilFollowed(service.url, (open) => open > before || following.isOver);
    return following;
  };

  describe('appUsersChanged', () => {
    it('sends each change of a user to an admin once, and the change can be queried', async () => {
      const app = await GivenApp.register(service);
      const { appId, owner } = app;
      const told = await followed(owner, USERS_CHANGED, { appId });
      const { person, userId, invitationId, token } = await app.invite('partner');
      await owner.mutate('resendInvitation', { appId, invitationId });
      await owner.mutate('revokeInvitation', { appId, invitationId });
      const again = await owner.mutate('invitePartner', { appId, keapId: person.keapId, role: 'STANDARD' }, 'invitation { invitationId developmentToken }');
      expect(token).not.toBe(again.invitation.developmentToken);
      await person.mutate('acceptInvitation', { token: again.invitation.developmentToken });
      await owner.mutate('changeUserRole', { appId, userId, role: 'ADMIN' });
      await owner.mutate('changeUserRole', { appId, userId, role: 'STANDARD' });
      await app.assign(userId, 'c1', 'c2');
      await owner.mutate('unassignContacts', { appId, contactIds: ['c1', 'c2'] });
      await person.mutate('leaveApp', { appId, confirmAppId: appId }, 'position');
      const changes = (await told.until(10)).map(({ appUsersChanged }) => appUsersChanged);
      expect(changes.map(({ user }) => [user.userId, user.status, user.role, user.assignedContactCount, user.invitation.sendCount])).toEqual([
        [userId, 'INVITED', 'STANDARD', 0, 1], [userId, 'INVITED', 'STANDARD', 0, 2], [userId, 'REVOKED', 'STANDARD', 0, 2], [userId, 'INVITED', 'STANDARD', 0, 1], [userId, 'ACTIVE', 'STANDARD', 0, 1],
        [userId, 'ACTIVE', 'ADMIN', 0, 1], [userId, 'ACTIVE', 'STANDARD', 0, 1], [userId, 'ACTIVE', 'STANDARD', 2, 1], [userId, 'ACTIVE', 'STANDARD', 0, 1], [userId, 'LEFT', 'STANDARD', 0, 1],
      ]);
      const positions = changes.map(({ position }) => position);
      expect(positions).toEqual([...new Set(positions)].sort());
    });

    it('sends the expiry of an invitation, and nothing about other apps', async () => {
      const [app, other] = [await GivenApp.register(service), await GivenApp.register(service)];
      const { userId } = await app.invite('late');
      const told = await followed(app.owner, USERS_CHANGED, { appId: app.appId });
      await other.invite('elsewhere');
      clock.pass(8 * DAY_MS);
      const { readModels, rosters } = service.running.membership;
      await recordExpiredInvitations(readModels.userList, rosters);
      const [change] = await told.until(1);
      expect(change.appUsersChanged.user).toMatchObject({ userId, status: 'EXPIRED' });
    });

    it('ends when the subscriber is no longer an admin, with the error that a new subscription would get', async () => {
      const app = await GivenApp.register(service);
      const { appId, owner } = app;
      const { person, userId } = await app.join('second', 'ADMIN');
      const told = await followed(person, USERS_CHANGED, { appId });
      await owner.mutate('changeUserRole', { appId, userId, role: 'STANDARD' });
      const error = await told.ended();
      expect(codesOf(error)).toEqual(['FORBIDDEN']);
      expect(told.messages).toEqual([]);
      const refused = await follow(person, USERS_CHANGED, { appId }).ended();
      expect(refused[0].message).toBe(error[0].message);
      expect((await follow(person, USERS_CHANGED, { appId: 'no-such-app' }).ended())[0].message).toBe(error[0].message);
    });
  });

  describe('accountCentralChanged', () => {
    it('sends the current state first, then each change: invited, joined, labelled, another role, left', async () => {
      const app = await GivenApp.register(service);
      const { appId, owner } = app;
      const person = await service.as(addressOf(appId, 'central'));
      const told = follow(person, CENTRAL_CHANGED);
      const central = async (count: number): Promise<Json> => (await told.until(count))[count - 1].accountCentralChanged;
      expect(await central(1)).toEqual({ accounts: { nodes: [] }, invitations: [] });
      const { token, userId } = await app.invite('central');
      expect(await central(2)).toEqual({ accounts: { nodes: [] }, invitations: [{ appId }] });
      await person.mutate('acceptInvitation', { token });
      await told.when(() => told.messages.at(-1).accountCentralChanged.accounts.nodes.length === 1);
      const known = told.messages.length;
      await person.mutate('setAccountLabel', { appId, label: 'My client' });
      expect((await central(known + 1)).accounts.nodes).toEqual([{ appId, label: 'My client', role: 'STANDARD' }]);
      await owner.mutate('changeUserRole', { appId, userId, role: 'ADMIN' });
      expect((await central(known + 2)).accounts.nodes).toEqual([{ appId, label: 'My client', role: 'ADMIN' }]);
      await person.mutate('leaveApp', { appId, confirmAppId: appId }, 'position');
      await told.when(() => told.messages.at(-1).accountCentralChanged.accounts.nodes.length === 0);
    });
  });

  describe('membershipEvents', () => {
    it('sends the events after a position and then new ones, in the order of the query', async () => {
      const app = await GivenApp.register(service);
      const { appId, owner } = app;
      await app.join('partner');
      const told = follow(owner, EVENTS, { filter: { appId, afterPosition: '0' } });
      const replayed = (await owner.read(LIST, { appId })).membershipEvents.nodes;
      expect(await told.until(replayed.length)).toEqual(replayed.map((event: Json) => ({ membershipEvents: event })));
      await app.invite('another');
      const all = (await owner.read(LIST, { appId })).membershipEvents.nodes;
      expect(all.length).toBeGreaterThan(replayed.length);
      expect(await told.until(all.length)).toEqual(all.map((event: Json) => ({ membershipEvents: event })));
    });

    it('resumes without gaps or duplicates while 1,000 events are written', async () => {
      const app = await GivenApp.register(service);
      const { appId, owner } = app;
      const { userId } = await app.join('partner');
      const seen: Json[] = [];
      const total = 1_000;
      const writing = (async () => {
        for (let first = 0; first < total; first += 20) await Promise.all(Array.from({ length: 20 }, (_, index) => app.assign(userId, `c${first + index}`)));
      })();
      const assigned = (events: readonly Json[]): number => events.filter(({ type }) => type === 'ContactsAssigned').length;
      let times = 0;
      while (assigned(seen) < total) {
        const afterPosition = seen.at(-1)?.position ?? '0';
        const told = follow(owner, EVENTS, { filter: { appId, afterPosition } });
        await told.when(() => told.messages.length >= 100 || assigned(seen) + told.messages.length >= total || told.isOver);
        told.stop();
        expect(told.error).toBeNull();
        seen.push(...told.messages.map(({ membershipEvents }) => membershipEvents));
        times += 1;
      }
      await writing;
      const positions: string[] = [];
      for await (const { stream, position } of service.running.membership.store.readAll()) if (stream === `app-${appId}` || stream === `contacts-${appId}`) positions.push(position);
      expect(seen.map(({ position }) => position)).toEqual(positions);
      expect(times).toBeGreaterThan(3);
    });

    it('ends when the admin who subscribed leaves or is removed, even when no event is sent', async () => {
      const app = await GivenApp.register(service);
      const { appId, owner } = app;
      const { person } = await app.join('leaver', 'ADMIN');
      const { person: removed, userId } = await app.join('removed', 'ADMIN');
      const types = ['NothingLikeThis'];
      const left = await followed(person, EVENTS, { filter: { appId, types } });
      const gone = await followed(removed, EVENTS, { filter: { appId, types } });
      await person.mutate('leaveApp', { appId, confirmAppId: appId }, 'position');
      expect(codesOf(await left.ended())).toEqual(['FORBIDDEN']);
      expect(gone.isOver).toBe(false);
      await owner.mutate('removeUser', { appId, userId });
      expect(codesOf(await gone.ended())).toEqual(['FORBIDDEN']);
    });

    it('records each start of an auditor\'s subscription once', async () => {
      const app = await GivenApp.register(service);
      const auditor = await service.as('auditor@example.com', 'auditor');
      const told = follow(auditor, EVENTS, { filter: { appId: app.appId, afterPosition: '0' } });
      await told.until(2);
      const again = follow(auditor, EVENTS, { filter: { appId: app.appId, afterPosition: told.messages.at(-1).membershipEvents.position } });
      await app.invite('somebody');
      await again.until(1);
      const reads: Json[] = [];
      for await (const { type, data } of service.running.membership.store.readAll()) if (type === 'AuditorRead' && data['appId'] === app.appId) reads.push(data);
      expect(reads.map(({ read }) => read)).toEqual(['membershipEvents', 'membershipEvents']);
    });
  });

  it.each([
    ['a query', '{ viewer { keapId } }', {}, 'BAD_USER_INPUT'],
    ['what is no GraphQL', 'subscription {', {}, 'GRAPHQL_PARSE_FAILED'],
    ['a field that there is not', 'subscription { nothing }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['a root field that may be left out', 'subscription ($no: Boolean!) { accountCentralChanged @skip(if: $no) { invitations { appId } } }', { no: true }, 'BAD_USER_INPUT'],
    ['two of them', 'subscription { accountCentralChanged { invitations { appId } } again: accountCentralChanged { invitations { appId } } }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['a variable that cannot be', EVENTS, { filter: { from: 'yesterday' } }, 'BAD_USER_INPUT'],
    ['a variable too few', USERS_CHANGED, {}, 'BAD_USER_INPUT'],
    ['too deep a document', `subscription { accountCentralChanged { accounts { nodes ${'{ user { app { user(userId: "x") '.repeat(8)} { userId } ${'} } }'.repeat(8)} } } }`, {}, 'BAD_USER_INPUT'],
  ])('is refused for %s, with what is wrong', async (_what, query, variables, code) => {
    const person = await service.as('somebody@example.com');
    const codes = codesOf(await follow(person, query, variables).ended());
    expect(way === 'event stream' && codes.includes(400) ? ['BAD_USER_INPUT'] : codes).toContain(code);
  });
});
