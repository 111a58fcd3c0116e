import { given } from '../given';
import { after, EXPIRY } from '../moments';
import { ann, mallory, pia, sam } from '../people';
import { accept, revoke } from '../rosterCommands';
import { appOf, declined, expired, joined, partnerInvited, revoked, userInvited } from '../rosterHistory';

describe('revoking an invitation', () => {
  it('ends an open one; doing it twice is the same wish', () => {
    given(...appOf(2), userInvited('ann')).when(revoke('ann')).then([revoked('ann')]).when(revoke('ann')).then([]);
    given(...appOf(2), partnerInvited('ann')).when(revoke('ann')).then([revoked('ann')]);
  });

  it('makes the link say so', () => {
    given(...appOf(2), userInvited('ann'), revoked('ann')).when(accept('ann'), { actor: ann }).thenRefuses('INVITATION_REVOKED');
  });

  it('is refused for one that was accepted or declined', () => {
    given(...appOf(2), ...joined('ann', 'USER')).when(revoke('ann')).thenRefuses('INVITATION_ALREADY_ACCEPTED');
    given(...appOf(2), userInvited('ann'), declined('ann')).when(revoke('ann')).thenRefuses('INVITATION_DECLINED');
  });

  it('is refused from the moment of expiry on, whether or not that was written', () => {
    const story = given(...appOf(2), userInvited('ann'));
    story.when(revoke('ann'), { now: after(-1, EXPIRY) }).then([revoked('ann')]);
    story.when(revoke('ann'), { now: EXPIRY }).thenRefuses('INVITATION_EXPIRED');
    story.and(expired('ann')).when(revoke('ann')).thenRefuses('INVITATION_EXPIRED');
  });

  it('is for active admins only', () => {
    const story = given(...appOf(9), ...joined('pia', 'PARTNER', 'ADMIN'), ...joined('sam', 'USER'), userInvited('ann'));
    story.when(revoke('ann'), { actor: pia }).then([revoked('ann')]);
    story.when(revoke('ann'), { actor: sam }).thenRefuses('FORBIDDEN');
    for (const actor of [ann, mallory]) story.when(revoke('ann'), { actor }).thenRefuses('APP_NOT_FOUND');
  });

  it('knows no invitation that is not the app\'s', () => {
    given(...appOf(2)).when(revoke('ann')).thenRefuses('INVITATION_NOT_FOUND');
  });
});
