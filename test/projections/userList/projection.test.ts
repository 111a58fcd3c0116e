import fc from 'fast-check';
import { isOpen, isSentByFormerAdmin, licenceUsage, statusAt } from '../../../src/domain/roster/state';
import { USER_STATUSES } from '../../../src/projections/userList/rows';
import { after, DAY } from '../../domain/moments';
import { RandomRoster, wishes } from '../../domain/randomRoster';
import { APP_ID, at, EventLog } from '../eventLog';
import { ProjectedTables } from '../projectedTables';

const NOW = at(500);

function project(log: EventLog, now = NOW): ProjectedTables {
  return ProjectedTables.of(log.events, now);
}

const userOf = (tables: ProjectedTables, userId: string) => tables.readModels.userList.usersByIds([{ appId: APP_ID, userId }])[0];
const invitationOf = (tables: ProjectedTables, invitationId: string) => tables.readModels.userList.invitationsByIds([{ appId: APP_ID, invitationId }])[0];

describe('the user list', () => {
  it('shows an app with its owner', () => {
    const log = new EventLog();
    log.register();
    log.roster('LicencesSet', { licences: 7 });
    const { userList } = project(log).readModels;
    expect(userList.app(APP_ID)).toEqual({ appId: APP_ID, name: 'Keap Pro', url: 'https://gx624.example', licences: 7, registeredAt: at(1), revision: 2, position: '00000003' });
    expect(userList.usersByIds([{ appId: APP_ID, userId: `owner-${APP_ID}` }])).toEqual([
      {
        appId: APP_ID, userId: 'owner-gx624', personId: null, keapId: 'Owner@acme.com', keapIdNormalized: 'owner@acme.com', name: 'Olga Owner', kind: 'USER', role: 'ADMIN',
        status: 'ACTIVE', epoch: 1, invitedAt: null, invitedBy: null, joinedAt: at(2), endedAt: null, invitationId: null, expiresAt: null,
      },
    ]);
    expect(userList.app('other')).toBeUndefined();
  });

  it('keeps the roster revision up to date, including for unknown events', () => {
    const log = new EventLog();
    log.register();
    log.add('app-gx624', 'SomethingNew', { of: 'tomorrow' }, undefined, 1);
    expect(project(log).readModels.userList.app(APP_ID)).toMatchObject({ revision: 2, position: '00000003' });
  });

  it('refuses a newer version of a known type', () => {
    const log = new EventLog();
    log.register();
    log.add('app-gx624', 'LicencesSet', { licences: 3 }, undefined, 99);
    expect(() => project(log)).toThrow(/version 99.*knows versions up to 1/);
  });

  it('refuses an event whose data do not fit its type', () => {
    const log = new EventLog();
    log.register();
    log.add('app-gx624', 'LicencesSet', { licences: true });
    expect(() => project(log)).toThrow(/licences accepts a string, a finite number or null, not a boolean/);
  });

  it('follows an invitation through sending, resending and acceptance', () => {
    const log = new EventLog();
    log.register();
    log.invite('ann', { name: 'Ann', role: 'ADMIN', expiresAt: at(100) });
    expect(invitationOf(project(log, at(99)), 'invitation-ann')).toEqual({
      appId: APP_ID, invitationId: 'invitation-ann', userId: 'ann', status: 'OPEN', expiresAt: at(100), sendCount: 1, delivery: 'PENDING', deliveryReason: null,
      kind: 'PARTNER', role: 'ADMIN', invitedBy: 'owner-gx624', invitedAt: at(3), sentByFormerAdmin: 0,
    });
    expect(invitationOf(project(log, at(100)), 'invitation-ann')?.status).toBe('EXPIRED');
    expect(userOf(project(log, at(99)), 'ann')?.status).toBe('INVITED');
    expect(userOf(project(log, at(100)), 'ann')?.status).toBe('EXPIRED');

    log.roster('InvitationExpired', { userId: 'ann', invitationId: 'invitation-ann' });
    expect(userOf(project(log, at(100)), 'ann')?.status).toBe('EXPIRED');
    const clockBack = project(log, at(99));
    expect([userOf(clockBack, 'ann')?.status, invitationOf(clockBack, 'invitation-ann')?.status]).toEqual(['INVITED', 'OPEN']);

    log.roster('InvitationResent', { userId: 'ann', invitationId: 'invitation-ann', expiresAt: at(900), tokenHash: 'second', sendCount: 2 });
    const resent = project(log);
    expect(invitationOf(resent, 'invitation-ann')).toMatchObject({ status: 'OPEN', expiresAt: at(900), sendCount: 2, delivery: 'PENDING' });
    expect(userOf(resent, 'ann')).toMatchObject({ status: 'INVITED', expiresAt: at(900), invitedAt: at(3), invitedBy: 'owner-gx624' });

    log.accept('ann', { role: 'ADMIN' });
    const joined = project(log);
    expect(invitationOf(joined, 'invitation-ann')?.status).toBe('ACCEPTED');
    expect(userOf(joined, 'ann')).toMatchObject({ status: 'ACTIVE', personId: 'person-ann', name: 'Ann', epoch: 1, joinedAt: at(6), endedAt: null });
  });

  it('restores kind, inviter and time of an earlier invitation when it is resent', () => {
    const log = new EventLog();
    log.register();
    log.invite('ann', { invitationId: 'first', kind: 'PARTNER', invitedBy: 'bob' });
    log.roster('InvitationExpired', { userId: 'ann', invitationId: 'first' });
    log.invite('ann', { invitationId: 'second', kind: 'USER' });
    log.roster('InvitationRevoked', { userId: 'ann', invitationId: 'second' });
    expect(userOf(project(log), 'ann')).toMatchObject({ status: 'REVOKED', kind: 'USER', invitedAt: at(5), invitedBy: 'owner-gx624', invitationId: 'second' });
    log.roster('InvitationResent', { userId: 'ann', invitationId: 'first', expiresAt: at(900), tokenHash: 'x', sendCount: 2 });
    expect(userOf(project(log), 'ann')).toMatchObject({ status: 'INVITED', kind: 'PARTNER', invitedAt: at(3), invitedBy: 'bob', invitationId: 'first' });
  });

  it('shows an open invitation with the role that it grants', () => {
    const log = new EventLog();
    log.register();
    log.invite('ann');
    log.roster('UserRoleChanged', { userId: 'ann', from: 'STANDARD', to: 'ADMIN' });
    expect(invitationOf(project(log), 'invitation-ann')?.role).toBe('ADMIN');
  });

  it('shows the delivery NONE for an invitation that was never sent', () => {
    const log = new EventLog();
    log.register();
    log.invite('ann', { sendCount: 0, tokenHash: null, invitedBy: null });
    const tables = project(log);
    expect(invitationOf(tables, 'invitation-ann')).toMatchObject({ delivery: 'NONE', sendCount: 0, invitedBy: null });
  });

  it('merges users when a bound person accepts under another Keap ID', () => {
    const log = new EventLog();
    log.register();
    log.join('ann', { name: 'Ann' });
    log.roster('PartnerLeftApp', { userId: 'ann', epoch: 1, leaveId: 'leave' });
    log.invite('other', { keapId: 'Ann@home.example', kind: 'USER', role: 'ADMIN', expiresAt: at(800) });
    log.accept('ann', { invitationId: 'invitation-other', epoch: 2, kind: 'USER', role: 'ADMIN', keapId: 'Ann@home.example' });
    const tables = project(log);
    expect(userOf(tables, 'other')).toBeUndefined();
    expect(userOf(tables, 'ann')).toMatchObject({
      keapId: 'Ann@home.example', keapIdNormalized: 'ann@home.example', name: 'Ann', kind: 'USER', role: 'ADMIN', status: 'ACTIVE', epoch: 2,
      invitedAt: at(6), invitationId: 'invitation-other', expiresAt: at(800), endedAt: null,
    });
    expect(invitationOf(tables, 'invitation-other')).toMatchObject({ userId: 'ann', status: 'ACCEPTED' });
  });

  it('tells when an invitation that moved to another user, or expired, ended', () => {
    const log = new EventLog();
    log.register();
    log.join('ann', { name: 'Ann' });
    log.roster('PartnerLeftApp', { userId: 'ann', epoch: 1, leaveId: 'leave' });
    log.invite('bob', { expiresAt: at(800) });
    log.roster('InvitationMoved', { userId: 'ann', fromUserId: 'bob', invitationId: 'invitation-bob', kind: 'PARTNER', role: 'STANDARD', expiresAt: at(800), person: { keapId: 'bob@acme.com', name: null } });
    const moved = log.events.at(-1)!.occurredAt;
    log.invite('cid', { expiresAt: at(900) });
    log.roster('InvitationExpired', { userId: 'cid', invitationId: 'invitation-cid' });
    const tables = project(log);
    expect(userOf(tables, 'bob')).toMatchObject({ status: 'REVOKED', endedAt: moved });
    expect(userOf(tables, 'ann')).toMatchObject({ status: 'INVITED', endedAt: null });
    // The clock of the service has gone back since.
    expect(userOf(tables, 'cid')).toMatchObject({ status: 'INVITED', endedAt: null });
  });

  it('finds an invitation by every link that was sent for it, and tells which are superseded', () => {
    const log = new EventLog();
    log.register();
    log.invite('ann', { tokenHash: 'first' });
    log.roster('InvitationResent', { userId: 'ann', invitationId: 'invitation-ann', expiresAt: at(900), tokenHash: 'second', sendCount: 2 });
    const { userList } = project(log).readModels;
    expect(userList.invitationByTokenHash('first')).toMatchObject({ superseded: true, invitation: { invitationId: 'invitation-ann', sendCount: 2 } });
    expect(userList.invitationByTokenHash('second')).toMatchObject({ superseded: false });
    expect(userList.invitationByTokenHash('third')).toBeUndefined();
  });

  it('lists expired invitations without an expiry event, oldest first', () => {
    const log = new EventLog();
    log.register();
    log.invite('late', { expiresAt: at(300) });
    log.invite('early', { expiresAt: at(200) });
    log.invite('open', { expiresAt: at(900) });
    log.invite('written', { expiresAt: at(100) });
    log.roster('InvitationExpired', { userId: 'written', invitationId: 'invitation-written' });
    const { userList } = project(log, at(300)).readModels;
    expect(userList.expiredInvitations(10).map(({ userId }) => userId)).toEqual(['early', 'late']);
    expect(userList.expiredInvitations(1)).toEqual([{ appId: APP_ID, invitationId: 'invitation-early', userId: 'early', expiresAt: at(200) }]);
  });

  it('finds the user of a person by binding, else by a Keap ID that is not bound to somebody else', () => {
    const log = new EventLog();
    log.register();
    log.join('ann');
    log.invite('bob');
    const { userList } = project(log).readModels;
    expect(userList.userOfPerson(APP_ID, { personId: 'person-ann', keapIdNormalized: 'new@acme.com' })?.userId).toBe('ann');
    expect(userList.userOfPerson(APP_ID, { personId: 'stranger', keapIdNormalized: 'ann@acme.com' })).toBeUndefined();
    expect(userList.userOfPerson(APP_ID, { personId: 'person-bob', keapIdNormalized: 'bob@acme.com' })?.userId).toBe('bob');
    expect(userList.userOfPerson('other', { personId: 'person-ann', keapIdNormalized: 'ann@acme.com' })).toBeUndefined();

    log.bind('Bob@acme.com', 'person-bob');
    const bound = project(log).readModels.userList;
    expect(bound.userOfPerson(APP_ID, { personId: 'stranger', keapIdNormalized: 'bob@acme.com' })).toBeUndefined();
    expect(bound.userOfPerson(APP_ID, { personId: 'person-bob', keapIdNormalized: 'bob@acme.com' })?.userId).toBe('bob');

    log.release('Bob@acme.com', 'person-bob');
    expect(project(log).readModels.userList.userOfPerson(APP_ID, { personId: 'stranger', keapIdNormalized: 'bob@acme.com' })?.userId).toBe('bob');
  });

  it('lists active users whom nobody is bound to', () => {
    const log = new EventLog();
    log.register();
    log.register('other');
    log.invite('invited', { keapId: 'owner@acme.com' });
    expect(project(log).readModels.userList.unboundUsers('owner@acme.com').map(({ userId }) => userId)).toEqual(['owner-gx624', 'owner-other']);
    log.roster('PersonBound', { userId: 'owner-gx624', personId: 'olga' });
    const tables = project(log);
    expect(tables.readModels.userList.unboundUsers('owner@acme.com').map(({ userId }) => userId)).toEqual(['owner-other']);
    expect(userOf(tables, 'owner-gx624')?.personId).toBe('olga');
  });

  it('equals the state of the roster, for any history of an app', () => {
    fc.assert(
      fc.property(wishes, fc.integer({ min: 1, max: 6 }), (life, licences) => {
        const roster = new RandomRoster(licences);
        const log = new EventLog();
        const { state } = roster;
        const [owner] = state.users.values();
        log.roster('AppRegistered', { name: state.name, url: state.url, licences }, roster.now, state.appId);
        log.roster('OwnerAdded', { userId: owner!.userId, epoch: 1, person: { keapId: owner!.keapId, name: null } }, roster.now, state.appId);
        for (const wish of life) {
          const step = roster.grant(wish);
          log.actorId = step?.actor.personId ?? '';
          for (const { type, data } of step?.events ?? []) log.roster(type, data, step!.now, state.appId);
        }
        const tables = ProjectedTables.of(log.events, roster.now);
        for (const now of [roster.now, after(3 * DAY, roster.now), after(8 * DAY, roster.now)]) {
          tables.now = now;
          expect(factsOf(tables, state.appId, [...state.invitations].map(([invitationId]) => invitationId))).toEqual(expectedFacts(state, now));
        }
        tables.close();
      }),
      { numRuns: 60 },
    );
  });
});

const byId = <T extends { readonly id: string }>(rows: readonly T[]): T[] => [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));

function factsOf({ readModels: { userList } }: ProjectedTables, appId: string, invitationIds: Iterable<string>): object {
  const everybody = userList.usersPage(appId, { statuses: USER_STATUSES }, { field: 'KEAP_ID', direction: 'ASC' }, { first: 200 }).nodes;
  return {
    users: byId(everybody.map(({ userId, personId, keapId, name, kind, role, status, epoch, invitationId }) => ({ id: userId, personId, keapId, name, kind, role, status, epoch, invitationId }))),
    invitations: byId(
      userList
        .invitationsByIds([...invitationIds].map((invitationId) => ({ appId, invitationId })))
        .map(({ invitationId, userId, kind, status, expiresAt, sendCount, sentByFormerAdmin }) => ({ id: invitationId, userId, kind, status, expiresAt, sendCount, sentByFormerAdmin: sentByFormerAdmin === 1 })),
    ),
    licences: userList.licenceUsage([appId]),
    counts: userList.statusCounts(appId, {}),
  };
}

function expectedFacts(state: RandomRoster['state'], now: string): object {
  const users = [...state.users.values()];
  return {
    users: byId(users.map((user) => ({ ...pick(user), id: user.userId, status: statusAt(state, user, now) }))),
    invitations: byId(
      [...state.invitations.values()].map((invitation) => {
        const { invitationId, userId, kind, expiresAt, sendCount, status } = invitation;
        return { id: invitationId, userId, kind, status: status === 'OPEN' && !isOpen(invitation, now) ? 'EXPIRED' : status, expiresAt, sendCount, sentByFormerAdmin: isSentByFormerAdmin(state, invitation) };
      }),
    ),
    licences: [{ appId: state.appId, ...licenceUsage(state, now) }],
    counts: USER_STATUSES.map((status) => ({ status, count: users.filter((user) => statusAt(state, user, now) === status).length })),
  };
}

const pick = ({ personId, keapId, name, kind, role, epoch, invitationId }: Pick<ReturnType<RandomRoster['state']['users']['get']> & object, 'personId' | 'keapId' | 'name' | 'kind' | 'role' | 'epoch' | 'invitationId'>): object => ({
  personId, keapId, name, kind, role, epoch, invitationId,
});
