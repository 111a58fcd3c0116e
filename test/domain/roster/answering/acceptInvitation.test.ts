import { at, given } from '../../given';
import { after, DAY, EXPIRY } from '../../moments';
import { ann, importer, mallory, person } from '../../people';
import { accept, changeRole } from '../../rosterCommands';
import { accepted, appOf, declined, expired, joined, left, partnerInvited, removed, resent, revoked, userInvited } from '../../rosterHistory';

const byAnn = { actor: ann };

describe('accepting an invitation', () => {
  it('adds the person as the kind they were invited as', () => {
    given(...appOf(2), userInvited('ann', { role: 'ADMIN' })).when(accept('ann'), byAnn).then([accepted('ann', { kind: 'USER', role: 'ADMIN' })]);
    given(...appOf(2), partnerInvited('ann')).when(accept('ann'), byAnn).then([accepted('ann', { kind: 'PARTNER' })]);
  });

  it('grants the latest role', () => {
    given(...appOf(2), userInvited('ann'))
      .when(changeRole('ann', 'ADMIN'))
      .thenMatches([{ type: 'UserRoleChanged' }])
      .when(accept('ann'), byAnn)
      .then([accepted('ann', { role: 'ADMIN' })]);
  });

  it('takes the name from the sign-in, or else from the admin', () => {
    const story = given(...appOf(2), userInvited('ann', { person: { keapId: 'ann@example.com', name: 'A.' } }));
    story.when(accept('ann', { name: 'Ann' }), byAnn).thenMatches([{ data: { person: { keapId: 'ann@example.com', name: 'Ann' } } }]);
    story.when(accept('ann'), byAnn).thenMatches([{ data: { person: { keapId: 'ann@example.com', name: 'A.' } } }]);
  });

  it('changes nothing when the same person repeats it', () => {
    const inside = given(...appOf(2), userInvited('ann')).when(accept('ann'), byAnn).then([accepted('ann')]);
    inside.when(accept('ann'), byAnn).then([]);
    inside.when(accept('ann', { tokenHash: null, boundPersonId: 'person-ann' }), byAnn).then([]);
  });

  it('counts the person\'s memberships', () => {
    given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann'), partnerInvited('ann', { invitationId: 'second' }))
      .when(accept('ann', { invitationId: 'second' }), byAnn)
      .then([accepted('ann', { invitationId: 'second', kind: 'PARTNER', epoch: 2 })]);
  });

  it('is possible until the moment of expiry', () => {
    const story = given(...appOf(2), userInvited('ann'));
    story.when(accept('ann'), { actor: ann, now: after(-1, EXPIRY) }).then([accepted('ann')]);
    story.when(accept('ann'), { actor: ann, now: EXPIRY }).thenRefuses('INVITATION_EXPIRED');
    story.and(expired('ann')).when(accept('ann'), { ...byAnn, now: EXPIRY }).thenRefuses('INVITATION_EXPIRED');
  });

  it('is possible again when the clock was ahead while the expiry was recorded, unless a newer invitation has replaced this one', () => {
    const story = given(...appOf(2), userInvited('ann'), at(after(30 * DAY), expired('ann')));
    story.when(accept('ann'), byAnn).then([accepted('ann')]);
    const newer = story.and(userInvited('ann', { invitationId: 'second', expiresAt: after(37 * DAY) }));
    newer.when(accept('ann'), byAnn).thenRefuses('INVITATION_EXPIRED');
    newer.when(accept('ann', { invitationId: 'second' }), byAnn).then([accepted('ann', { invitationId: 'second' })]);
  });

  it('is refused with the way in which the invitation ended', () => {
    given(...appOf(2), userInvited('ann'), revoked('ann')).when(accept('ann'), byAnn).thenRefuses('INVITATION_REVOKED');
    given(...appOf(2), userInvited('ann'), declined('ann')).when(accept('ann'), byAnn).thenRefuses('INVITATION_DECLINED');
    given(...appOf(2), ...joined('ann', 'USER'), removed('ann')).when(accept('ann'), byAnn).thenRefuses('INVITATION_ALREADY_ACCEPTED');
    given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann')).when(accept('ann'), byAnn).thenRefuses('INVITATION_ALREADY_ACCEPTED');
  });

  it('does not reopen an old invitation after a return through a new one', () => {
    given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann'), partnerInvited('ann', { invitationId: 'second' }), accepted('ann', { invitationId: 'second', kind: 'PARTNER', epoch: 2 }))
      .when(accept('ann'), byAnn)
      .thenRefuses('INVITATION_ALREADY_ACCEPTED');
  });

  it('by the system binds the owner of the address', () => {
    const story = given(...appOf(2), userInvited('ann'));
    story.when(accept('ann', { tokenHash: null }), { actor: importer }).then([accepted('ann', { personId: null })]);
    story.when(accept('ann', { tokenHash: null, boundPersonId: 'person-ann' }), { actor: importer }).then([accepted('ann')]);
  });
});

describe('the recipient of an invitation', () => {
  const story = given(...appOf(2), userInvited('ann', { person: { keapId: 'Ann@Example.com', name: 'Ann' } }));

  it('is shown masked to another person with a valid link, and the invitation stays open', () => {
    story
      .when(accept('ann'), { actor: mallory })
      .thenRefuses('WRONG_RECIPIENT', { maskedKeapId: 'A•••@Example.com' })
      .when(accept('ann'), byAnn)
      .thenMatches([{ type: 'InvitationAccepted' }]);
  });

  it('is not revealed to another person by id; the invitation is not found', () => {
    story.when(accept('ann', { tokenHash: null }), { actor: mallory }).thenRefuses('INVITATION_NOT_FOUND', {});
    story.when(accept('bob', { tokenHash: null }), { actor: mallory }).thenRefuses('INVITATION_NOT_FOUND', {});
    given().when(accept('ann', { tokenHash: null }), { actor: mallory }).thenRefuses('INVITATION_NOT_FOUND', {});
  });

  it('may accept by id', () => {
    story.when(accept('ann', { tokenHash: null }), byAnn).thenMatches([{ type: 'InvitationAccepted' }]);
  });

  it('with the link is whoever held the address last, and is shown with the address of the sign-in', () => {
    const moved = person('ann', { keapId: 'ann@new.example' });
    const byLink = accept('ann', { boundPersonId: 'person-ann', signedInAs: 'Ann@New.example' });
    story.when(byLink, { actor: moved }).thenMatches([{ data: { personId: 'person-ann', person: { keapId: 'Ann@New.example', name: 'Ann' } } }]);
    story.when(accept('ann'), { actor: moved }).thenRefuses('WRONG_RECIPIENT');
  });

  it('by id is only whose token states the address now', () => {
    const moved = person('ann', { keapId: 'ann@new.example' });
    story.when(accept('ann', { boundPersonId: 'person-ann', tokenHash: null }), { actor: moved }).thenRefuses('INVITATION_NOT_FOUND');
    story.when(accept('ann', { boundPersonId: 'person-ann', tokenHash: null }), byAnn).thenMatches([{ type: 'InvitationAccepted' }]);
  });

  it('is not a person with the same address while it is bound to another sign-in', () => {
    const heir = person('heir', { keapId: null });
    story.when(accept('ann', { boundPersonId: 'person-ann' }), { actor: heir }).thenRefuses('WRONG_RECIPIENT');
    story.when(accept('ann', { boundPersonId: 'person-ann', tokenHash: null }), { actor: heir }).thenRefuses('INVITATION_NOT_FOUND');
  });

  it('is the new owner after the address was released', () => {
    story.when(accept('ann'), { actor: person('heir', { keapId: 'ann@example.com' }) }).thenMatches([{ data: { personId: 'person-heir' } }]);
  });

  it('is the new holder of the address, who gets a user of their own when the invited one is bound to another person', () => {
    const back = given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann'), partnerInvited('ann', { invitationId: 'second' }));
    const heir = person('heir', { keapId: 'ann@example.com' });
    for (const tokenHash of [null, 'hash-ann-1']) {
      const moved = { userId: 'user-heir', fromUserId: 'user-ann', invitationId: 'second', kind: 'PARTNER', role: 'STANDARD', expiresAt: EXPIRY, person: { keapId: 'ann@example.com', name: 'Heir' } };
      const inside = back
        .when(accept('ann', { invitationId: 'second', boundPersonId: 'person-heir', tokenHash, newUserId: 'user-heir', name: 'Heir' }), { actor: heir })
        .thenMatches([{ type: 'InvitationMoved', data: moved }, { type: 'InvitationAccepted', data: { userId: 'user-heir', invitationId: 'second', personId: 'person-heir', epoch: 1, person: moved.person } }]);
      expect(inside.state().users.get('user-ann')).toMatchObject({ status: 'REVOKED', personId: 'person-ann', epoch: 1, name: null });
      inside.when(accept('ann', { invitationId: 'second', boundPersonId: 'person-heir', tokenHash }), { actor: heir }).then([]);
      inside.when(accept('ann', { invitationId: 'second', boundPersonId: 'person-heir' }), { actor: person('ann', { keapId: null }) }).thenRefuses('WRONG_RECIPIENT');
    }
    back.when(accept('ann', { invitationId: 'second' }), byAnn).thenMatches([{ type: 'InvitationAccepted' }]);
  });

  it('can use the newest link only', () => {
    const sentAgain = story.and(resent('ann', 2));
    for (const actor of [ann, mallory]) sentAgain.when(accept('ann'), { actor }).thenRefuses('LINK_SUPERSEDED', {});
    sentAgain.when(accept('ann', { tokenHash: 'hash-ann-2' }), byAnn).thenMatches([{ type: 'InvitationAccepted' }]);
  });
});

describe('accepting under another address', () => {
  const home = { keapId: 'ann@home.example', name: null };
  const atHome = person('ann', { keapId: home.keapId });
  const acceptAtHome = accept('home');
  const returning = given(...appOf(9), ...joined('ann', 'PARTNER'), left('ann'));

  it('closes the invitation while the person is active, and repeating it is refused', () => {
    given(...appOf(9), ...joined('ann', 'PARTNER'), partnerInvited('home', { person: home }))
      .when(acceptAtHome, { actor: atHome })
      .then([{ type: 'InvitationDeclined', data: { userId: 'user-home', invitationId: 'invitation-home', personId: 'person-ann' } }])
      .when(acceptAtHome, { actor: atHome })
      .thenRefuses('ALREADY_MEMBER');
  });

  it('closes the invitation of an active member who has not been bound yet', () => {
    given(...appOf(9), partnerInvited('home', { person: home }))
      .when(accept('home', { boundPersonId: 'person-olga' }), { actor: person('olga') })
      .then([{ type: 'InvitationDeclined', data: { userId: 'user-home', invitationId: 'invitation-home', personId: 'person-olga' } }]);
  });

  it('by somebody else does not repeat the acceptance of an earlier holder', () => {
    given(...appOf(9), ...joined('ann', 'USER')).when(accept('ann', { boundPersonId: 'person-heir' }), { actor: person('heir', { keapId: ann.keapId }) }).thenRefuses('INVITATION_ALREADY_ACCEPTED');
    given(...appOf(9), ...joined('ann', 'USER')).when(accept('ann', { boundPersonId: 'person-heir' }), { actor: person('ann', { keapId: null }) }).then([]);
  });

  it('keeps the person\'s user', () => {
    const back = returning
      .and(userInvited('home', { person: home, role: 'ADMIN' }))
      .when(acceptAtHome, { actor: atHome })
      .then([accepted('ann', { invitationId: 'invitation-home', kind: 'USER', role: 'ADMIN', epoch: 2, person: home })]);
    const state = back.state();
    expect([...state.users].map(([userId]) => userId)).toEqual(['user-olga', 'user-ann']);
    expect(state.users.get('user-ann')).toMatchObject({ status: 'ACTIVE', keapIdNormalized: home.keapId });
    back.when(acceptAtHome, { actor: atHome }).then([]);
  });

  it('declines an open invitation to the first address', () => {
    const back = returning
      .and(userInvited('ann', { invitationId: 'second' }), partnerInvited('home', { person: home }))
      .when(acceptAtHome, { actor: atHome })
      .then([declined('ann', 'second'), accepted('ann', { invitationId: 'invitation-home', kind: 'PARTNER', epoch: 2, person: home })]);
    back.when(accept('ann', { invitationId: 'second' }), byAnn).thenRefuses('INVITATION_DECLINED');
  });

  it('records nothing about an expired invitation to the first address', () => {
    returning
      .and(userInvited('ann', { invitationId: 'second', expiresAt: after(1) }), partnerInvited('home', { person: home }))
      .when(acceptAtHome, { actor: atHome })
      .thenMatches([{ type: 'InvitationAccepted' }]);
  });

  it('moves earlier invitations to that address to the person\'s user, so that they cannot be accepted separately', () => {
    returning
      .and(partnerInvited('home', { invitationId: 'older', person: home }), expired('home', 'older'), partnerInvited('home', { person: home }))
      .when(acceptAtHome, { actor: atHome })
      .thenMatches([{ type: 'InvitationAccepted' }])
      .when({ type: 'ResendInvitation', invitationId: 'older', expiresAt: EXPIRY, tokenHashOf: () => 'hash', limits: null })
      .thenRefuses('ALREADY_MEMBER');
  });
});
