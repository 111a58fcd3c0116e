import type { JoinApp } from '../../../../src/domain/roster/importing';
import { given } from '../../given';
import { EXPIRY } from '../../moments';
import { importer, olga, person, sam } from '../../people';
import { accepted, appOf, expired, joined, left, partnerInvited, userInvited } from '../../rosterHistory';

const join = (more: Partial<JoinApp> = {}): JoinApp => ({
  type: 'JoinApp',
  keapId: 'ann@example.com',
  kind: 'PARTNER',
  role: 'STANDARD',
  name: null,
  boundPersonId: null,
  newUserId: 'user-ann',
  newInvitationId: 'invitation-ann-new',
  expiresAt: EXPIRY,
  ...more,
});

const silently = { invitationId: 'invitation-ann-new', tokenHash: null, sendCount: 0, invitedBy: null };
const byImport = { actor: importer };

describe('joining in one step, for an imported history', () => {
  it('invites and accepts, without a message and without a binding', () => {
    given(...appOf(1))
      .when(join({ role: 'ADMIN' }), byImport)
      .then([partnerInvited('ann', { ...silently, role: 'ADMIN' }), accepted('ann', { invitationId: silently.invitationId, kind: 'PARTNER', role: 'ADMIN', personId: null })]);
  });

  it('leaves the user unbound until the person signs in, also when the address has a holder', () => {
    given(...appOf(1)).when(join({ boundPersonId: 'person-ann' }), byImport).thenMatches([{ type: 'PartnerInvited' }, { type: 'InvitationAccepted', data: { personId: null } }]);
  });

  it('increments the epoch after leaving', () => {
    given(...appOf(1), ...joined('ann', 'PARTNER'), left('ann'))
      .when(join({ boundPersonId: 'person-ann', newUserId: 'user-another' }), byImport)
      .then([partnerInvited('ann', silently), accepted('ann', { invitationId: silently.invitationId, kind: 'PARTNER', epoch: 2 })]);
  });

  it('records an expiry', () => {
    given(...appOf(2), userInvited('ann')).when(join(), { actor: importer, now: EXPIRY }).thenMatches([expired('ann'), { type: 'PartnerInvited' }, { type: 'InvitationAccepted' }]);
  });

  it('applies the rules of inviting', () => {
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
