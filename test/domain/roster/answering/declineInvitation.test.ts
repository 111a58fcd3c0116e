import { given } from '../../given';
import { after, EXPIRY } from '../../moments';
import { ann, mallory, person } from '../../people';
import { accept, decline } from '../../rosterCommands';
import { appOf, declined, expired, joined, left, resent, revoked, userInvited } from '../../rosterHistory';

const byAnn = { actor: ann };

describe('declining an invitation', () => {
  const story = given(...appOf(2), userInvited('ann'));

  it('ends the invitation; repeating it changes nothing', () => {
    story.when(decline('ann'), byAnn).then([declined('ann')]).when(decline('ann'), byAnn).then([]);
    story.when(decline('ann', { tokenHash: null }), byAnn).then([declined('ann')]);
  });

  it('cannot be undone by accepting', () => {
    story.and(declined('ann')).when(accept('ann'), byAnn).thenRefuses('INVITATION_DECLINED');
  });

  it('is refused for an accepted or revoked invitation', () => {
    given(...appOf(2), ...joined('ann', 'USER')).when(decline('ann'), byAnn).thenRefuses('INVITATION_ALREADY_ACCEPTED');
    given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann')).when(decline('ann'), byAnn).thenRefuses('INVITATION_ALREADY_ACCEPTED');
    story.and(revoked('ann')).when(decline('ann'), byAnn).thenRefuses('INVITATION_REVOKED');
  });

  it('is possible until the moment of expiry', () => {
    story.when(decline('ann'), { actor: ann, now: after(-1, EXPIRY) }).then([declined('ann')]);
    story.when(decline('ann'), { actor: ann, now: EXPIRY }).thenRefuses('INVITATION_EXPIRED');
    story.and(expired('ann')).when(decline('ann'), { ...byAnn, now: EXPIRY }).thenRefuses('INVITATION_EXPIRED');
  });

  it('is allowed to the addressed person only', () => {
    story.when(decline('ann'), { actor: mallory }).thenRefuses('WRONG_RECIPIENT', { maskedKeapId: 'a•••@example.com' });
    story.when(decline('ann', { tokenHash: null }), { actor: mallory }).thenRefuses('INVITATION_NOT_FOUND');
    story.when(decline('ann', { boundPersonId: 'person-ann' }), { actor: person('heir', { keapId: null }) }).thenRefuses('WRONG_RECIPIENT');
    story.when(decline('ann', { boundPersonId: 'person-ann' }), { actor: person('ann', { keapId: 'ann@new.example' }) }).then([declined('ann')]);
  });

  it('works with the newest link only', () => {
    const sentAgain = story.and(resent('ann', 2));
    sentAgain.when(decline('ann'), byAnn).thenRefuses('LINK_SUPERSEDED');
    sentAgain.when(decline('ann', { tokenHash: 'hash-ann-2' }), byAnn).then([declined('ann')]);
  });

  it('answers alike for an unknown invitation and an unknown app', () => {
    given(...appOf(2)).when(decline('ann'), byAnn).thenRefuses('INVITATION_NOT_FOUND', {});
    given().when(decline('ann'), byAnn).thenRefuses('INVITATION_NOT_FOUND', {});
  });
});
