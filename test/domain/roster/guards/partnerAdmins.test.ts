import { removeUser, requireRemovable } from '../../../../src/domain/leaving';
import { given } from '../../given';
import { EXPIRY } from '../../moments';
import { olga, pia, userIdOf } from '../../people';
import { changeRole, invitePartner, inviteUser, remove, resend, revoke } from '../../rosterCommands';
import { appOf, expired, joined, partnerInvited, revoked, roleChanged, userInvited } from '../../rosterHistory';

const byPartner = { actor: pia };
const WHO_MAY = /Only an admin who is a user of the app may/;

describe('a partner who is an admin', () => {
  const story = given(...appOf(9), ...joined('pia', 'PARTNER', 'ADMIN'));

  it('does not invite a user as an admin, but as a standard user, and partners in any role', () => {
    story.when(inviteUser('ann', { role: 'ADMIN' }), byPartner).thenRefuses('FORBIDDEN', {}, WHO_MAY);
    story.when(inviteUser('ann'), byPartner).thenMatches([{ type: 'UserInvited' }]);
    story.when(invitePartner('ann', { role: 'ADMIN' }), byPartner).thenMatches([{ type: 'PartnerInvited' }]);
  });

  it('does not make a user an admin, active or invited, but a partner', () => {
    story.and(...joined('sam', 'USER')).when(changeRole('sam', 'ADMIN'), byPartner).thenRefuses('FORBIDDEN', {}, WHO_MAY);
    story.and(userInvited('sam')).when(changeRole('sam', 'ADMIN'), byPartner).thenRefuses('FORBIDDEN', {}, WHO_MAY);
    story.and(partnerInvited('sam')).when(changeRole('sam', 'ADMIN'), byPartner).then([roleChanged('sam', 'STANDARD', 'ADMIN')]);
  });

  it('neither demotes nor removes an admin among the users, active or invited, also where others are left', () => {
    const two = story.and(...joined('sam', 'USER', 'ADMIN'));
    two.when(changeRole('sam', 'STANDARD'), byPartner).thenRefuses('FORBIDDEN', {}, WHO_MAY);
    two.whenAsked((state, context) => requireRemovable(state, userIdOf('sam'), context), byPartner).thenRefuses('FORBIDDEN', {}, WHO_MAY);
    two.whenAsked((state, context) => removeUser(remove('sam'), state, context), byPartner).thenRefuses('FORBIDDEN', {}, WHO_MAY);
    story.and(userInvited('sam', { role: 'ADMIN' })).when(changeRole('sam', 'STANDARD'), byPartner).thenRefuses('FORBIDDEN', {}, WHO_MAY);
  });

  it('neither sends nor revokes the invitation of a user as an admin, whatever raised its role', () => {
    for (const invitations of [[userInvited('sam', { role: 'ADMIN' })], [userInvited('sam'), roleChanged('sam', 'STANDARD', 'ADMIN')]]) {
      for (const command of [resend('sam'), revoke('sam')]) story.and(...invitations).when(command, byPartner).thenRefuses('FORBIDDEN', {}, WHO_MAY);
    }
    story.and(userInvited('sam', { role: 'ADMIN' }), expired('sam')).when(resend('sam'), { ...byPartner, now: EXPIRY }).thenRefuses('FORBIDDEN', {}, WHO_MAY);
    story.and(userInvited('sam')).when(resend('sam'), byPartner).thenMatches([{ type: 'InvitationResent' }]);
    story.and(userInvited('sam')).when(revoke('sam'), byPartner).then([revoked('sam')]);
  });

  it('does not combine an expired invitation as a user with the role of a later one as a partner', () => {
    const later = partnerInvited('sam', { invitationId: 'invitation-later', role: 'ADMIN' });
    story.and(userInvited('sam'), expired('sam'), later, revoked('sam', 'invitation-later')).when(resend('sam'), byPartner).thenRefuses('FORBIDDEN', {}, WHO_MAY);
  });

  it('may do all of it once they are an admin of kind USER, and the owner may', () => {
    story.when(inviteUser('ann', { role: 'ADMIN' }), { actor: olga }).thenMatches([{ type: 'UserInvited' }]);
    given(...appOf(9), ...joined('pia', 'USER', 'ADMIN')).when(changeRole('olga', 'STANDARD'), byPartner).then([roleChanged('olga', 'ADMIN', 'STANDARD')]);
  });
});
