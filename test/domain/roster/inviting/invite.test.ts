import { given } from '../../given';
import { after, EXPIRY, NOW } from '../../moments';
import { ann, auditor, importer, mallory, olga, operator, person, pia, sam } from '../../people';
import { invitePartner, inviteUser, NEW_EXPIRY } from '../../rosterCommands';
import { accepted, appOf, bound, declined, expired, joined, left, partnerInvited, personUpdated, removed, revoked, roleChanged, userInvited } from '../../rosterHistory';

const sent = { invitationId: 'invitation-ann-new', expiresAt: NEW_EXPIRY, tokenHash: 'hash-ann-new' };

describe('inviting a person', () => {
  it('invites a person as a user or as a partner', () => {
    given(...appOf(2)).when(inviteUser('ann', { role: 'ADMIN' })).then([userInvited('ann', { ...sent, role: 'ADMIN' })]);
    given(...appOf(2)).when(invitePartner('ann', { role: 'STANDARD' })).then([partnerInvited('ann', { ...sent, role: 'STANDARD' })]);
  });

  it('stores the Keap ID as typed and the name trimmed', () => {
    given(...appOf(2))
      .when(inviteUser('ann', { keapId: ' Ann@Example.COM ', name: ' Ann ' }))
      .then([userInvited('ann', { ...sent, person: { keapId: 'Ann@Example.COM', name: 'Ann' } })]);
  });

  it('records the reason, trimmed, and none where none was given', () => {
    given(...appOf(2)).when(inviteUser('ann', { reason: '  Joins the sales team, ticket 4713 ' })).then([userInvited('ann', { ...sent, reason: 'Joins the sales team, ticket 4713' })]);
    given(...appOf(2)).when(invitePartner('ann', { reason: 'x'.repeat(500) })).then([partnerInvited('ann', { ...sent, reason: 'x'.repeat(500) })]);
  });

  it('refuses a reason that is blank, too long or cannot be displayed, to anybody and before anything else', () => {
    for (const reason of ['', '  ', 'x'.repeat(501), 'two\nlines', '\u202Ereversed']) {
      given(...appOf(2)).when(inviteUser('ann', { reason })).thenRefuses('INVALID_INPUT', { field: 'reason' });
      given(...appOf(2)).when(inviteUser('ann', { reason }), { actor: mallory }).thenRefuses('INVALID_INPUT', { field: 'reason' });
    }
  });

  it('records no inviter and no message for an import', () => {
    given(...appOf(2))
      .when(inviteUser('ann', { tokenHash: null }), { actor: importer })
      .then([userInvited('ann', { ...sent, tokenHash: null, sendCount: 0, invitedBy: null })]);
  });

  it('refuses an invalid Keap ID and a name that is too long', () => {
    given(...appOf(2)).when(inviteUser('ann', { keapId: 'Ann <ann@example.com>' })).thenRefuses('INVALID_KEAP_ID', { field: 'keapId' });
    given(...appOf(2)).when(inviteUser('ann', { name: 'x'.repeat(201) })).thenRefuses('INVALID_INPUT', { field: 'name' });
  });
});

describe('permission to invite', () => {
  it('is given to active admins, including partners', () => {
    given(...appOf(2), ...joined('pia', 'PARTNER', 'ADMIN')).when(invitePartner('ann'), { actor: pia }).then([partnerInvited('ann', { ...sent, invitedBy: 'user-pia' })]);
  });

  it('is refused to a standard member', () => {
    given(...appOf(3), ...joined('sam', 'USER')).when(invitePartner('ann'), { actor: sam }).thenRefuses('FORBIDDEN');
  });

  it('is refused to a former admin with the role STANDARD', () => {
    given(...appOf(3), ...joined('sam', 'USER', 'ADMIN'), roleChanged('sam', 'ADMIN', 'STANDARD')).when(invitePartner('ann'), { actor: sam }).thenRefuses('FORBIDDEN');
  });

  it('is refused to invited, departed and removed admins as if the app did not exist', () => {
    given(...appOf(3), userInvited('sam', { role: 'ADMIN' })).when(invitePartner('ann'), { actor: sam }).thenRefuses('APP_NOT_FOUND');
    given(...appOf(3), ...joined('sam', 'PARTNER', 'ADMIN'), left('sam')).when(invitePartner('ann'), { actor: sam }).thenRefuses('APP_NOT_FOUND');
    given(...appOf(3), ...joined('sam', 'USER', 'ADMIN'), removed('sam')).when(invitePartner('ann'), { actor: sam }).thenRefuses('APP_NOT_FOUND');
  });

  it('is refused to strangers as if the app did not exist', () => {
    given(...appOf(2)).when(invitePartner('ann'), { actor: mallory }).thenRefuses('APP_NOT_FOUND', { field: 'appId' });
    given().when(invitePartner('ann'), { actor: mallory }).thenRefuses('APP_NOT_FOUND', { field: 'appId' });
  });

  it('is refused to operators and auditors with FORBIDDEN', () => {
    for (const actor of [operator, auditor]) {
      given(...appOf(2)).when(invitePartner('ann'), { actor }).thenRefuses('FORBIDDEN');
      given().when(invitePartner('ann'), { actor }).thenRefuses('APP_NOT_FOUND');
    }
  });

  it('is given to the owner at the first sign-in by Keap ID, and afterwards by the sign-in alone', () => {
    const changedAddress = person('olga', { keapId: 'olga@new.example' });
    const newHolder = person('other', { keapId: 'olga@example.com' });
    given(...appOf(2)).when(invitePartner('ann'), { actor: changedAddress }).thenRefuses('APP_NOT_FOUND');
    given(...appOf(2), bound('olga')).when(invitePartner('ann'), { actor: changedAddress }).then([partnerInvited('ann', sent)]);
    given(...appOf(2), bound('olga')).when(invitePartner('ann'), { actor: newHolder }).thenRefuses('APP_NOT_FOUND');
  });

  it('is not given by an address that is bound to another sign-in', () => {
    given(...appOf(2)).when(invitePartner('ann'), { actor: person('olga', { keapId: null }) }).thenRefuses('APP_NOT_FOUND');
  });
});

describe('an invitation is refused', () => {
  it('to oneself, under the address of the sign-in and those that the app knows', () => {
    const story = given(...appOf(2), bound('olga'));
    story.when(invitePartner('olga')).thenRefuses('CANNOT_INVITE_SELF', { field: 'keapId' });
    story.when(invitePartner('olga', { keapId: 'OLGA@example.com' })).thenRefuses('CANNOT_INVITE_SELF');
    story.when(invitePartner('olga', { boundPersonId: 'person-olga' }), { actor: { ...olga, keapId: 'olga@new.example' } }).thenRefuses('CANNOT_INVITE_SELF');
  });

  it('to an active member, also as the other kind', () => {
    for (const kind of ['USER', 'PARTNER'] as const) {
      const story = given(...appOf(9), ...joined('ann', kind));
      for (const invite of [inviteUser, invitePartner]) {
        story.when(invite('ann', { boundPersonId: 'person-ann' })).thenRefuses('ALREADY_MEMBER', { field: 'keapId' });
      }
    }
  });

  it('to an active member under an address that the app has shown for them, while they hold it', () => {
    const moved = given(...appOf(9), ...joined('ann', 'USER'), personUpdated('ann', { keapId: 'ann@new.example', name: 'Ann' }));
    for (const keapId of ['ann@example.com', 'ANN@new.example']) moved.when(invitePartner('ann', { keapId, boundPersonId: 'person-ann' })).thenRefuses('ALREADY_MEMBER');
    for (const boundPersonId of ['person-heir', null]) moved.when(invitePartner('ann', { boundPersonId, newUserId: 'user-heir' })).then([partnerInvited('ann', { ...sent, userId: 'user-heir' })]);
  });

  it('to an active member who has never signed in, in any case of the address', () => {
    given(...appOf(9), userInvited('ann'), accepted('ann', { personId: null })).when(inviteUser('ann', { keapId: 'ANN@EXAMPLE.COM' })).thenRefuses('ALREADY_MEMBER');
  });

  it('to a partner who is not in the partner directory', () => {
    given(...appOf(9)).when(invitePartner('ann', { knownPartner: false })).thenRefuses('NOT_A_KNOWN_PARTNER', { field: 'keapId' });
    given(...appOf(9)).when(inviteUser('ann', { knownPartner: false })).then([userInvited('ann', sent)]);
  });
});

describe('one open invitation per app and person', () => {
  it('names the open invitation and its expiry', () => {
    for (const invite of [inviteUser, invitePartner]) {
      given(...appOf(9), userInvited('ann')).when(invite('ann')).thenRefuses('ALREADY_INVITED', { invitationId: 'invitation-ann', expiresAt: EXPIRY });
    }
  });

  it('compares Keap IDs trimmed and in lower case', () => {
    given(...appOf(9), partnerInvited('ann', { person: { keapId: 'ANN@Example.com', name: null } })).when(invitePartner('ann', { keapId: ' ann@EXAMPLE.com' })).thenRefuses('ALREADY_INVITED');
  });

  it('distinguishes dots and tags', () => {
    given(...appOf(9), partnerInvited('ann')).when(invitePartner('other', { keapId: 'ann+tag@example.com' })).thenMatches([{ type: 'PartnerInvited', data: { userId: 'user-other' } }]);
  });

  it('applies across the addresses that the app has shown for a person', () => {
    given(...appOf(9), ...joined('ann', 'PARTNER'), personUpdated('ann', { keapId: 'ann@new.example', name: null }), left('ann'), partnerInvited('ann', { invitationId: 'invitation-ann-2' }))
      .when(invitePartner('ann', { keapId: 'ann@new.example', boundPersonId: 'person-ann' }))
      .thenRefuses('ALREADY_INVITED', { invitationId: 'invitation-ann-2', expiresAt: EXPIRY });
  });

  it('applies to an address that a person was bound to after the invitation was sent', () => {
    const home = { keapId: 'ann@home.example', name: null };
    given(...appOf(9), ...joined('ann', 'PARTNER'), left('ann'), partnerInvited('home', { person: home }))
      .when(invitePartner('ann', { keapId: home.keapId, boundPersonId: 'person-ann' }))
      .thenRefuses('ALREADY_INVITED', { invitationId: 'invitation-home', expiresAt: EXPIRY });
  });

  it('ignores an expired invitation, and records the expiry if that is missing', () => {
    const story = given(...appOf(9), userInvited('ann'));
    story.when(inviteUser('ann'), { now: after(-1, EXPIRY) }).thenRefuses('ALREADY_INVITED');
    story.when(inviteUser('ann'), { now: EXPIRY }).then([expired('ann'), userInvited('ann', sent)]);
    story.and(expired('ann')).when(inviteUser('ann'), { now: EXPIRY }).then([userInvited('ann', sent)]);
  });
});

describe('inviting again', () => {
  it.each([
    ['declining', [userInvited('ann'), declined('ann')]],
    ['a revoked invitation', [userInvited('ann'), revoked('ann')]],
    ['an expired invitation', [userInvited('ann', { expiresAt: NOW }), expired('ann')]],
    ['leaving', [...joined('ann', 'PARTNER'), left('ann')]],
    ['being removed', [...joined('ann', 'USER'), removed('ann')]],
  ])('is possible after %s, and the person keeps the user id', (_, past) => {
    for (const boundPersonId of [null, 'person-ann']) {
      const story = given(...appOf(2), ...past);
      if (boundPersonId === null && story.state().users.get('user-ann')?.personId !== null) continue;
      story.when(invitePartner('ann', { newUserId: 'user-another', boundPersonId })).then([partnerInvited('ann', sent)]);
    }
  });

  it('keeps the known name unless another one is given', () => {
    const story = given(...appOf(2), userInvited('ann', { person: { keapId: 'ann@example.com', name: 'Ann' } }), revoked('ann'));
    story.when(inviteUser('ann')).thenMatches([{ data: { person: { name: 'Ann' } } }]);
    story.when(inviteUser('ann', { name: 'Anna' })).thenMatches([{ data: { person: { name: 'Anna' } } }]);
  });

  it('adds a new user for the new owner of a released address', () => {
    given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann'))
      .when(invitePartner('ann', { newUserId: 'user-heir' }))
      .then([partnerInvited('ann', { ...sent, userId: 'user-heir' })]);
  });

  it('tells nothing of another address of a person: it gets a user of its own until it is accepted', () => {
    given(...appOf(9), ...joined('ann', 'USER')).when(inviteUser('ann', { keapId: 'ann@new.example', newUserId: 'user-another', boundPersonId: ann.personId })).thenMatches([{ type: 'UserInvited', data: { userId: 'user-another' } }]);
    given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann'))
      .when(invitePartner('ann', { keapId: 'ann@new.example', newUserId: 'user-another', boundPersonId: ann.personId }))
      .then([partnerInvited('ann', { ...sent, userId: 'user-another', person: { keapId: 'ann@new.example', name: null } })]);
  });
});
