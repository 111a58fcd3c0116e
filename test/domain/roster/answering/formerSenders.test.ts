import { isSentByFormerAdmin, licenceUsage } from '../../../../src/domain/roster/state';
import { given } from '../../given';
import { EXPIRY, NOW } from '../../moments';
import { ann, operator, person, sam } from '../../people';
import { accept, changeRole, resend } from '../../rosterCommands';
import { accepted, appOf, joined, left, partnerInvited, rebound, removed, resent, roleChanged, userInvited } from '../../rosterHistory';

const WHAT_TO_DO = /Ask a present admin to send the invitation again/;
const bySam = { actorId: sam.personId };
/** Sam is an admin, who has invited Ann as one. */
const invited = given(...appOf(9), ...joined('sam', 'USER', 'ADMIN'), { ...userInvited('ann', { role: 'ADMIN', invitedBy: 'user-sam' }), ...bySam });
const demotion = roleChanged('sam', 'ADMIN', 'STANDARD');
const byAnn = { actor: ann };
const isMarked = (story: typeof invited): boolean | undefined => {
  const state = story.state();
  const invitation = state.invitations.get('invitation-ann');
  return invitation && isSentByFormerAdmin(state, invitation);
};

describe('an invitation from somebody who was removed or demoted since', () => {
  it.each([['removed', removed('sam')], ['demoted', demotion], ['replaced, with their sign-in lost,', rebound('sam')]])('as ADMIN, by somebody %s, is marked and not accepted until an active admin sends it again', (_, loss) => {
    expect(isMarked(invited)).toBe(false);
    const story = invited.and(loss);
    expect(isMarked(story)).toBe(true);
    story.when(accept('ann'), byAnn).thenRefuses('FORBIDDEN', {}, WHAT_TO_DO);
    const confirmed = story.and(resent('ann', 2));
    expect(isMarked(confirmed)).toBe(false);
    confirmed.when(accept('ann', { tokenHash: 'hash-ann-2' }), byAnn).then([accepted('ann', { role: 'ADMIN' })]);
    confirmed.when(accept('ann', { tokenHash: null }), byAnn).then([accepted('ann', { role: 'ADMIN' })]);
  });

  it('keeps its licence and is answered as before otherwise: it expires, and can be declined, revoked and lowered', () => {
    const story = invited.and(removed('sam'));
    expect(licenceUsage(story.state(), NOW)).toMatchObject({ used: 1, reserved: 1 });
    story.when(accept('ann'), { ...byAnn, now: EXPIRY }).thenRefuses('INVITATION_EXPIRED');
    story.when({ type: 'DeclineInvitation', invitationId: 'invitation-ann', tokenHash: null, boundPersonId: null }, byAnn).thenMatches([{ type: 'InvitationDeclined' }]);
    story.when(changeRole('ann', 'STANDARD')).then([roleChanged('ann', 'ADMIN', 'STANDARD')]).when(accept('ann'), byAnn).then([accepted('ann')]);
  });

  it('as STANDARD is accepted, and not marked as ADMIN once a present admin has raised it', () => {
    const story = given(...appOf(9), ...joined('sam', 'USER', 'ADMIN'), { ...userInvited('ann'), ...bySam }, removed('sam'));
    story.when(accept('ann'), byAnn).then([accepted('ann')]);
    story.and(roleChanged('ann', 'STANDARD', 'ADMIN')).when(accept('ann'), byAnn).then([accepted('ann', { role: 'ADMIN' })]);
  });

  it('counts whoever raised its role, or sent it last', () => {
    const raised = given(...appOf(9), ...joined('sam', 'USER', 'ADMIN'), userInvited('ann'), { ...roleChanged('ann', 'STANDARD', 'ADMIN'), ...bySam });
    raised.when(accept('ann'), byAnn).then([accepted('ann', { role: 'ADMIN' })]);
    raised.and(removed('sam')).when(accept('ann'), byAnn).thenRefuses('FORBIDDEN', {}, WHAT_TO_DO);
    const sentAgain = given(...appOf(9), ...joined('sam', 'USER', 'ADMIN'), userInvited('ann', { role: 'ADMIN' }), { ...resent('ann', 2), ...bySam }, demotion);
    sentAgain.when(accept('ann', { tokenHash: null }), byAnn).thenRefuses('FORBIDDEN', {}, WHAT_TO_DO);
    invited.and(resent('ann', 2), removed('sam')).when(accept('ann', { tokenHash: null }), byAnn).then([accepted('ann', { role: 'ADMIN' })]);
  });

  it('keeps a removed admin from coming back by an invitation to themselves', () => {
    const self = given(...appOf(9), ...joined('sam', 'PARTNER', 'ADMIN'), { ...partnerInvited('private', { role: 'ADMIN' }), ...bySam }, removed('sam'));
    self.when(accept('private'), { actor: person('sam', { keapId: 'private@example.com' }) }).thenRefuses('FORBIDDEN', {}, WHAT_TO_DO);
  });

  it('is not one from a partner who left, or from an admin who was moved to another sign-in by name', () => {
    given(...appOf(9), ...joined('sam', 'PARTNER', 'ADMIN'), { ...partnerInvited('ann', { role: 'ADMIN' }), ...bySam }, left('sam')).when(accept('ann'), byAnn).thenMatches([{ type: 'InvitationAccepted' }]);
    const moved = invited.and(rebound('sam', { toPersonId: 'person-of-today' }));
    moved.when(accept('ann'), byAnn).then([accepted('ann', { role: 'ADMIN' })]);
    moved.and(removed('sam')).when(accept('ann'), byAnn).thenRefuses('FORBIDDEN', {}, WHAT_TO_DO);
  });

  it('stays one when the sender is an admin again, until it is sent again', () => {
    const again = invited.and(demotion, roleChanged('sam', 'STANDARD', 'ADMIN'));
    again.when(accept('ann'), byAnn).thenRefuses('FORBIDDEN', {}, WHAT_TO_DO);
    again.when(resend('ann'), { actor: sam }).thenMatches([{ type: 'InvitationResent' }]);
    again.when(resend('ann'), { actor: operator }).thenRefuses('FORBIDDEN');
  });
});
