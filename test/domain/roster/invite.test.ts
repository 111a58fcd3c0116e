import { given } from '../given';
import { after, EXPIRY } from '../moments';
import { ann, auditor, importer, mallory, olga, operator, person, pia, sam } from '../people';
import { invitePartner, inviteUser, NEW_EXPIRY } from '../rosterCommands';
import { accepted, appOf, bound, declined, expired, joined, left, partnerInvited, removed, revoked, roleChanged, userInvited } from '../rosterHistory';

const sent = { invitationId: 'invitation-ann-new', expiresAt: NEW_EXPIRY, tokenHash: 'hash-ann-new' };

describe('inviting', () => {
  it('invites somebody as a user or as a partner', () => {
    given(...appOf(2)).when(inviteUser('ann', { role: 'ADMIN' })).then([userInvited('ann', { ...sent, role: 'ADMIN' })]);
    given(...appOf(2)).when(invitePartner('ann', { role: 'STANDARD' })).then([partnerInvited('ann', { ...sent, role: 'STANDARD' })]);
  });

  it('keeps the Keap ID as it was typed, and the name trimmed', () => {
    given(...appOf(2))
      .when(inviteUser('ann', { keapId: ' Ann@Example.COM ', name: ' Ann ' }))
      .then([userInvited('ann', { ...sent, person: { keapId: 'Ann@Example.COM', name: 'Ann' } })]);
  });

  it('records nobody as the inviter, and no message, for an import', () => {
    given(...appOf(2))
      .when(inviteUser('ann', { tokenHash: null }), { actor: importer })
      .then([userInvited('ann', { ...sent, tokenHash: null, sendCount: 0, invitedBy: null })]);
  });

  it('refuses what is no Keap ID, and too long a name', () => {
    given(...appOf(2)).when(inviteUser('ann', { keapId: 'Ann <ann@example.com>' })).thenRefuses('INVALID_KEAP_ID', { field: 'keapId' });
    given(...appOf(2)).when(inviteUser('ann', { name: 'x'.repeat(201) })).thenRefuses('INVALID_INPUT', { field: 'name' });
  });
});

describe('who may invite', () => {
  it('an active admin, also one who is a partner', () => {
    given(...appOf(2), ...joined('pia', 'PARTNER', 'ADMIN')).when(invitePartner('ann'), { actor: pia }).then([partnerInvited('ann', { ...sent, invitedBy: 'user-pia' })]);
  });

  it('not a standard member', () => {
    given(...appOf(3), ...joined('sam', 'USER')).when(invitePartner('ann'), { actor: sam }).thenRefuses('FORBIDDEN');
  });

  it('not an admin who has become a standard member', () => {
    given(...appOf(3), ...joined('sam', 'USER', 'ADMIN'), roleChanged('sam', 'ADMIN', 'STANDARD')).when(invitePartner('ann'), { actor: sam }).thenRefuses('FORBIDDEN');
  });

  it('not an admin whose invitation is still open, who left, or who was removed: they learn nothing', () => {
    given(...appOf(3), userInvited('sam', { role: 'ADMIN' })).when(invitePartner('ann'), { actor: sam }).thenRefuses('APP_NOT_FOUND');
    given(...appOf(3), ...joined('sam', 'PARTNER', 'ADMIN'), left('sam')).when(invitePartner('ann'), { actor: sam }).thenRefuses('APP_NOT_FOUND');
    given(...appOf(3), ...joined('sam', 'USER', 'ADMIN'), removed('sam')).when(invitePartner('ann'), { actor: sam }).thenRefuses('APP_NOT_FOUND');
  });

  it('nobody from outside: the same answer as for an app that does not exist', () => {
    given(...appOf(2)).when(invitePartner('ann'), { actor: mallory }).thenRefuses('APP_NOT_FOUND', { field: 'appId' });
    given().when(invitePartner('ann'), { actor: mallory }).thenRefuses('APP_NOT_FOUND', { field: 'appId' });
  });

  it('no operator and no auditor, who know of the app and are told FORBIDDEN', () => {
    for (const actor of [operator, auditor]) {
      given(...appOf(2)).when(invitePartner('ann'), { actor }).thenRefuses('FORBIDDEN');
      given().when(invitePartner('ann'), { actor }).thenRefuses('APP_NOT_FOUND');
    }
  });

  it('the owner at the first sign-in, by Keap ID, and afterwards by the sign-in alone', () => {
    const changedAddress = person('olga', { keapId: 'olga@new.example' });
    const newHolder = person('other', { keapId: 'olga@example.com' });
    given(...appOf(2)).when(invitePartner('ann'), { actor: changedAddress }).thenRefuses('APP_NOT_FOUND');
    given(...appOf(2), bound('olga')).when(invitePartner('ann'), { actor: changedAddress }).then([partnerInvited('ann', sent)]);
    given(...appOf(2), bound('olga')).when(invitePartner('ann'), { actor: newHolder }).thenRefuses('APP_NOT_FOUND');
  });

  it('nobody through an address that belongs to another sign-in', () => {
    given(...appOf(2)).when(invitePartner('ann'), { actor: person('olga', { keapId: null }) }).thenRefuses('APP_NOT_FOUND');
  });
});

describe('whom one may invite', () => {
  it('not oneself, under any of one\'s addresses', () => {
    const story = given(...appOf(2), bound('olga'));
    story.when(invitePartner('olga')).thenRefuses('CANNOT_INVITE_SELF', { field: 'keapId' });
    story.when(invitePartner('olga', { keapId: 'OLGA@example.com' })).thenRefuses('CANNOT_INVITE_SELF');
    story.when(invitePartner('olga', { keapId: 'olga@new.example', boundPersonId: 'person-olga' })).thenRefuses('CANNOT_INVITE_SELF');
    story.when(invitePartner('olga', { boundPersonId: 'person-olga' }), { actor: { ...olga, keapId: 'olga@new.example' } }).thenRefuses('CANNOT_INVITE_SELF');
  });

  it('no active member, in either kind: conversion is not an invitation', () => {
    for (const kind of ['USER', 'PARTNER'] as const) {
      const story = given(...appOf(9), ...joined('ann', kind));
      for (const invite of [inviteUser, invitePartner]) {
        story.when(invite('ann', { boundPersonId: 'person-ann' })).thenRefuses('ALREADY_MEMBER', { field: 'keapId' });
      }
    }
  });

  it('no active member under another address of theirs', () => {
    given(...appOf(9), ...joined('ann', 'USER')).when(invitePartner('ann', { keapId: 'ann@new.example', boundPersonId: 'person-ann' })).thenRefuses('ALREADY_MEMBER');
  });

  it('no active member whom nobody has signed in for yet, whatever the case of the address', () => {
    given(...appOf(9), userInvited('ann'), accepted('ann', { personId: null })).when(inviteUser('ann', { keapId: 'ANN@EXAMPLE.COM' })).thenRefuses('ALREADY_MEMBER');
  });

  it('nobody outside the partner directory as a partner, where there is one', () => {
    given(...appOf(9)).when(invitePartner('ann', { knownPartner: false })).thenRefuses('NOT_A_KNOWN_PARTNER', { field: 'keapId' });
    given(...appOf(9)).when(inviteUser('ann', { knownPartner: false })).then([userInvited('ann', sent)]);
  });
});

describe('one open invitation per app and person', () => {
  it('says which one is open and until when', () => {
    for (const invite of [inviteUser, invitePartner]) {
      given(...appOf(9), userInvited('ann')).when(invite('ann')).thenRefuses('ALREADY_INVITED', { invitationId: 'invitation-ann', expiresAt: EXPIRY });
    }
  });

  it('compares Keap IDs trimmed and in lower case', () => {
    given(...appOf(9), partnerInvited('ann', { person: { keapId: 'ANN@Example.com', name: null } })).when(invitePartner('ann', { keapId: ' ann@EXAMPLE.com' })).thenRefuses('ALREADY_INVITED');
  });

  it('keeps dots and tags apart', () => {
    given(...appOf(9), partnerInvited('ann')).when(invitePartner('other', { keapId: 'ann+tag@example.com' })).thenMatches([{ type: 'PartnerInvited', data: { userId: 'user-other' } }]);
  });

  it('holds over the addresses of a person', () => {
    given(...appOf(9), ...joined('ann', 'PARTNER'), left('ann'), partnerInvited('ann', { invitationId: 'invitation-ann-2' }))
      .when(invitePartner('ann', { keapId: 'ann@new.example', boundPersonId: 'person-ann' }))
      .thenRefuses('ALREADY_INVITED', { invitationId: 'invitation-ann-2', expiresAt: EXPIRY });
  });

  it('holds for an address that a person took since the invitation was sent to it', () => {
    const home = { keapId: 'ann@home.example', name: null };
    given(...appOf(9), ...joined('ann', 'PARTNER'), left('ann'), partnerInvited('home', { person: home }))
      .when(invitePartner('ann', { keapId: home.keapId, boundPersonId: 'person-ann' }))
      .thenRefuses('ALREADY_INVITED', { invitationId: 'invitation-home', expiresAt: EXPIRY });
  });

  it('lets an expired one go, and writes it down where nobody has', () => {
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
    ['an expired invitation', [userInvited('ann'), expired('ann')]],
    ['leaving', [...joined('ann', 'PARTNER'), left('ann')]],
    ['being removed', [...joined('ann', 'USER'), removed('ann')]],
  ])('is possible after %s, and the person keeps the userId', (_, past) => {
    for (const boundPersonId of [null, 'person-ann']) {
      const story = given(...appOf(2), ...past);
      if (boundPersonId === null && story.state().users.get('user-ann')?.personId !== null) continue;
      story.when(invitePartner('ann', { newUserId: 'user-another', boundPersonId })).then([partnerInvited('ann', sent)]);
    }
  });

  it('keeps the name that was known unless another one is given', () => {
    const story = given(...appOf(2), userInvited('ann', { person: { keapId: 'ann@example.com', name: 'Ann' } }), revoked('ann'));
    story.when(inviteUser('ann')).thenMatches([{ data: { person: { name: 'Ann' } } }]);
    story.when(inviteUser('ann', { name: 'Anna' })).thenMatches([{ data: { person: { name: 'Anna' } } }]);
  });

  it('makes a new user for a new owner of an address that was released', () => {
    given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann'))
      .when(invitePartner('ann', { newUserId: 'user-heir' }))
      .then([partnerInvited('ann', { ...sent, userId: 'user-heir' })]);
  });

  it('follows a person to another address', () => {
    given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann'))
      .when(invitePartner('ann', { keapId: 'ann@new.example', newUserId: 'user-another', boundPersonId: ann.personId }))
      .then([partnerInvited('ann', { ...sent, person: { keapId: 'ann@new.example', name: null } })]);
  });
});
