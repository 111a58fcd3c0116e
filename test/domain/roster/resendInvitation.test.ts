import { given } from '../given';
import { after, DAY, EXPIRY } from '../moments';
import { ann, mallory, pia, sam } from '../people';
import { accept, NEW_EXPIRY, resend } from '../rosterCommands';
import { accepted, appOf, declined, expired, joined, left, partnerInvited, removed, resent, revoked, userInvited } from '../rosterHistory';

const again = resent('ann', 2, { expiresAt: NEW_EXPIRY });

describe('resending an invitation', () => {
  it('makes a new link and a new expiry, and counts up', () => {
    given(...appOf(2), userInvited('ann'))
      .when(resend('ann'))
      .then([again])
      .when(resend('ann', { expiresAt: after(DAY, NEW_EXPIRY) }))
      .then([resent('ann', 3, { expiresAt: after(DAY, NEW_EXPIRY) })]);
  });

  it('ends the older link and makes the new one work until its own expiry', () => {
    const story = given(...appOf(2), userInvited('ann')).when(resend('ann')).then([again]);
    story.when(accept('ann'), { actor: ann }).thenRefuses('LINK_SUPERSEDED');
    story.when(accept('ann', { tokenHash: 'hash-ann-2' }), { actor: ann, now: EXPIRY }).thenMatches([{ type: 'InvitationAccepted' }]);
    story.when(accept('ann', { tokenHash: 'hash-ann-2' }), { actor: ann, now: NEW_EXPIRY }).thenRefuses('INVITATION_EXPIRED');
  });

  it('sends the first message of one that was imported', () => {
    given(...appOf(2), partnerInvited('ann', { sendCount: 0, tokenHash: null })).when(resend('ann')).then([resent('ann', 1, { expiresAt: NEW_EXPIRY })]);
  });

  it('opens an expired one, whether or not that was written', () => {
    const story = given(...appOf(2), userInvited('ann'));
    for (const past of [story, story.and(expired('ann'))]) {
      const open = past.when(resend('ann', { expiresAt: after(DAY, EXPIRY) }), { now: EXPIRY }).then([resent('ann', 2, { expiresAt: after(DAY, EXPIRY) })]);
      open.when(accept('ann', { tokenHash: 'hash-ann-2' }), { actor: ann, now: EXPIRY }).thenMatches([{ type: 'InvitationAccepted' }]);
    }
  });

  it('is refused for one that was accepted, declined or revoked', () => {
    given(...appOf(2), ...joined('ann', 'USER')).when(resend('ann')).thenRefuses('INVITATION_ALREADY_ACCEPTED');
    given(...appOf(2), userInvited('ann'), declined('ann')).when(resend('ann')).thenRefuses('INVITATION_DECLINED');
    given(...appOf(2), userInvited('ann'), revoked('ann')).when(resend('ann')).thenRefuses('INVITATION_REVOKED');
    given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann')).when(resend('ann')).thenRefuses('INVITATION_ALREADY_ACCEPTED');
  });

  it('is for active admins only', () => {
    const story = given(...appOf(9), ...joined('pia', 'PARTNER', 'ADMIN'), ...joined('sam', 'USER'), userInvited('ann'));
    story.when(resend('ann'), { actor: pia }).then([again]);
    story.when(resend('ann'), { actor: sam }).thenRefuses('FORBIDDEN');
    story.when(resend('ann'), { actor: mallory }).thenRefuses('APP_NOT_FOUND');
    story.when(resend('ann'), { actor: ann }).thenRefuses('APP_NOT_FOUND');
  });

  it('knows no invitation that is not the app\'s', () => {
    given(...appOf(2)).when(resend('ann')).thenRefuses('INVITATION_NOT_FOUND');
  });
});

describe('resending an expired invitation when a newer one stands', () => {
  const newer = { invitationId: 'invitation-ann-2', expiresAt: after(9 * DAY) };
  const story = given(...appOf(9), userInvited('ann'), expired('ann'), userInvited('ann', newer));

  it('names the newer one while it is open', () => {
    story.when(resend('ann')).thenRefuses('ALREADY_INVITED', newer);
    story.when(resend('ann'), { now: after(-1, newer.expiresAt) }).thenRefuses('ALREADY_INVITED');
  });

  it('says so when the person joined through the newer one', () => {
    story.and(accepted('ann', { invitationId: newer.invitationId })).when(resend('ann')).thenRefuses('ALREADY_MEMBER');
  });

  it('opens the older one when the newer one is over', () => {
    story.and(revoked('ann', newer.invitationId)).when(resend('ann')).then([again]);
    story.and(accepted('ann', { invitationId: newer.invitationId }), removed('ann')).when(resend('ann')).then([again]);
    const open = story.when(resend('ann', { expiresAt: after(30 * DAY) }), { now: newer.expiresAt }).then([resent('ann', 2, { expiresAt: after(30 * DAY) })]);
    open.when(resend('ann', { invitationId: newer.invitationId }), { now: newer.expiresAt }).thenRefuses('ALREADY_INVITED', { invitationId: 'invitation-ann', expiresAt: after(30 * DAY) });
  });

  it('names a newer one that the address\'s owner has as somebody known by another address', () => {
    const home = { keapId: 'ann@home.example', name: null };
    const past = given(...appOf(9), ...joined('ann', 'PARTNER'), left('ann'), partnerInvited('home', { person: home }), expired('home'));
    past.and(partnerInvited('ann', { ...newer, person: home })).when(resend('home')).thenRefuses('ALREADY_INVITED', newer);
  });

  it('names a newer one that went to another address of the person', () => {
    const past = given(...appOf(9), ...joined('ann', 'PARTNER'), left('ann'), partnerInvited('ann', { invitationId: 'second' }), expired('ann', 'second'));
    past
      .and(partnerInvited('ann', { ...newer, person: { keapId: 'ann@new.example', name: null } }))
      .when(resend('ann', { invitationId: 'second' }))
      .thenRefuses('ALREADY_INVITED', newer);
  });

  it('makes the person again what that invitation says', () => {
    const declinedPartner = given(...appOf(9), userInvited('ann'), expired('ann'), partnerInvited('ann', newer), declined('ann', newer.invitationId));
    const open = declinedPartner.when(resend('ann')).then([again]);
    expect(open.state().users.get('user-ann')).toMatchObject({ kind: 'USER', status: 'INVITED', invitationId: 'invitation-ann' });
  });
});
