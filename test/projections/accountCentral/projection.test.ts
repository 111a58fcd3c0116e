import { at, APP_ID, EventLog } from '../eventLog';
import { ProjectedTables } from '../projectedTables';

const ANN = { personId: 'person-ann', keapIdNormalized: 'ann@acme.com' };

const project = (log: EventLog, now = at(500)) => ProjectedTables.of(log.events, now).readModels.accountCentral;

describe('Account Central', () => {
  it('holds the apps in which the person is active', () => {
    const log = new EventLog();
    log.register();
    log.register('other');
    log.register('third');
    log.join('ann', { role: 'ADMIN' });
    log.invite('ann-other', { appId: 'other', keapId: 'ann@acme.com' });
    const accountCentral = project(log);
    expect(accountCentral.accountsPage(ANN, {}).nodes).toEqual([
      { appId: APP_ID, userId: 'ann', label: 'gx624 Keap Pro', accountName: 'gx624 Keap Pro', url: 'https://gx624.example', role: 'ADMIN', kind: 'PARTNER', joinedAt: at(8) },
    ]);
    expect(accountCentral.accountCount(ANN)).toBe(1);
    expect(accountCentral.account(ANN, APP_ID)?.userId).toBe('ann');
    expect(accountCentral.account(ANN, 'other')).toBeUndefined();
    expect(accountCentral.account(ANN, 'third')).toBeUndefined();
    expect(accountCentral.account({ personId: 'person-bob', keapIdNormalized: 'ann@acme.com' }, APP_ID)).toBeUndefined();
  });

  it('shows a changed role, and no longer an app that the person left or was removed from', () => {
    const log = new EventLog();
    log.register();
    log.join('ann');
    log.join('bob');
    log.roster('UserRoleChanged', { userId: 'ann', from: 'STANDARD', to: 'ADMIN' });
    expect(project(log).account(ANN, APP_ID)?.role).toBe('ADMIN');
    log.roster('PartnerLeftApp', { userId: 'ann', epoch: 1, leaveId: 'l' });
    log.roster('UserRemoved', { userId: 'bob', epoch: 1, leaveId: 'm' });
    expect(project(log).accountCount(ANN)).toBe(0);
    expect(project(log).accountsPage({ personId: 'person-bob', keapIdNormalized: 'bob@acme.com' }, {}).nodes).toEqual([]);
  });

  it('finds users whom nobody is bound to by their Keap ID, until it is bound to somebody else', () => {
    const log = new EventLog();
    log.register();
    log.register('other');
    const owner = { personId: 'olga', keapIdNormalized: 'owner@acme.com' };
    expect(project(log).accountCount(owner)).toBe(2);
    log.roster('PersonBound', { userId: 'owner-gx624', personId: 'olga' });
    expect(project(log).accountsPage(owner, {}).nodes.map(({ appId }) => appId)).toEqual([APP_ID, 'other']);
    expect(project(log).accountCount({ personId: 'stranger', keapIdNormalized: 'owner@acme.com' })).toBe(1);
    log.bind('owner@acme.com', 'olga');
    expect(project(log).accountCount({ personId: 'stranger', keapIdNormalized: 'owner@acme.com' })).toBe(0);
    expect(project(log).account({ personId: 'stranger', keapIdNormalized: 'owner@acme.com' }, 'other')).toBeUndefined();
    expect(project(log).accountCount(owner)).toBe(2);
  });

  it('keeps a label when the person leaves and returns', () => {
    const log = new EventLog();
    log.register();
    log.join('ann');
    log.label('ann', 'My best client');
    expect(project(log).account(ANN, APP_ID)).toMatchObject({ label: 'My best client', accountName: 'gx624 Keap Pro' });
    log.roster('PartnerLeftApp', { userId: 'ann', epoch: 1, leaveId: 'l' });
    log.invite('ann', { invitationId: 'again' });
    expect(project(log).account(ANN, APP_ID)).toBeUndefined();
    log.accept('ann', { invitationId: 'again', epoch: 2 });
    expect(project(log).account(ANN, APP_ID)?.label).toBe('My best client');
  });

  it('orders by label, without regard to case and accents, then by app, in pages in both directions', () => {
    const log = new EventLog();
    for (const [appId, label] of [['app-a', 'zebra'], ['app-b', 'Äpfel'], ['app-c', null], ['app-d', 'apple'], ['app-e', 'APPLE'], ['app-f', 'Birne']] as const) {
      log.register(appId);
      log.join(`ann-${appId}`, { appId, keapId: 'ann@acme.com', personId: 'person-ann' });
      if (label !== null) log.label(`ann-${appId}`, label, appId);
    }
    const accountCentral = project(log);
    const sorted = ['app-b', 'app-c', 'app-d', 'app-e', 'app-f', 'app-a'];
    const forwards: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const page = accountCentral.accountsPage(ANN, { first: 2, after });
      forwards.push(...page.nodes.map(({ appId }) => appId));
      ({ endCursor: after, hasNextPage: more } = page.pageInfo);
    }
    expect(forwards).toEqual(sorted);
    const last = accountCentral.accountsPage(ANN, { last: 2 });
    expect(last.nodes.map(({ appId }) => appId)).toEqual(sorted.slice(4));
    expect(accountCentral.accountsPage(ANN, { last: 3, before: last.pageInfo.startCursor }).nodes.map(({ appId }) => appId)).toEqual(sorted.slice(1, 4));
  });
});

describe('invitations received', () => {
  it('are the ones open at the current time, with their inviter', () => {
    const log = new EventLog();
    log.register();
    log.register('other');
    log.invite('ann', { expiresAt: at(100), role: 'ADMIN', kind: 'USER' });
    log.invite('ann-other', { appId: 'other', keapId: 'Ann@acme.com', expiresAt: at(90), invitedBy: null });
    expect(project(log, at(89)).receivedInvitations(ANN)).toEqual([
      { appId: 'other', invitationId: 'invitation-ann-other', userId: 'ann-other', accountName: 'other Keap Pro', role: 'STANDARD', kind: 'PARTNER', invitedBy: null, expiresAt: at(90) },
      { appId: APP_ID, invitationId: 'invitation-ann', userId: 'ann', accountName: 'gx624 Keap Pro', role: 'ADMIN', kind: 'USER', invitedBy: 'Olga Owner', expiresAt: at(100) },
    ]);
    expect(project(log, at(90)).receivedInvitations(ANN).map(({ appId }) => appId)).toEqual([APP_ID]);
    expect(project(log, at(100)).receivedInvitations(ANN)).toEqual([]);
  });

  it('disappear when they are revoked, declined or accepted', () => {
    for (const type of ['InvitationRevoked', 'InvitationDeclined', 'InvitationAccepted'] as const) {
      const log = new EventLog();
      log.register();
      log.invite('ann');
      expect(project(log).receivedInvitations(ANN)).toHaveLength(1);
      if (type === 'InvitationAccepted') log.accept('ann');
      else log.roster(type, { userId: 'ann', invitationId: 'invitation-ann', personId: 'person-ann' });
      expect(project(log).receivedInvitations(ANN)).toEqual([]);
    }
  });

  it('reappear with their kind and inviter when an earlier one is resent', () => {
    const log = new EventLog();
    log.register();
    log.join('bob', { name: 'Bob' });
    log.invite('ann', { kind: 'PARTNER', invitedBy: 'bob', invitationId: 'first' });
    log.roster('InvitationExpired', { userId: 'ann', invitationId: 'first' });
    log.invite('ann', { kind: 'USER', invitationId: 'second' });
    log.roster('InvitationRevoked', { userId: 'ann', invitationId: 'second' });
    log.roster('InvitationResent', { userId: 'ann', invitationId: 'first', expiresAt: at(900), tokenHash: 'x', sendCount: 2 });
    expect(project(log).receivedInvitations(ANN)).toMatchObject([{ invitationId: 'first', kind: 'PARTNER', invitedBy: 'Bob', expiresAt: at(900) }]);
  });

  it('reach only who states their Keap ID now, and nobody while another sign-in holds it', () => {
    const log = new EventLog();
    log.register();
    log.invite('ann');
    const moved = { personId: 'person-ann', keapIdNormalized: 'ann@new.example' };
    const stranger = { personId: 'stranger', keapIdNormalized: 'ann@acme.com' };
    const seenBy = (person: typeof ANN) => project(log).receivedInvitations(person).map(({ userId }) => userId);
    expect([seenBy(ANN), seenBy(stranger), seenBy(moved)]).toEqual([['ann'], ['ann'], []]);
    log.bind('ann@acme.com', 'person-ann');
    expect([seenBy(ANN), seenBy(stranger), seenBy(moved)]).toEqual([['ann'], [], []]);
    log.release('ann@acme.com', 'person-ann');
    expect([seenBy(ANN), seenBy(stranger), seenBy(moved)]).toEqual([['ann'], ['ann'], []]);
  });

  it('to a former user reach the present holder of the Keap ID, and not the user who has another one now', () => {
    const log = new EventLog();
    log.register();
    log.join('ann');
    log.roster('PartnerLeftApp', { userId: 'ann', epoch: 1, leaveId: 'l' });
    log.invite('ann', { invitationId: 'again' });
    log.bind('ann@acme.com', 'stranger');
    expect(project(log).receivedInvitations({ personId: 'stranger', keapIdNormalized: 'ann@acme.com' })).toMatchObject([{ invitationId: 'again' }]);
    for (const keapIdNormalized of ['ann@acme.com', 'ann@new.example']) expect(project(log).receivedInvitations({ personId: 'person-ann', keapIdNormalized })).toEqual([]);
  });

  it('are found by the Keap ID that they were sent to, also when an older one is sent again', () => {
    const log = new EventLog();
    log.register();
    log.invite('ann', { invitationId: 'first', expiresAt: at(10) });
    log.invite('ann', { invitationId: 'second', keapId: 'ann@new.example' });
    log.roster('InvitationRevoked', { userId: 'ann', invitationId: 'second' });
    log.roster('InvitationResent', { userId: 'ann', invitationId: 'first', expiresAt: at(900), tokenHash: 'x', sendCount: 2 });
    const seenAt = (keapIdNormalized: string) => project(log).receivedInvitations({ personId: 'p', keapIdNormalized }).map(({ invitationId }) => invitationId);
    expect([seenAt('ann@acme.com'), seenAt('ann@new.example')]).toEqual([['first'], []]);
  });

  it('move to the user of the present holder, and the former user keeps only their past', () => {
    const log = new EventLog();
    log.register();
    log.join('ann');
    log.roster('PartnerLeftApp', { userId: 'ann', epoch: 1, leaveId: 'l' });
    log.invite('ann', { invitationId: 'again', kind: 'PARTNER' });
    const moved = { userId: 'heir', fromUserId: 'ann', invitationId: 'again', kind: 'PARTNER', role: 'STANDARD', expiresAt: at(900), person: { keapId: 'ann@acme.com', name: null } };
    log.roster('InvitationMoved', moved);
    expect(project(log).receivedInvitations(ANN)).toMatchObject([{ invitationId: 'again', userId: 'heir' }]);
    log.roster('InvitationAccepted', { userId: 'heir', invitationId: 'again', personId: 'person-heir', epoch: 1, kind: 'PARTNER', role: 'STANDARD', person: moved.person });
    expect(project(log).accountCount(ANN)).toBe(0);
    expect(project(log).accountsPage({ personId: 'person-heir', keapIdNormalized: 'ann@acme.com' }, {}).nodes).toMatchObject([{ userId: 'heir' }]);
    expect(project(log).receivedInvitations(ANN)).toEqual([]);
  });
});
