import { given } from '../../given';
import { after, EXPIRY } from '../../moments';
import { ann, mallory, pia, sam } from '../../people';
import { accept, revoke } from '../../rosterCommands';
import { appOf, declined, expired, joined, partnerInvited, revoked, userInvited } from '../../rosterHistory';

describe('revoking an invitation', () => {
  it('ends an open invitation; repeating it changes nothing', () => {
    given(...appOf(2), userInvited('ann')).when(revoke('ann')).then([revoked('ann')]).when(revoke('ann')).then([]);
    given(...appOf(2), partnerInvited('ann')).when(revoke('ann')).then([revoked('ann')]);
  });

  it('is reported to the holder of the link', () => {
    given(...appOf(2), userInvited('ann'), revoked('ann')).when(accept('ann'), { actor: ann }).thenRefuses('INVITATION_REVOKED');
  });

  it('is refused for an accepted or declined invitation', () => {
    given(...appOf(2), ...joined('ann', 'USER')).when(revoke('ann')).thenRefuses('INVITATION_ALREADY_ACCEPTED');
    given(...appOf(2), userInvited('ann'), declined('ann')).when(revoke('ann')).thenRefuses('INVITATION_DECLINED');
  });

  it('is refused from the moment of expiry on, whether or not that is recorded', () => {
    const story = given(...appOf(2), userInvited('ann'));
    story.when(revoke('ann'), { now: after(-1, EXPIRY) }).then([revoked('ann')]);
    story.when(revoke('ann'), { now: EXPIRY }).thenRefuses('INVITATION_EXPIRED');
    story.and(expired('ann')).when(revoke('ann'), { now: EXPIRY }).thenRefuses('INVITATION_EXPIRED');
  });

  it('is allowed to active admins only', () => {
    const story = given(...appOf(9), ...joined('pia', 'PARTNER', 'ADMIN'), ...joined('sam', 'USER'), userInvited('ann'));
    story.when(revoke('ann'), { actor: pia }).then([revoked('ann')]);
    story.when(revoke('ann'), { actor: sam }).thenRefuses('FORBIDDEN');
    for (const actor of [ann, mallory]) story.when(revoke('ann'), { actor }).thenRefuses('APP_NOT_FOUND');
  });

  it('is refused for an invitation of another app', () => {
    given(...appOf(2)).when(revoke('ann')).thenRefuses('INVITATION_NOT_FOUND');
  });
});
