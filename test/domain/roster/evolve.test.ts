import { rosterDecider } from '../../../src/domain/roster/decide';
import { at, given } from '../given';
import { after, MINUTE } from '../moments';
import { accepted, appOf, expired, joined, left, partnerInvited, removed, resent, roleChanged, userInvited } from '../rosterHistory';

const positionOf = (index: number): string => String(index).padStart(16, '0');

describe('the state of a roster', () => {
  it('keeps the positions of events of keyed commands, and of no others', () => {
    const keyed = { ...partnerInvited('ann'), keyed: true, commandId: 'keyed-command' };
    const state = given(...appOf(2), userInvited('bob'), keyed).state();
    expect([...state.keyedCommands]).toEqual([['keyed-command', { position: positionOf(3), occurredAt: after(3 * MINUTE), userId: 'user-ann', invitationId: 'invitation-ann' }]]);
  });

  it('keeps the last of several events of one keyed command', () => {
    const keyed = { keyed: true, commandId: 'keyed-command' };
    const state = given(...appOf(2), userInvited('ann'), { ...expired('ann'), ...keyed }, { ...userInvited('ann', { invitationId: 'second' }), ...keyed }).state();
    expect(state.keyedCommands.get('keyed-command')).toMatchObject({ position: positionOf(4), invitationId: 'second' });
  });

  it('keeps the positions of the last changes of status, role and licences', () => {
    const state = given(...appOf(2), ...joined('ann', 'PARTNER'), roleChanged('ann', 'STANDARD', 'ADMIN'), left('ann')).state();
    expect(state.users.get('user-ann')).toMatchObject({ rolePosition: positionOf(4), statusPosition: positionOf(5) });
    expect(state).toMatchObject({ licencesPosition: positionOf(0), registeredPosition: positionOf(0), departures: new Map([['leave-ann-1', positionOf(5)]]) });
  });

  it('keeps the time of its last event', () => {
    expect(given(...appOf(2), at('2026-05-05T05:05:05.000Z', userInvited('ann'))).state().lastOccurredAt).toBe('2026-05-05T05:05:05.000Z');
  });

  it('keeps the name when a later event has none', () => {
    const past = [userInvited('ann', { person: { keapId: 'ann@example.com', name: 'Ann' } }), accepted('ann')];
    expect(given(...appOf(2), ...past).state().users.get('user-ann')?.name).toBe('Ann');
  });

  it('marks a returning user as active', () => {
    const past = [...joined('ann', 'PARTNER'), removed('ann'), partnerInvited('ann', { invitationId: 'second' }), accepted('ann', { invitationId: 'second', kind: 'PARTNER', epoch: 2 })];
    expect(given(...appOf(2), ...past).state().users.get('user-ann')).toMatchObject({ status: 'ACTIVE', epoch: 2 });
  });

  it('finds a user by every address that the app has shown', () => {
    const moved = { invitationId: 'second', person: { keapId: 'ann@new.example', name: null } };
    const { userIdsByKeapId } = given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann'), partnerInvited('ann', moved), resent('ann', 2, { invitationId: 'second' })).state();
    expect(userIdsByKeapId.get('ann@new.example')).toEqual(['user-ann']);
    expect(userIdsByKeapId.get('ann@example.com')).toEqual(['user-ann']);
  });

  it('ignores events about unknown users, and checks no rules', () => {
    const before = given(...appOf(2)).state();
    const unknown = [resent('ann', 2), expired('ann'), roleChanged('ann', 'STANDARD', 'ADMIN'), left('ann'), removed('ann')];
    const later = given(...appOf(2), ...unknown).state();
    expect(later.users).toEqual(before.users);
    expect(later.invitations).toEqual(before.invitations);
  });

  it('is not shared between apps', () => {
    expect(rosterDecider.initialState().users).not.toBe(rosterDecider.initialState().users);
  });
});
