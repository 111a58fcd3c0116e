import { given } from '../given';
import { after, EXPIRY } from '../moments';
import { ann, importer, mallory, person } from '../people';
import { accept, changeRole } from '../rosterCommands';
import { accepted, appOf, declined, expired, joined, left, partnerInvited, removed, resent, revoked, userInvited } from '../rosterHistory';

const byAnn = { actor: ann };

describe('accepting an invitation', () => {
  it('makes the person a member, as what they were invited', () => {
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

  it('takes the name of the sign-in, else the one that the admin gave', () => {
    const story = given(...appOf(2), userInvited('ann', { person: { keapId: 'ann@example.com', name: 'A.' } }));
    story.when(accept('ann', { name: 'Ann' }), byAnn).thenMatches([{ data: { person: { keapId: 'ann@example.com', name: 'Ann' } } }]);
    story.when(accept('ann'), byAnn).thenMatches([{ data: { person: { keapId: 'ann@example.com', name: 'A.' } } }]);
  });

  it('twice by the same person is the same wish', () => {
    const inside = given(...appOf(2), userInvited('ann')).when(accept('ann'), byAnn).then([accepted('ann')]);
    inside.when(accept('ann'), byAnn).then([]);
    inside.when(accept('ann', { tokenHash: null, boundPersonId: 'person-ann' }), byAnn).then([]);
  });

  it('counts how often the person joined', () => {
    given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann'), partnerInvited('ann', { invitationId: 'second' }))
      .when(accept('ann', { invitationId: 'second' }), byAnn)
      .then([accepted('ann', { invitationId: 'second', kind: 'PARTNER', epoch: 2 })]);
  });

  it('is possible until the moment of expiry', () => {
    const story = given(...appOf(2), userInvited('ann'));
    story.when(accept('ann'), { actor: ann, now: after(-1, EXPIRY) }).then([accepted('ann')]);
    story.when(accept('ann'), { actor: ann, now: EXPIRY }).thenRefuses('INVITATION_EXPIRED');
    story.and(expired('ann')).when(accept('ann'), byAnn).thenRefuses('INVITATION_EXPIRED');
  });

  it('learns how an invitation ended that is not open any more', () => {
    given(...appOf(2), userInvited('ann'), revoked('ann')).when(accept('ann'), byAnn).thenRefuses('INVITATION_REVOKED');
    given(...appOf(2), userInvited('ann'), declined('ann')).when(accept('ann'), byAnn).thenRefuses('INVITATION_DECLINED');
    given(...appOf(2), ...joined('ann', 'USER'), removed('ann')).when(accept('ann'), byAnn).thenRefuses('INVITATION_ALREADY_ACCEPTED');
    given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann')).when(accept('ann'), byAnn).thenRefuses('INVITATION_ALREADY_ACCEPTED');
  });

  it('does not open an old invitation again after a return through a new one', () => {
    given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann'), partnerInvited('ann', { invitationId: 'second' }), accepted('ann', { invitationId: 'second', kind: 'PARTNER', epoch: 2 }))
      .when(accept('ann'), byAnn)
      .thenRefuses('INVITATION_ALREADY_ACCEPTED');
  });

  it('by the system binds whoever the address belongs to', () => {
    const story = given(...appOf(2), userInvited('ann'));
    story.when(accept('ann', { tokenHash: null }), { actor: importer }).then([accepted('ann', { personId: null })]);
    story.when(accept('ann', { tokenHash: null, boundPersonId: 'person-ann' }), { actor: importer }).then([accepted('ann')]);
  });
});

describe('whose invitation it is', () => {
  const story = given(...appOf(2), userInvited('ann', { person: { keapId: 'Ann@Example.com', name: 'Ann' } }));

  it('is shown to somebody else with a valid link only masked, and stays open', () => {
    story
      .when(accept('ann'), { actor: mallory })
      .thenRefuses('WRONG_RECIPIENT', { maskedKeapId: 'A•••@Example.com' })
      .when(accept('ann'), byAnn)
      .thenMatches([{ type: 'InvitationAccepted' }]);
  });

  it('does not exist for somebody else by id, nor by an unknown one', () => {
    story.when(accept('ann', { tokenHash: null }), { actor: mallory }).thenRefuses('INVITATION_NOT_FOUND', {});
    story.when(accept('bob', { tokenHash: null }), { actor: mallory }).thenRefuses('INVITATION_NOT_FOUND', {});
    given().when(accept('ann', { tokenHash: null }), { actor: mallory }).thenRefuses('INVITATION_NOT_FOUND', {});
  });

  it('is accepted by id by the addressed person', () => {
    story.when(accept('ann', { tokenHash: null }), byAnn).thenMatches([{ type: 'InvitationAccepted' }]);
  });

  it('belongs to the sign-in that the address is bound to, whatever address that has now', () => {
    const moved = person('ann', { keapId: 'ann@new.example' });
    story.when(accept('ann', { boundPersonId: 'person-ann' }), { actor: moved }).thenMatches([{ data: { personId: 'person-ann' } }]);
    story.when(accept('ann'), { actor: moved }).thenRefuses('WRONG_RECIPIENT');
  });

  it('is not the new owner\'s of an address that is bound to somebody else', () => {
    const heir = person('heir', { keapId: null });
    story.when(accept('ann', { boundPersonId: 'person-ann' }), { actor: heir }).thenRefuses('WRONG_RECIPIENT');
    story.when(accept('ann', { boundPersonId: 'person-ann', tokenHash: null }), { actor: heir }).thenRefuses('INVITATION_NOT_FOUND');
  });

  it('is the new owner\'s once the address was released', () => {
    story.when(accept('ann'), { actor: person('heir', { keapId: 'ann@example.com' }) }).thenMatches([{ data: { personId: 'person-heir' } }]);
  });

  it('never gives a new owner of the address somebody else\'s past', () => {
    const back = given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann'), partnerInvited('ann', { invitationId: 'second' }));
    const heir = person('heir', { keapId: 'ann@example.com' });
    for (const boundPersonId of [null, 'person-heir']) {
      back.when(accept('ann', { invitationId: 'second', boundPersonId }), { actor: heir }).thenRefuses('WRONG_RECIPIENT');
    }
    back.when(accept('ann', { invitationId: 'second' }), byAnn).thenMatches([{ type: 'InvitationAccepted' }]);
  });

  it('has one link that works: the newest', () => {
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

  it('is refused while the person is active', () => {
    given(...appOf(9), ...joined('ann', 'PARTNER'), partnerInvited('home', { person: home })).when(acceptAtHome, { actor: atHome }).thenRefuses('ALREADY_MEMBER');
  });

  it('keeps the user that the person was', () => {
    const back = returning
      .and(userInvited('home', { person: home, role: 'ADMIN' }))
      .when(acceptAtHome, { actor: atHome })
      .then([accepted('ann', { invitationId: 'invitation-home', kind: 'USER', role: 'ADMIN', epoch: 2, person: home })]);
    const state = back.state();
    expect([...state.users.keys()]).toEqual(['user-olga', 'user-ann']);
    expect(state.users.get('user-ann')).toMatchObject({ status: 'ACTIVE', keapIdNormalized: home.keapId });
    back.when(acceptAtHome, { actor: atHome }).then([]);
  });

  it('lets an open invitation to the first address go', () => {
    const back = returning
      .and(userInvited('ann', { invitationId: 'second' }), partnerInvited('home', { person: home }))
      .when(acceptAtHome, { actor: atHome })
      .then([declined('ann', 'second'), accepted('ann', { invitationId: 'invitation-home', kind: 'PARTNER', epoch: 2, person: home })]);
    back.when(accept('ann', { invitationId: 'second' }), byAnn).thenRefuses('INVITATION_DECLINED');
  });

  it('writes nothing of an invitation to the first address that has expired', () => {
    returning
      .and(userInvited('ann', { invitationId: 'second', expiresAt: after(1) }), partnerInvited('home', { person: home }))
      .when(acceptAtHome, { actor: atHome })
      .thenMatches([{ type: 'InvitationAccepted' }]);
  });

  it('takes earlier invitations to that address along, so that they open no second way in', () => {
    returning
      .and(partnerInvited('home', { invitationId: 'older', person: home }), expired('home', 'older'), partnerInvited('home', { person: home }))
      .when(acceptAtHome, { actor: atHome })
      .thenMatches([{ type: 'InvitationAccepted' }])
      .when({ type: 'ResendInvitation', invitationId: 'older', expiresAt: EXPIRY, tokenHashOf: () => 'hash', limits: null })
      .thenRefuses('ALREADY_MEMBER');
  });
});
