import type { ExpireInvitation } from '../../../../src/domain/roster/inviting';
import { statusAt } from '../../../../src/domain/roster/state';
import { given } from '../../given';
import { after, EXPIRY } from '../../moments';
import { appOf, declined, expired, joined, resent, revoked, userInvited } from '../../rosterHistory';

const expire: ExpireInvitation = { type: 'ExpireInvitation', invitationId: 'invitation-ann' };

describe('recording that an invitation has expired', () => {
  it('happens once, from the moment of expiry on', () => {
    const story = given(...appOf(2), userInvited('ann'));
    story.when(expire, { now: after(-1, EXPIRY) }).then([]);
    story.when(expire, { now: EXPIRY }).then([expired('ann')]).when(expire, { now: EXPIRY }).then([]);
  });

  it('does not happen for an invitation that has ended, was resent or does not exist', () => {
    const late = { now: EXPIRY };
    given(...appOf(2), userInvited('ann'), revoked('ann')).when(expire, late).then([]);
    given(...appOf(2), userInvited('ann'), declined('ann')).when(expire, late).then([]);
    given(...appOf(2), ...joined('ann', 'USER')).when(expire, late).then([]);
    given(...appOf(2), userInvited('ann'), resent('ann', 2, { expiresAt: after(1, EXPIRY) })).when(expire, late).then([]);
    given(...appOf(2)).when(expire, late).then([]);
  });

  it('does not change the status of the person', () => {
    const story = given(...appOf(2), userInvited('ann'));
    for (const past of [story, story.and(expired('ann'))]) {
      const state = past.state();
      expect(statusAt(state, state.users.get('user-ann')!, EXPIRY)).toBe('EXPIRED');
    }
  });
});
