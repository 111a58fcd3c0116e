import { requireRemovable } from '../../../src/domain/leaving';
import type { DecisionContext } from '../../../src/domain/roster/guards';
import type { RosterState } from '../../../src/domain/roster/state';
import { given } from '../given';
import { EXPIRY, NOW } from '../moments';
import { ann, importer, mallory, operator, person, pia, sam } from '../people';
import { remove } from '../rosterCommands';
import { accepted, appOf, declined, expired, joined, left, partnerInvited, removed, revoked, roleChanged, userInvited } from '../rosterHistory';

const mayRemove = (name: string) => (state: RosterState, context: DecisionContext): string | null => requireRemovable(state, `user-${name}`, context)?.userId ?? null;

describe('permission to remove a member', () => {
  it('covers active users and partners', () => {
    for (const kind of ['USER', 'PARTNER'] as const) given(...appOf(9), ...joined('ann', kind)).whenAsked(mayRemove('ann')).then('user-ann');
  });

  it('reports that the member has been removed already', () => {
    given(...appOf(9), ...joined('ann', 'USER'), removed('ann')).whenAsked(mayRemove('ann')).then(null);
  });

  it('is refused before the invitation is accepted, which can be revoked instead', () => {
    given(...appOf(9), userInvited('ann')).whenAsked(mayRemove('ann')).thenRefuses('NOT_ACCEPTED_YET', { field: 'userId' });
    given(...appOf(9), ...joined('ann', 'USER'), removed('ann'), userInvited('ann', { invitationId: 'second' })).whenAsked(mayRemove('ann')).thenRefuses('NOT_ACCEPTED_YET');
  });

  it('is refused for people who left or declined, or whose invitation was revoked or expired', () => {
    given(...appOf(9), ...joined('ann', 'PARTNER'), left('ann')).whenAsked(mayRemove('ann')).thenRefuses('NOT_A_MEMBER', { field: 'userId' });
    for (const end of [declined, revoked, expired]) given(...appOf(9), userInvited('ann', { expiresAt: NOW }), end('ann')).whenAsked(mayRemove('ann')).thenRefuses('NOT_A_MEMBER');
    given(...appOf(9), userInvited('ann')).whenAsked(mayRemove('ann'), { now: EXPIRY }).thenRefuses('NOT_A_MEMBER');
  });

  it('is refused for a user of another app', () => {
    given(...appOf(9)).whenAsked(mayRemove('ann')).thenRefuses('USER_NOT_FOUND', { field: 'userId' });
  });

  it('is refused for the last admin among the users; partner admins do not count', () => {
    const story = given(...appOf(9), ...joined('pia', 'PARTNER', 'ADMIN'), userInvited('bob', { role: 'ADMIN' }));
    story.whenAsked(mayRemove('olga')).thenRefuses('LAST_ADMIN');
    story.whenAsked(mayRemove('olga'), { actor: pia }).thenRefuses('FORBIDDEN');
    story.whenAsked(mayRemove('pia')).then('user-pia');
    story.and(...joined('sam', 'USER', 'ADMIN')).whenAsked(mayRemove('olga')).then('user-olga');
  });

  it('is given to active admins only', () => {
    const story = given(...appOf(9), ...joined('sam', 'USER'), ...joined('ann', 'PARTNER'));
    story.whenAsked(mayRemove('ann'), { actor: sam }).thenRefuses('FORBIDDEN');
    story.whenAsked(mayRemove('ann'), { actor: ann }).thenRefuses('FORBIDDEN');
    story.whenAsked(mayRemove('ann'), { actor: operator }).thenRefuses('FORBIDDEN');
    story.whenAsked(mayRemove('ann'), { actor: mallory }).thenRefuses('APP_NOT_FOUND');
    given().whenAsked(mayRemove('ann')).thenRefuses('APP_NOT_FOUND');
  });
});

describe('removing a member', () => {
  it('ends the membership of a user or a partner; repeating it changes nothing', () => {
    for (const kind of ['USER', 'PARTNER'] as const) {
      given(...appOf(9), ...joined('ann', kind))
        .when(remove('ann'))
        .then([removed('ann')])
        .when(remove('ann'))
        .then([])
        .when({ ...remove('ann'), leaveId: 'another' })
        .thenRefuses('NOT_A_MEMBER');
    }
  });

  it('records the reason', () => {
    given(...appOf(9), ...joined('ann', 'USER')).when(remove('ann', 1, 'Has left the company')).then([removed('ann', 1, 'Has left the company')]);
  });

  it('is possible for the system without a role', () => {
    given(...appOf(9), ...joined('ann', 'PARTNER')).when(remove('ann'), { actor: importer }).then([removed('ann')]);
  });

  it('does not affect a later membership', () => {
    const back = [partnerInvited('ann', { invitationId: 'second' }), accepted('ann', { invitationId: 'second', kind: 'PARTNER', epoch: 2 })];
    const story = given(...appOf(9), ...joined('ann', 'PARTNER'), removed('ann'), ...back);
    story.when(remove('ann', 1)).then([]);
    story.when({ ...remove('ann', 1), leaveId: 'another' }).thenRefuses('NOT_A_MEMBER');
    story.when(remove('ann', 2)).then([removed('ann', 2)]);
  });

  it('is refused for people who have left meanwhile, invited people and unknown users', () => {
    given(...appOf(9), ...joined('ann', 'PARTNER'), left('ann')).when({ ...remove('ann'), leaveId: 'another' }).thenRefuses('NOT_A_MEMBER');
    given(...appOf(9), userInvited('ann')).when(remove('ann', 0)).thenRefuses('NOT_A_MEMBER');
    given(...appOf(9)).when(remove('ann')).thenRefuses('USER_NOT_FOUND');
  });

  it('is refused for the last admin, even if there was another one at the request', () => {
    const two = given(...appOf(9), ...joined('sam', 'USER', 'ADMIN'));
    two.when(remove('olga')).then([removed('olga')]).when(remove('sam'), { actor: sam }).thenRefuses('LAST_ADMIN');
  });

  it('is refused when the remover is no longer an admin, also when recovery finishes it in their name', () => {
    const story = given(...appOf(9), ...joined('sam', 'USER', 'ADMIN'), ...joined('ann', 'PARTNER'));
    const inTheirName = person('sam', { keapId: null, system: true });
    for (const actor of [sam, inTheirName]) {
      story.when(remove('ann'), { actor }).then([removed('ann')]);
      story.and(roleChanged('sam', 'ADMIN', 'STANDARD')).when(remove('ann'), { actor }).thenRefuses('FORBIDDEN');
      story.and(removed('sam')).when(remove('ann'), { actor }).thenRefuses('APP_NOT_FOUND');
    }
  });
});
