import { given } from '../../given';
import { after, EXPIRY, NOW } from '../../moments';
import { auditor, mallory, pia, sam } from '../../people';
import { changeRole } from '../../rosterCommands';
import { appOf, declined, expired, joined, left, partnerInvited, removed, revoked, roleChanged, userInvited } from '../../rosterHistory';

describe('changing a role', () => {
  it('works for active users and partners; setting the same role changes nothing', () => {
    for (const kind of ['USER', 'PARTNER'] as const) {
      given(...appOf(9), ...joined('ann', kind))
        .when(changeRole('ann', 'ADMIN'))
        .then([roleChanged('ann', 'STANDARD', 'ADMIN')])
        .when(changeRole('ann', 'ADMIN'))
        .then([])
        .when(changeRole('ann', 'STANDARD'))
        .then([roleChanged('ann', 'ADMIN', 'STANDARD')]);
    }
  });

  it('records the reason, trimmed, and refuses a blank one', () => {
    const story = given(...appOf(9), ...joined('ann', 'USER'));
    story.when(changeRole('ann', 'ADMIN', ' Leads the team ')).then([roleChanged('ann', 'STANDARD', 'ADMIN', 'Leads the team')]).when(changeRole('ann', 'ADMIN', 'again')).then([]);
    for (const reason of ['', ' ', 'x'.repeat(501)]) story.when(changeRole('ann', 'ADMIN', reason)).thenRefuses('INVALID_INPUT', { field: 'reason' });
  });

  it('works while the invitation is open, until the moment of expiry', () => {
    const story = given(...appOf(9), partnerInvited('ann'));
    story.when(changeRole('ann', 'ADMIN'), { now: after(-1, EXPIRY) }).then([roleChanged('ann', 'STANDARD', 'ADMIN')]);
    story.when(changeRole('ann', 'ADMIN'), { now: EXPIRY }).thenRefuses('NOT_A_MEMBER', { field: 'userId' });
  });

  it.each([
    ['left', [...joined('ann', 'PARTNER'), left('ann')]],
    ['was removed', [...joined('ann', 'USER'), removed('ann')]],
    ['declined', [userInvited('ann'), declined('ann')]],
    ['was invited and revoked', [userInvited('ann'), revoked('ann')]],
    ['let the invitation expire', [userInvited('ann', { expiresAt: NOW }), expired('ann')]],
  ])('is refused for a person who %s, for either role', (_, past) => {
    for (const role of ['ADMIN', 'STANDARD'] as const) given(...appOf(9), ...past).when(changeRole('ann', role)).thenRefuses('NOT_A_MEMBER');
  });

  it('is refused for a user of another app', () => {
    given(...appOf(9)).when(changeRole('ann', 'ADMIN')).thenRefuses('USER_NOT_FOUND', { field: 'userId' });
  });

  it('is allowed to active admins only, also for one\'s own role', () => {
    const story = given(...appOf(9), ...joined('pia', 'PARTNER', 'ADMIN'), ...joined('sam', 'USER'));
    story.when(changeRole('sam', 'ADMIN')).then([roleChanged('sam', 'STANDARD', 'ADMIN')]);
    story.when(changeRole('pia', 'STANDARD'), { actor: pia }).then([roleChanged('pia', 'ADMIN', 'STANDARD')]);
    story.when(changeRole('sam', 'ADMIN'), { actor: sam }).thenRefuses('FORBIDDEN');
    story.when(changeRole('sam', 'ADMIN'), { actor: mallory }).thenRefuses('APP_NOT_FOUND');
    story.when(changeRole('sam', 'ADMIN'), { actor: auditor }).thenRefuses('FORBIDDEN');
  });
});

describe('the last admin among the users', () => {
  it('stays an admin', () => {
    given(...appOf(9)).when(changeRole('olga', 'STANDARD')).thenRefuses('LAST_ADMIN').when(changeRole('olga', 'ADMIN')).then([]);
  });

  it('remains the last when the other admins are partners, invited, departed, removed or standard members', () => {
    const others = [
      ...joined('pia', 'PARTNER', 'ADMIN'),
      ...joined('sam', 'USER'),
      userInvited('ann', { role: 'ADMIN' }),
      ...joined('bob', 'USER', 'ADMIN'),
      removed('bob'),
    ];
    given(...appOf(9), ...others).when(changeRole('olga', 'STANDARD')).thenRefuses('LAST_ADMIN');
  });

  it('may become a standard member when another user is an active admin, who is the last one then', () => {
    given(...appOf(9), ...joined('sam', 'USER', 'ADMIN'))
      .when(changeRole('olga', 'STANDARD'))
      .then([roleChanged('olga', 'ADMIN', 'STANDARD')])
      .when(changeRole('sam', 'STANDARD'), { actor: sam })
      .thenRefuses('LAST_ADMIN');
  });
});
