import { requireRemovable } from '../../../src/domain/roster/removeUser';
import type { DecisionContext } from '../../../src/domain/roster/rosterGuards';
import type { RosterState } from '../../../src/domain/roster/rosterState';
import { given } from '../given';
import { EXPIRY } from '../moments';
import { ann, importer, mallory, operator, person, pia, sam } from '../people';
import { remove } from '../rosterCommands';
import { accepted, appOf, declined, expired, joined, left, partnerInvited, removed, revoked, roleChanged, userInvited } from '../rosterHistory';

const mayRemove = (name: string) => (state: RosterState, context: DecisionContext): string | null => requireRemovable(state, `user-${name}`, context)?.userId ?? null;

describe('whom an admin may remove', () => {
  it('an active user or partner', () => {
    for (const kind of ['USER', 'PARTNER'] as const) given(...appOf(9), ...joined('ann', kind)).whenAsked(mayRemove('ann')).then('user-ann');
  });

  it('nobody anew who was removed already', () => {
    given(...appOf(9), ...joined('ann', 'USER'), removed('ann')).whenAsked(mayRemove('ann')).then(null);
  });

  it('nobody who has not accepted: that is revoked', () => {
    given(...appOf(9), userInvited('ann')).whenAsked(mayRemove('ann')).thenRefuses('NOT_ACCEPTED_YET', { field: 'userId' });
    given(...appOf(9), ...joined('ann', 'USER'), removed('ann'), userInvited('ann', { invitationId: 'second' })).whenAsked(mayRemove('ann')).thenRefuses('NOT_ACCEPTED_YET');
  });

  it('nobody who left, declined, or whose invitation was revoked or expired', () => {
    given(...appOf(9), ...joined('ann', 'PARTNER'), left('ann')).whenAsked(mayRemove('ann')).thenRefuses('NOT_A_MEMBER', { field: 'userId' });
    for (const end of [declined, revoked, expired]) given(...appOf(9), userInvited('ann'), end('ann')).whenAsked(mayRemove('ann')).thenRefuses('NOT_A_MEMBER');
    given(...appOf(9), userInvited('ann')).whenAsked(mayRemove('ann'), { now: EXPIRY }).thenRefuses('NOT_A_MEMBER');
  });

  it('nobody who is not the app\'s', () => {
    given(...appOf(9)).whenAsked(mayRemove('ann')).thenRefuses('USER_NOT_FOUND', { field: 'userId' });
  });

  it('not the last admin among the users; a partner admin does not count', () => {
    const story = given(...appOf(9), ...joined('pia', 'PARTNER', 'ADMIN'), userInvited('bob', { role: 'ADMIN' }));
    story.whenAsked(mayRemove('olga')).thenRefuses('LAST_ADMIN');
    story.whenAsked(mayRemove('olga'), { actor: pia }).thenRefuses('LAST_ADMIN');
    story.whenAsked(mayRemove('pia')).then('user-pia');
    story.and(...joined('sam', 'USER', 'ADMIN')).whenAsked(mayRemove('olga')).then('user-olga');
  });

  it('is asked by active admins only', () => {
    const story = given(...appOf(9), ...joined('sam', 'USER'), ...joined('ann', 'PARTNER'));
    story.whenAsked(mayRemove('ann'), { actor: sam }).thenRefuses('FORBIDDEN');
    story.whenAsked(mayRemove('ann'), { actor: ann }).thenRefuses('FORBIDDEN');
    story.whenAsked(mayRemove('ann'), { actor: operator }).thenRefuses('FORBIDDEN');
    story.whenAsked(mayRemove('ann'), { actor: mallory }).thenRefuses('APP_NOT_FOUND');
    given().whenAsked(mayRemove('ann')).thenRefuses('APP_NOT_FOUND');
  });
});

describe('removing', () => {
  it('ends the membership of a user or a partner; doing it again is the same wish', () => {
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

  it('is done by the system where it acts in nobody\'s name', () => {
    given(...appOf(9), ...joined('ann', 'PARTNER')).when(remove('ann'), { actor: importer }).then([removed('ann')]);
  });

  it('touches no later join', () => {
    const back = [partnerInvited('ann', { invitationId: 'second' }), accepted('ann', { invitationId: 'second', kind: 'PARTNER', epoch: 2 })];
    const story = given(...appOf(9), ...joined('ann', 'PARTNER'), removed('ann'), ...back);
    story.when(remove('ann', 1)).then([]);
    story.when({ ...remove('ann', 1), leaveId: 'another' }).thenRefuses('NOT_A_MEMBER');
    story.when(remove('ann', 2)).then([removed('ann', 2)]);
  });

  it('is refused for somebody who left meanwhile, who is only invited, and for nobody', () => {
    given(...appOf(9), ...joined('ann', 'PARTNER'), left('ann')).when({ ...remove('ann'), leaveId: 'another' }).thenRefuses('NOT_A_MEMBER');
    given(...appOf(9), userInvited('ann')).when(remove('ann', 0)).thenRefuses('NOT_A_MEMBER');
    given(...appOf(9)).when(remove('ann')).thenRefuses('USER_NOT_FOUND');
  });

  it('never takes the last admin among the users, though another one was there when it was asked', () => {
    const two = given(...appOf(9), ...joined('sam', 'USER', 'ADMIN'));
    two.when(remove('olga')).then([removed('olga')]).when(remove('sam'), { actor: sam }).thenRefuses('LAST_ADMIN');
  });

  it('is refused when whoever removes is no admin any more, also where it is finished in their name', () => {
    const story = given(...appOf(9), ...joined('sam', 'USER', 'ADMIN'), ...joined('ann', 'PARTNER'));
    const inTheirName = person('sam', { keapId: null, system: true });
    for (const actor of [sam, inTheirName]) {
      story.when(remove('ann'), { actor }).then([removed('ann')]);
      story.and(roleChanged('sam', 'ADMIN', 'STANDARD')).when(remove('ann'), { actor }).thenRefuses('FORBIDDEN');
      story.and(removed('sam')).when(remove('ann'), { actor }).thenRefuses('APP_NOT_FOUND');
    }
  });
});
