import type { BindPerson } from '../../../../src/domain/roster/signingIn';
import { userOfActor } from '../../../../src/domain/roster/guards';
import { given } from '../../given';
import { operator, person } from '../../people';
import { accept, appoint, invitePartner } from '../../rosterCommands';
import { accepted, appOf, appointed, bound, joined, left, partnerInvited, userInvited } from '../../rosterHistory';

const bind = (keapId: string, personId: string): BindPerson => ({ type: 'BindPerson', keapId, personId });

describe('binding a member to the sign-in with their address', () => {
  it('happens once for an owner', () => {
    given(...appOf(2)).when(bind('Olga@EXAMPLE.com', 'person-olga')).then([bound('olga')]).when(bind('olga@example.com', 'person-olga')).then([]);
  });

  it('happens for imported members', () => {
    given(...appOf(2), partnerInvited('ann', { sendCount: 0, tokenHash: null }), accepted('ann', { kind: 'PARTNER', personId: null }))
      .when(bind('ann@example.com', 'person-ann'))
      .then([bound('ann')]);
  });

  it('does not happen for bound members, invited or departed people, or unknown users', () => {
    given(...appOf(2), bound('olga')).when(bind('olga@example.com', 'person-heir')).then([]);
    given(...appOf(2), userInvited('ann')).when(bind('ann@example.com', 'person-ann')).then([]);
    given(...appOf(2), partnerInvited('ann'), accepted('ann', { kind: 'PARTNER', personId: null }), left('ann')).when(bind('ann@example.com', 'person-ann')).then([]);
    given(...appOf(2)).when(bind('ann@example.com', 'person-ann')).then([]);
  });

  it('gives a person at most one active user in an app', () => {
    given(...appOf(2), ...joined('ann', 'PARTNER')).when(bind('olga@example.com', 'person-ann')).then([]);
    const former = given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann')).when(bind('olga@example.com', 'person-ann')).then([{ type: 'PersonBound', data: { userId: 'user-olga', personId: 'person-ann' } }]);
    expect(former.state().userIdByPerson.get('person-ann')).toBe('user-olga');
  });

  it('leaves the earlier user of that person to nobody: whoever holds their former address is somebody else', () => {
    const heir = person('heir', { keapId: 'ann@example.com' });
    const former = given(...appOf(3), ...joined('ann', 'PARTNER'), left('ann'), appointed('second'), bound('second', 'person-ann'));
    expect(userOfActor(former.state(), heir)).toBeUndefined();
    const invitation = invitePartner('ann', { newUserId: 'user-heir', boundPersonId: 'person-heir' });
    former.when(invitation).thenMatches([{ data: { userId: 'user-heir' } }]);
    former.when(appoint('ann', { newUserId: 'user-heir', boundPersonId: 'person-heir' }), { actor: operator }).thenMatches([{ data: { userId: 'user-heir' } }]);
    const expired = given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann'), partnerInvited('ann', { invitationId: 'late' }), appointed('second'), bound('second', 'person-ann'));
    expired.when(accept('ann', { invitationId: 'late', tokenHash: null, boundPersonId: 'person-heir' }), { actor: heir }).thenMatches([
      { type: 'InvitationMoved', data: { userId: 'user-ann-new', fromUserId: 'user-ann' } },
      { type: 'InvitationAccepted', data: { userId: 'user-ann-new' } },
    ]);
  });
});
