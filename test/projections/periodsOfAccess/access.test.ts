import fc from 'fast-check';
import { ReadModelDatabase } from '../../../src/projections/engine/database';
import { ProjectionFill } from '../../../src/projections/engine/fill';
import { ProjectionRunner } from '../../../src/projections/engine/runner';
import { periodsOfAccessProjection } from '../../../src/projections/periodsOfAccess/projection';
import { AccessQueries } from '../../../src/projections/periodsOfAccess/queries';
import type { AccessRow, AccessTime } from '../../../src/projections/periodsOfAccess/rows';
import { userListProjection } from '../../../src/projections/userList/projection';
import { APP_ID, at, EventLog } from '../eventLog';

const PROJECTIONS = [userListProjection, periodsOfAccessProjection];
const ALWAYS: AccessTime = { from: at(0), to: at(1_000_000) };

function tablesOf({ events }: EventLog): AccessQueries {
  const database = ReadModelDatabase.open(':memory:');
  const [stopped] = new ProjectionRunner(database, PROJECTIONS, '').apply(events);
  if (stopped) throw new Error(stopped.error);
  return new AccessQueries(database);
}

const rowsOf = (queries: AccessQueries, time: AccessTime = ALWAYS, appIds: readonly string[] | null = null): readonly AccessRow[] => [...queries.parts(time, { appIds })].flatMap(({ rows }) => rows);
const ofPeople = (rows: readonly AccessRow[]): readonly AccessRow[] => rows.filter(({ origin, name }) => origin !== 'OPERATOR' || name !== 'Olga Owner');

describe('the list of access', () => {
  it('says who invited whom and why, through every change of role, and how it ended', () => {
    const log = new EventLog();
    log.register();
    log.invite('ann', { name: 'Ann', reason: 'Autumn campaign', occurredAt: at(10) });
    log.accept('ann', { name: 'Ann', occurredAt: at(11) });
    log.roster('UserRoleChanged', { userId: 'ann', from: 'STANDARD', to: 'ADMIN', reason: 'Leads it' }, at(12));
    log.roster('UserRoleChanged', { userId: 'ann', from: 'ADMIN', to: 'STANDARD', reason: null }, at(13));
    log.roster('UserRemoved', { userId: 'ann', epoch: 1, leaveId: 'l1', reason: 'Campaign is over' }, at(14));
    log.invite('ben', { invitedBy: 'ann', occurredAt: at(15) });
    log.accept('ben', { occurredAt: at(16) });
    log.roster('PartnerLeftApp', { userId: 'ben', epoch: 1, leaveId: 'l2' }, at(17));
    const same = { appId: APP_ID, appName: 'Keap Pro', name: 'Ann', keapId: 'ann@acme.com', kind: 'PARTNER', origin: 'INVITATION', invitedBy: 'Olga Owner' };
    expect(rowsOf(tablesOf(log))).toEqual([
      { ...same, role: 'STANDARD', from: at(11), to: at(12), reason: 'Autumn campaign', endedBy: 'ROLE_CHANGED', endReason: 'Leads it' },
      { ...same, role: 'ADMIN', from: at(12), to: at(13), reason: 'Leads it', endedBy: 'ROLE_CHANGED', endReason: null },
      { ...same, role: 'STANDARD', from: at(13), to: at(14), reason: null, endedBy: 'REMOVED', endReason: 'Campaign is over' },
      { ...same, name: null, keapId: 'ben@acme.com', role: 'STANDARD', invitedBy: 'Ann', from: at(16), to: at(17), reason: null, endedBy: 'LEFT', endReason: null },
      { appId: APP_ID, appName: 'Keap Pro', name: 'Olga Owner', keapId: 'Owner@acme.com', kind: 'USER', role: 'ADMIN', from: log.events[1]?.occurredAt, to: null, origin: 'OPERATOR', invitedBy: null, reason: null, endedBy: null, endReason: null },
    ]);
  });

  it('tells appointments and imports from invitations', () => {
    const log = new EventLog();
    log.register();
    const appointed = { epoch: 1, fromPersonId: null, revokedInvitationId: null, reason: 'All admins have left', informedUserIds: [], person: { keapId: 'cid@acme.com', name: 'Cid' } };
    log.roster('AdminAppointed', { userId: 'cid', wasMember: false, ...appointed }, at(20));
    log.join('dora', { occurredAt: at(21) });
    log.roster('AdminAppointed', { ...appointed, userId: 'dora', wasMember: true, person: { keapId: 'dora@acme.com', name: 'Dora' } }, at(22));
    log.invite('eve', { invitedBy: null, occurredAt: at(23) });
    log.accept('eve', { personId: null, occurredAt: at(24) });
    expect(ofPeople(rowsOf(tablesOf(log))).map(({ keapId, kind, role, origin, invitedBy, reason, endedBy }) => [keapId, kind, role, origin, invitedBy, reason, endedBy])).toEqual([
      ['cid@acme.com', 'USER', 'ADMIN', 'OPERATOR', null, 'All admins have left', null],
      ['dora@acme.com', 'PARTNER', 'STANDARD', 'INVITATION', 'Olga Owner', null, 'APPOINTED'],
      ['dora@acme.com', 'USER', 'ADMIN', 'OPERATOR', null, 'All admins have left', null],
      ['eve@acme.com', 'PARTNER', 'STANDARD', 'IMPORT', null, null, null],
    ]);
  });

  it('names an inviter who has another user by now as somebody, and keeps the inviter of an invitation that moved', () => {
    const log = new EventLog();
    log.register();
    log.join('imported', { keapId: 'ann@home.example', personId: null });
    log.invite('ben', { invitedBy: 'imported', reason: 'Ticket 7' });
    log.roster('InvitationMoved', { userId: 'ben2', fromUserId: 'ben', invitationId: 'invitation-ben', kind: 'PARTNER', role: 'STANDARD', expiresAt: at(1_000_000), person: { keapId: 'ben@acme.com', name: 'Ben' } });
    log.accept('ben2', { invitationId: 'invitation-ben', keapId: 'ben@acme.com' });
    expect(ofPeople(rowsOf(tablesOf(log))).map(({ keapId, invitedBy, reason }) => [keapId, invitedBy, reason])).toContainEqual(['ben@acme.com', 'ann@home.example', 'Ticket 7']);
    log.roster('PartnerLeftApp', { userId: 'imported', epoch: 1, leaveId: 'l1' });
    log.join('ann', { keapId: 'ann@work.example' });
    log.roster('PartnerLeftApp', { userId: 'ann', epoch: 1, leaveId: 'l2' });
    log.invite('imported', { keapId: 'ann@home.example', invitationId: 'second' });
    log.accept('ann', { invitationId: 'second', keapId: 'ann@home.example', epoch: 2 });
    expect(ofPeople(rowsOf(tablesOf(log))).map(({ keapId, invitedBy }) => [keapId, invitedBy])).toContainEqual(['ben@acme.com', 'somebody']);
  });

  it('is of a moment, or of the time between two; a stay without any length gave nobody access at a moment', () => {
    const log = new EventLog();
    log.register();
    log.join('ann', { occurredAt: at(10) });
    log.roster('UserRemoved', { userId: 'ann', epoch: 1, leaveId: 'l', reason: null }, at(20));
    log.join('brief', { occurredAt: at(30) });
    log.roster('UserRemoved', { userId: 'brief', epoch: 1, leaveId: 'l2', reason: null }, at(30));
    const queries = tablesOf(log);
    const people = (time: AccessTime): readonly string[] => ofPeople(rowsOf(queries, time)).map(({ keapId }) => keapId.split('@')[0] ?? '');
    expect([9, 10, 19, 20].map((time) => people({ asOf: at(time) }))).toEqual([[], ['ann'], ['ann'], []]);
    expect([[0, 10], [0, 11], [19, 25], [20, 25], [20, 31]].map(([from = 0, to = 0]) => people({ from: at(from), to: at(to) }))).toEqual([[], ['ann'], ['ann'], [], ['brief']]);
    expect(people({ asOf: at(30) })).toEqual([]);
  });

  it('is whole and without repetition, whatever its size, in order of apps and people, also of some apps only', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom('one', 'two', 'three'), fc.integer({ min: 1, max: 4 })), { maxLength: 12 }), fc.constantFrom<readonly string[] | null>(null, ['two', 'one', 'two'], ['nowhere']), (people, appIds) => {
      const log = new EventLog();
      people.forEach(([appId, roles], number) => {
        const userId = `u${10 + ((number * 7) % 13)}`;
        log.join(userId, { appId, invitationId: `i${number}` });
        for (let change = 1; change < roles; change += 1) log.roster('UserRoleChanged', { userId, from: 'STANDARD', to: change % 2 ? 'ADMIN' : 'STANDARD', reason: null }, undefined, appId);
      });
      const queries = tablesOf(log);
      const wanted = people.flatMap(([appId, roles], number) => (appIds === null || appIds.includes(appId) ? Array.from({ length: roles }, () => `${appId} u${10 + ((number * 7) % 13)}@acme.com`) : []));
      const found = rowsOf(queries, ALWAYS, appIds).map(({ appId, keapId }) => `${appId} ${keapId}`);
      expect(found).toEqual(wanted.sort());
      expect(queries.count(appIds)).toBe(wanted.length);
    }), { numRuns: 40 });
  });

  it('of more periods than a part has continues where the part ended', () => {
    const log = new EventLog();
    log.register();
    for (let number = 0; number < 700; number += 1) log.join(`u${String(number).padStart(4, '0')}`);
    const queries = tablesOf(log);
    const parts = [...queries.parts(ALWAYS, { appIds: null })];
    expect(parts.length).toBeGreaterThan(1);
    const people = ofPeople(parts.flatMap(({ rows }) => rows)).map(({ keapId }) => keapId);
    expect(people).toEqual(Array.from({ length: 700 }, (_, number) => `u${String(number).padStart(4, '0')}@acme.com`));
  });

  it('is the same from a fill of the read models', () => {
    const log = new EventLog();
    log.register();
    log.join('ann', { occurredAt: at(10), name: 'Ann' });
    log.roster('UserRoleChanged', { userId: 'ann', from: 'STANDARD', to: 'ADMIN', reason: 'Leads it' }, at(12));
    log.roster('UserRoleChanged', { userId: 'nobody', from: 'STANDARD', to: 'ADMIN', reason: 'Nobody' }, at(13));
    const database = ReadModelDatabase.open(':memory:');
    const fill = new ProjectionFill(database, PROJECTIONS, '');
    fill.apply(log.events);
    expect([...fill.finish()].length).toBeGreaterThanOrEqual(0);
    expect(fill.leftOut).toEqual([]);
    expect(rowsOf(new AccessQueries(database))).toEqual(rowsOf(tablesOf(log)));
  });
});
