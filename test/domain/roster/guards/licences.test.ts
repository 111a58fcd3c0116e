import type { LicenceUsage } from '../../../../src/domain/domainError';
import type { RosterEvent } from '../../../../src/domain/events';
import { licenceUsage } from '../../../../src/domain/roster/state';
import { given } from '../../given';
import { after, EXPIRY, NOW } from '../../moments';
import { ann } from '../../people';
import { accept, invitePartner, inviteUser, resend } from '../../rosterCommands';
import { accepted, appOf, declined, expired, joined, left, licencesSet, partnerInvited, removed, resent, revoked, userInvited } from '../../rosterHistory';

const usageAfter = (past: readonly RosterEvent[], now = NOW): LicenceUsage => licenceUsage(given(...appOf(3), ...past).state(), now);
const onlyOwner = { total: 3, used: 1, reserved: 0, available: 2 };

describe('licences', () => {
  it.each<[string, RosterEvent[], Partial<LicenceUsage>]>([
    ['the owner uses one', [], {}],
    ['an open invitation of a user reserves one', [userInvited('ann')], { reserved: 1, available: 1 }],
    ['accepting turns it into used', [userInvited('ann'), accepted('ann')], { used: 2, available: 1 }],
    ['declining frees it', [userInvited('ann'), declined('ann')], {}],
    ['revoking frees it', [userInvited('ann'), revoked('ann')], {}],
    ['a written expiry frees it', [userInvited('ann', { expiresAt: NOW }), expired('ann')], {}],
    ['removing frees it at once', [...joined('ann', 'USER'), removed('ann')], {}],
    ['resending after expiry reserves it anew', [userInvited('ann'), expired('ann'), resent('ann', 2)], { reserved: 1, available: 1 }],
    ['an invited partner moves nothing', [partnerInvited('ann')], {}],
    ['an active partner moves nothing', joined('ann', 'PARTNER', 'ADMIN'), {}],
    ['a partner who left moves nothing', [...joined('ann', 'PARTNER'), left('ann')], {}],
    ['a removed user who is a partner now uses none', [...joined('ann', 'USER'), removed('ann'), partnerInvited('ann', { invitationId: 'i2' }), accepted('ann', { invitationId: 'i2', kind: 'PARTNER', epoch: 2 })], {}],
    ['a new number counts at once', [licencesSet(7)], { total: 7, available: 6 }],
  ])('%s', (_, past, expected) => {
    expect(usageAfter(past)).toEqual({ ...onlyOwner, ...expected });
  });

  it('an invitation frees its licence at its expiry, without any command', () => {
    expect(usageAfter([userInvited('ann')], after(-1, EXPIRY)).reserved).toBe(1);
    expect(usageAfter([userInvited('ann')], EXPIRY)).toEqual(onlyOwner);
  });

  it('an invitation of a user needs a free one; the refusal states the numbers', () => {
    const full = { total: 2, used: 1, reserved: 1, available: 0 };
    given(...appOf(2), userInvited('bob')).when(inviteUser('ann')).thenRefuses('NO_LICENCE_AVAILABLE', { licences: full });
    given(...appOf(2), userInvited('bob')).when(inviteUser('ann'), { now: EXPIRY }).thenMatches([{ type: 'UserInvited' }]);
    given(...appOf(1)).when(inviteUser('ann')).thenRefuses('NO_LICENCE_AVAILABLE', { licences: { total: 1, used: 1, reserved: 0, available: 0 } });
  });

  it('an invitation of a partner needs none', () => {
    given(...appOf(1)).when(invitePartner('ann')).thenMatches([{ type: 'PartnerInvited' }]);
  });

  it('resending an open invitation needs none, resending an expired one of a user needs one', () => {
    const story = given(...appOf(2), userInvited('ann'));
    story.when(resend('ann')).thenMatches([{ type: 'InvitationResent' }]);
    const taken = story.and(expired('ann'), ...joined('bob', 'USER'));
    taken.when(resend('ann'), { now: EXPIRY }).thenRefuses('NO_LICENCE_AVAILABLE', { licences: { total: 2, used: 2, reserved: 0, available: 0 } });
  });

  it('resending an expired invitation of a partner needs none', () => {
    given(...appOf(1), partnerInvited('ann', { expiresAt: NOW }), expired('ann')).when(resend('ann')).thenMatches([{ type: 'InvitationResent' }]);
  });

  it('accepting needs none in addition to the reserved one', () => {
    given(...appOf(2), userInvited('ann')).when(accept('ann'), { actor: ann }).thenMatches([{ type: 'InvitationAccepted', data: { kind: 'USER' } }]);
  });
});
