import { GivenApp } from '../support/givenApp';
import { breachesOf } from '../support/membershipInvariants';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';
import { memberOf, viewOf } from './appView';

const ACCOUNT_CENTRAL = '{ accountCentral { accounts { nodes { appId label canLeave leaveBlockers { code count } } } invitations { appId } } }';

const REMOVE = 'mutation ($input: RemoveUserInput!) { removeUser(input: $input) { __typename } }';

describe('leaving and removal', () => {
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start({ env: { INVITATIONS_PER_RECIPIENT_PER_DAY: '0' } });
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    app = await GivenApp.register(service);
  });
  afterEach(async () => {
    expect(await breachesOf(service.running.membership.store.readAll())).toEqual([]);
  });

  const leave = (person: Person, confirmAppId = app.appId): Promise<Json> => person.mutate('leaveApp', { appId: app.appId, confirmAppId }, 'position appId');
  const remove = (userId: string, reassignContactsTo?: string): Promise<Json> => app.owner.mutate('removeUser', { appId: app.appId, userId, reassignContactsTo }, 'position user { status endedAt assignedContactCount }');
  const accounts = async (person: Person): Promise<Json> => (await person.read(ACCOUNT_CENTRAL)).accountCentral;

  describe('leaving', () => {
    it('is for partners; a user gets NOT_A_PARTNER, and Account Central shows that', async () => {
      const { person } = await app.join('user', 'STANDARD', 'USER');
      expect((await leave(person)).code).toBe('NOT_A_PARTNER');
      expect((await accounts(person)).accounts.nodes).toMatchObject([{ canLeave: false, leaveBlockers: [{ code: 'NOT_A_PARTNER' }] }]);
      expect((await accounts(app.owner)).accounts.nodes[0].leaveBlockers.map(({ code }: Json) => code)).toEqual(['NOT_A_PARTNER', 'LAST_ADMIN']);
    });

    it('needs the app id repeated exactly', async () => {
      const { person } = await app.join('hasty');
      for (const confirm of ['', app.appId.toUpperCase(), ` ${app.appId}`, 'other']) {
        expect(await leave(person, confirm)).toMatchObject({ code: 'CONFIRMATION_MISMATCH', field: 'confirmAppId' });
      }
      expect((await leave(person)).__typename).toBe('LeaveAppSuccess');
    });

    it('needs an accepted invitation', async () => {
      expect((await leave((await app.invite('waiting')).person)).code).toBe('NOT_ACCEPTED_YET');
    });

    it('is refused while contacts are assigned, with their number, five ids and the checked position', async () => {
      const { person, userId } = await app.join('busy');
      const { position } = await app.assign(userId, 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7');
      const refused = await leave(person);
      expect(refused).toMatchObject({ __typename: 'HasAssignedContacts', count: 7, checkedAt: position });
      expect(refused.sample).toHaveLength(5);
      expect(['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7']).toEqual(expect.arrayContaining(refused.sample));
      expect((await accounts(person)).accounts.nodes).toMatchObject([{ canLeave: false, leaveBlockers: [{ code: 'HAS_ASSIGNED_CONTACTS', count: 7 }] }]);
    });

    it('removes the app from Account Central and ends access with the next request', async () => {
      const { person, userId } = await app.join('leaver', 'ADMIN');
      expect((await leave(person)).__typename).toBe('LeaveAppSuccess');
      const [central, view, refused] = await Promise.all([accounts(person), viewOf(person, app.appId), person.mutate('assignContacts', { appId: app.appId, userId, contactIds: ['x'] })]);
      expect(central).toEqual({ accounts: { nodes: [] }, invitations: [] });
      expect(view).toBeNull();
      expect(refused.code).toBe('APP_NOT_FOUND');
      expect((await app.assign(userId, 'x')).code).toBe('ASSIGNEE_NOT_ACTIVE');
    });

    it('twice is NOT_A_MEMBER', async () => {
      const { person } = await app.join('leaver');
      await leave(person);
      expect((await leave(person)).code).toBe('NOT_A_MEMBER');
    });

    it('twice concurrently leaves once', async () => {
      for (let round = 0; round < 10; round += 1) {
        const { person } = await app.join('leaver');
        const codes = (await Promise.all([leave(person), leave(person)])).map(({ code }) => code);
        expect([...codes].sort()).toEqual(['NOT_A_MEMBER', undefined]);
      }
    });

    it('keeps the person\'s sent invitations open', async () => {
      const { person } = await app.join('inviting', 'ADMIN');
      const guest = await service.as(`guest-of-${app.appId}@example.com`);
      const { invitation } = await person.mutate('invitePartner', { appId: app.appId, keapId: guest.keapId, role: 'STANDARD' }, 'invitation { developmentToken }');
      await leave(person);
      expect((await guest.mutate('acceptInvitation', { token: invitation.developmentToken })).__typename).toBe('AcceptInvitationSuccess');
    });

    it('keeps the account label for a return', async () => {
      const { person } = await app.join('returning');
      await person.mutate('setAccountLabel', { appId: app.appId, label: '  My best client ' });
      await leave(person);
      await app.join('returning', 'STANDARD', 'USER');
      expect((await accounts(person)).accounts.nodes).toMatchObject([{ appId: app.appId, label: 'My best client' }]);
    });

    it('and returning allows contacts and leaving again', async () => {
      const { person, userId } = await app.join('returning');
      for (let time = 0; time < 3; time += 1) {
        await app.assign(userId, `c${time}`);
        expect((await leave(person)).code).toBe('HAS_ASSIGNED_CONTACTS');
        await app.owner.mutate('unassignContacts', { appId: app.appId, contactIds: [`c${time}`] });
        expect((await leave(person)).__typename).toBe('LeaveAppSuccess');
        await app.join('returning');
      }
    });
  });

  describe('removing', () => {
    it('answers NOT_ACCEPTED_YET for an open invitation, and NOT_A_MEMBER after leaving, after declining and for unknown people', async () => {
      expect((await remove((await app.invite('waiting')).userId)).code).toBe('NOT_ACCEPTED_YET');
      const left = await app.join('left');
      await leave(left.person);
      const declined = await app.invite('declined');
      await declined.person.mutate('declineInvitation', { token: declined.token });
      const revoked = await app.invite('revoked');
      await app.owner.mutate('revokeInvitation', { appId: app.appId, invitationId: revoked.invitationId });
      for (const { userId } of [left, declined, revoked]) {
        expect((await remove(userId)).code).toBe('NOT_A_MEMBER');
        expect((await app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: 'ADMIN' })).code).toBe('NOT_A_MEMBER');
      }
    });

    it('works for users and partners, and gives the same answer when repeated', async () => {
      for (const kind of ['USER', 'PARTNER'] as const) {
        const { userId, person } = await app.join(`removed ${kind}`, 'ADMIN', kind);
        const first = await remove(userId);
        expect(first).toMatchObject({ __typename: 'RemoveUserSuccess', user: { status: 'REMOVED', endedAt: expect.any(String) } });
        expect(await remove(userId)).toEqual(first);
        expect(await viewOf(person, app.appId)).toBeNull();
        expect((await app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: 'STANDARD' })).code).toBe('NOT_A_MEMBER');
      }
    });

    it('lets an admin remove themselves while there is another admin', async () => {
      const { userId, person } = await app.join('resigning', 'ADMIN', 'USER');
      const answer = await person.mutate('removeUser', { appId: app.appId, userId }, 'user { status }');
      expect(answer).toMatchObject({ __typename: 'RemoveUserSuccess', user: { status: 'REMOVED' } });
    });

    it('of a member with contacts needs a new assignee: another active member', async () => {
      const { userId } = await app.join('busy');
      await app.assign(userId, 'c1', 'c2');
      const { userId: invited } = await app.invite('invited');
      const gone = await app.join('gone');
      await leave(gone.person);
      expect(await remove(userId)).toMatchObject({ __typename: 'HasAssignedContacts', count: 2 });
      for (const successor of [userId, invited, gone.userId]) expect(await remove(userId, successor)).toMatchObject({ code: 'ASSIGNEE_NOT_ACTIVE', field: 'reassignContactsTo' });
      expect((await remove(userId, 'nobody')).code).toBe('USER_NOT_FOUND');
      expect(await memberOf(app.owner, app.appId, userId)).toMatchObject({ status: 'ACTIVE', assignedContactCount: 2 });
      expect(await remove(userId, app.ownerUserId)).toMatchObject({ user: { status: 'REMOVED', assignedContactCount: 0 } });
      expect((await memberOf(app.owner, app.appId, app.ownerUserId)).assignedContactCount).toBe(2);
    });

    it('while the person leaves records one of the two', async () => {
      for (let round = 0; round < 10; round += 1) {
        const { person, userId } = await app.join('contested');
        const [left, removed] = await Promise.all([leave(person), remove(userId)]);
        expect([left.code, removed.code].sort()).toEqual(['NOT_A_MEMBER', undefined]);
        expect((await memberOf(app.owner, app.appId, userId)).status).toBe(left.code === undefined ? 'LEFT' : 'REMOVED');
      }
    });

    it('of two admins by each other at the same time leaves one of them, since a removed admin removes nobody', async () => {
      for (let round = 0; round < 10; round += 1) {
        const [anna, ben] = [await app.join('anna', 'ADMIN'), await app.join('ben', 'ADMIN')];
        const removal = (person: Person, userId: string): Promise<Json> => person.ask(REMOVE, { input: { appId: app.appId, userId } });
        await Promise.all([removal(anna.person, ben.userId), removal(ben.person, anna.userId)]);
        const statuses = [await memberOf(app.owner, app.appId, anna.userId), await memberOf(app.owner, app.appId, ben.userId)].map(({ status }) => status);
        expect(statuses.sort()).toEqual(['ACTIVE', 'REMOVED']);
        for (const { userId } of [anna, ben]) await remove(userId);
      }
    });

    it('of several admins at the same time, while contacts are assigned, leaves one admin, and contacts only with members', async () => {
      for (let round = 0; round < 6; round += 1) {
        app = await GivenApp.register(service);
        const anna = await app.join('anna', 'ADMIN', 'USER');
        const partner = await app.join('partner', 'ADMIN');
        const assign = (userId: string, contact: string): Promise<Json> => partner.person.mutate('assignContacts', { appId: app.appId, userId, contactIds: [contact] });
        const removal = (person: Person, userId: string): Promise<Json> => person.mutate('removeUser', { appId: app.appId, userId, reassignContactsTo: partner.userId });
        const results = await Promise.allSettled([
          removal(app.owner, anna.userId), removal(anna.person, app.ownerUserId), assign(anna.userId, 'a'), assign(app.ownerUserId, 'o'), assign(anna.userId, 'b'), assign(app.ownerUserId, 'p'),
        ]);
        const { users } = await viewOf(partner.person, app.appId);
        const [staying] = users.nodes.filter((user: Json) => user.kind === 'USER' && user.status === 'ACTIVE');
        expect(users.nodes.filter((user: Json) => user.kind === 'USER' && user.status === 'ACTIVE')).toHaveLength(1);
        const toStaying = staying.userId === anna.userId ? [results[2], results[4]] : [results[3], results[5]];
        expect(toStaying.map((result) => (result.status === 'fulfilled' ? result.value.__typename : 'failed'))).toEqual(['AssignContactsSuccess', 'AssignContactsSuccess']);
      }
    });
  });
});
