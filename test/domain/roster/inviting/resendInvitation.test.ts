import { given } from '../../given';
import { after, DAY, EXPIRY, NOW } from '../../moments';
import { ann, mallory, pia, sam } from '../../people';
import { accept, NEW_EXPIRY, resend } from '../../rosterCommands';
import { accepted, appOf, declined, expired, joined, left, partnerInvited, removed, resent, revoked, userInvited } from '../../rosterHistory';

const again = resent('ann', 2, { expiresAt: NEW_EXPIRY });

describe('resending an invitation', () => {
  it('issues a new link and a new expiry, and increments the send count', () => {
    given(...appOf(2), userInvited('ann'))
      .when(resend('ann'))
      .then([again])
      .when(resend('ann', { expiresAt: after(DAY, NEW_EXPIRY) }))
      .then([resent('ann', 3, { expiresAt: after(DAY, NEW_EXPIRY) })]);
  });

  it('invalidates the older link; the new one works until its own expiry', () => {
    const story = given(...appOf(2), userInvited('ann')).when(resend('ann')).then([again]);
    story.when(accept('ann'), { actor: ann }).thenRefuses('LINK_SUPERSEDED');
    story.when(accept('ann', { tokenHash: 'hash-ann-2' }), { actor: ann, now: EXPIRY }).thenMatches([{ type: 'InvitationAccepted' }]);
    story.when(accept('ann', { tokenHash: 'hash-ann-2' }), { actor: ann, now: NEW_EXPIRY }).thenRefuses('INVITATION_EXPIRED');
  });

  it('sends the first message of an imported invitation', () => {
    given(...appOf(2), partnerInvited('ann', { sendCount: 0, tokenHash: null })).when(resend('ann')).then([resent('ann', 1, { expiresAt: NEW_EXPIRY })]);
  });

  it('reopens an expired invitation, whether or not the expiry is recorded', () => {
    const story = given(...appOf(2), userInvited('ann'));
    for (const past of [story, story.and(expired('ann'))]) {
      const open = past.when(resend('ann', { expiresAt: after(DAY, EXPIRY) }), { now: EXPIRY }).then([resent('ann', 2, { expiresAt: after(DAY, EXPIRY) })]);
      open.when(accept('ann', { tokenHash: 'hash-ann-2' }), { actor: ann, now: EXPIRY }).thenMatches([{ type: 'InvitationAccepted' }]);
    }
  });

  it('is refused for an accepted, declined or revoked invitation', () => {
    given(...appOf(2), ...joined('ann', 'USER')).when(resend('ann')).thenRefuses('INVITATION_ALREADY_ACCEPTED');
    given(...appOf(2), userInvited('ann'), declined('ann')).when(resend('ann')).thenRefuses('INVITATION_DECLINED');
    given(...appOf(2), userInvited('ann'), revoked('ann')).when(resend('ann')).thenRefuses('INVITATION_REVOKED');
    given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann')).when(resend('ann')).thenRefuses('INVITATION_ALREADY_ACCEPTED');
  });

  it('is allowed to active admins only', () => {
    const story = given(...appOf(9), ...joined('pia', 'PARTNER', 'ADMIN'), ...joined('sam', 'USER'), userInvited('ann'));
    story.when(resend('ann'), { actor: pia }).then([again]);
    story.when(resend('ann'), { actor: sam }).thenRefuses('FORBIDDEN');
    story.when(resend('ann'), { actor: mallory }).thenRefuses('APP_NOT_FOUND');
    story.when(resend('ann'), { actor: ann }).thenRefuses('APP_NOT_FOUND');
  });

  it('is refused for an invitation of another app', () => {
    given(...appOf(2)).when(resend('ann')).thenRefuses('INVITATION_NOT_FOUND');
  });
});

describe('resending an expired invitation when there is a newer one', () => {
  const newer = { invitationId: 'invitation-ann-2', expiresAt: after(9 * DAY) };
  const story = given(...appOf(9), userInvited('ann'), expired('ann'), userInvited('ann', newer));

  it('is refused, naming the newer one, while that is open', () => {
    story.when(resend('ann')).thenRefuses('ALREADY_INVITED', newer);
    story.when(resend('ann'), { now: after(-1, newer.expiresAt) }).thenRefuses('ALREADY_INVITED');
  });

  it('is refused when the person has joined through the newer one', () => {
    story.and(accepted('ann', { invitationId: newer.invitationId })).when(resend('ann')).thenRefuses('ALREADY_MEMBER');
  });

  it('reopens the older one when the newer one has ended', () => {
    story.and(revoked('ann', newer.invitationId)).when(resend('ann')).then([again]);
    story.and(accepted('ann', { invitationId: newer.invitationId }), removed('ann')).when(resend('ann')).then([again]);
    const open = story.when(resend('ann', { expiresAt: after(30 * DAY) }), { now: newer.expiresAt }).then([resent('ann', 2, { expiresAt: after(30 * DAY) })]);
    open.when(resend('ann', { invitationId: newer.invitationId }), { now: newer.expiresAt }).thenRefuses('ALREADY_INVITED', { invitationId: 'invitation-ann', expiresAt: after(30 * DAY) });
  });

  it('is refused when the owner of the address has a newer one as a user with another address', () => {
    const home = { keapId: 'ann@home.example', name: null };
    const past = given(...appOf(9), ...joined('ann', 'PARTNER'), left('ann'), partnerInvited('home', { person: home, expiresAt: NOW }), expired('home'));
    past.and(partnerInvited('ann', { ...newer, person: home })).when(resend('home')).thenRefuses('ALREADY_INVITED', newer);
  });

  it('is refused when a newer one was sent to another address of the person', () => {
    const past = given(...appOf(9), ...joined('ann', 'PARTNER'), left('ann'), partnerInvited('ann', { invitationId: 'second' }), expired('ann', 'second'));
    past
      .and(partnerInvited('ann', { ...newer, person: { keapId: 'ann@new.example', name: null } }))
      .when(resend('ann', { invitationId: 'second' }))
      .thenRefuses('ALREADY_INVITED', newer);
  });

  it('restores the kind of the person from the resent invitation', () => {
    const declinedPartner = given(...appOf(9), userInvited('ann'), expired('ann'), partnerInvited('ann', newer), declined('ann', newer.invitationId));
    const open = declinedPartner.when(resend('ann')).then([again]);
    expect(open.state().users.get('user-ann')).toMatchObject({ kind: 'USER', status: 'INVITED', invitationId: 'invitation-ann' });
  });
});
