import type { JoinApp } from '../../../src/domain/roster/joinApp';
import { given } from '../given';
import { EXPIRY } from '../moments';
import { importer, olga, person, sam } from '../people';
import { accepted, appOf, expired, joined, left, partnerInvited, userInvited } from '../rosterHistory';

const join = (more: Partial<JoinApp> = {}): JoinApp => ({
  type: 'JoinApp',
  keapId: 'ann@example.com',
  role: 'STANDARD',
  boundPersonId: null,
  newUserId: 'user-ann',
  newInvitationId: 'invitation-ann-new',
  expiresAt: EXPIRY,
  ...more,
});

const silently = { invitationId: 'invitation-ann-new', tokenHash: null, sendCount: 0, invitedBy: null };
const byImport = { actor: importer };

describe('joining in one step, for a recorded history', () => {
  it('invites and accepts, without a message, bound to nobody yet', () => {
    given(...appOf(1))
      .when(join({ role: 'ADMIN' }), byImport)
      .then([partnerInvited('ann', { ...silently, role: 'ADMIN' }), accepted('ann', { invitationId: silently.invitationId, kind: 'PARTNER', role: 'ADMIN', personId: null })]);
  });

  it('is bound to whoever the address belongs to', () => {
    given(...appOf(1)).when(join({ boundPersonId: 'person-ann' }), byImport).thenMatches([{ type: 'PartnerInvited' }, { type: 'InvitationAccepted', data: { personId: 'person-ann' } }]);
  });

  it('counts on after leaving', () => {
    given(...appOf(1), ...joined('ann', 'PARTNER'), left('ann'))
      .when(join({ boundPersonId: 'person-ann', newUserId: 'user-another' }), byImport)
      .then([partnerInvited('ann', silently), accepted('ann', { invitationId: silently.invitationId, kind: 'PARTNER', epoch: 2 })]);
  });

  it('writes down what has expired', () => {
    given(...appOf(2), userInvited('ann')).when(join(), { actor: importer, now: EXPIRY }).thenMatches([expired('ann'), { type: 'PartnerInvited' }, { type: 'InvitationAccepted' }]);
  });

  it('obeys the rules of inviting', () => {
    given(...appOf(2), userInvited('ann')).when(join(), byImport).thenRefuses('ALREADY_INVITED');
    given(...appOf(2), ...joined('ann', 'USER')).when(join({ boundPersonId: 'person-ann' }), byImport).thenRefuses('ALREADY_MEMBER');
    given(...appOf(2)).when(join({ keapId: 'olga@example.com' }), byImport).thenRefuses('ALREADY_MEMBER');
    given(...appOf(2)).when(join({ keapId: 'nobody' }), byImport).thenRefuses('INVALID_KEAP_ID');
    given().when(join(), byImport).thenRefuses('APP_NOT_FOUND');
    given(...appOf(2), ...joined('sam', 'USER')).when(join(), { actor: sam }).thenRefuses('FORBIDDEN');
    given(...appOf(2)).when(join({ keapId: 'olga@example.com' }), { actor: olga }).thenRefuses('CANNOT_INVITE_SELF');
    given(...appOf(2)).when(join(), { actor: person('other') }).thenRefuses('APP_NOT_FOUND');
  });
});
