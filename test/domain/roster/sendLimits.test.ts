import type { SendLimits } from '../../../src/domain/roster/sendLimits';
import { at, given } from '../given';
import { after, DAY, NOW, SECOND } from '../moments';
import { invitePartner, inviteUser, resend } from '../rosterCommands';
import { appOf, partnerInvited, resent, revoked } from '../rosterHistory';

const limits = (more: Partial<SendLimits>): SendLimits => ({ perAppPerDay: 0, perRecipientPerDay: 0, recipientSentAt: [], ...more });
const sentAt = (name: string, moment: string): ReturnType<typeof partnerInvited> => at(moment, partnerInvited(name));
const ago = (milliseconds: number): string => after(-milliseconds, NOW);

describe('how many invitations an app may send in 24 hours', () => {
  const story = given(...appOf(9), sentAt('bob', ago(DAY - 90 * SECOND)), sentAt('eve', ago(SECOND)));

  it('lets the last one through and refuses the next, with the seconds until the oldest counts no more', () => {
    story.when(invitePartner('ann', { limits: limits({ perAppPerDay: 3 }) })).thenMatches([{ type: 'PartnerInvited' }]);
    story.when(invitePartner('ann', { limits: limits({ perAppPerDay: 2 }) })).thenRefuses('RATE_LIMITED', { retryAfterSeconds: 90 });
    story.when(inviteUser('ann', { limits: limits({ perAppPerDay: 2 }) })).thenRefuses('RATE_LIMITED', { retryAfterSeconds: 90 });
  });

  it('lets it through after those seconds, and not before', () => {
    const wish = invitePartner('ann', { limits: limits({ perAppPerDay: 2 }) });
    story.when(wish, { now: after(90 * SECOND - 1, NOW) }).thenRefuses('RATE_LIMITED', { retryAfterSeconds: 1 });
    story.when(wish, { now: after(90 * SECOND, NOW) }).thenMatches([{ type: 'PartnerInvited' }]);
  });

  it('waits for as many as are over a limit that was lowered', () => {
    story.when(invitePartner('ann', { limits: limits({ perAppPerDay: 1 }) })).thenRefuses('RATE_LIMITED', { retryAfterSeconds: DAY / SECOND - 1 });
  });

  it('counts revoked ones', () => {
    story.and(at(NOW, revoked('bob')), at(NOW, revoked('eve'))).when(invitePartner('ann', { limits: limits({ perAppPerDay: 2 }) })).thenRefuses('RATE_LIMITED');
  });

  it('counts resends, and limits them', () => {
    const resentOnce = given(...appOf(9), sentAt('bob', ago(2 * SECOND)), at(ago(SECOND), resent('bob', 2)));
    resentOnce.when(invitePartner('ann', { limits: limits({ perAppPerDay: 2 }) })).thenRefuses('RATE_LIMITED');
    resentOnce.when(resend('bob', { limits: limits({ perAppPerDay: 2 }) })).thenRefuses('RATE_LIMITED');
    resentOnce.when(resend('bob', { limits: limits({ perAppPerDay: 3 }) })).thenMatches([{ type: 'InvitationResent' }]);
  });

  it('counts nothing that was imported, for which no message was sent', () => {
    given(...appOf(9), at(ago(SECOND), partnerInvited('bob', { sendCount: 0, tokenHash: null })))
      .when(invitePartner('ann', { limits: limits({ perAppPerDay: 1 }) }))
      .thenMatches([{ type: 'PartnerInvited' }]);
  });

  it('has no limit at 0, and none for imports', () => {
    story.when(invitePartner('ann', { limits: limits({ perAppPerDay: 0 }) })).thenMatches([{ type: 'PartnerInvited' }]);
    story.when(invitePartner('ann', { limits: null })).thenMatches([{ type: 'PartnerInvited' }]);
  });

  it('remembers no more than a day, however many were sent', () => {
    const many = Array.from({ length: 300 }, (_, day) => at(after(day * (DAY / 2)), partnerInvited(`p${day}`)));
    expect(given(...appOf(9), ...many).state().sentAt).toHaveLength(2);
  });
});

describe('how many invitations a person may be sent in 24 hours, over all apps', () => {
  const story = given(...appOf(9), sentAt('bob', ago(3 * DAY)));
  const recipientSentAt = [ago(DAY), ago(DAY - 10 * SECOND), ago(SECOND)];

  it('limits invitations and resends', () => {
    const two = limits({ perRecipientPerDay: 2, recipientSentAt });
    story.when(invitePartner('ann', { limits: two })).thenRefuses('RATE_LIMITED', { retryAfterSeconds: 10 });
    story.when(resend('bob', { limits: two })).thenRefuses('RATE_LIMITED', { retryAfterSeconds: 10 });
  });

  it('does not count what was sent a day ago or earlier', () => {
    const three = limits({ perRecipientPerDay: 3, recipientSentAt });
    story.when(invitePartner('ann', { limits: three })).thenMatches([{ type: 'PartnerInvited' }]);
    story.when(resend('bob', { limits: three })).thenMatches([{ type: 'InvitationResent' }]);
  });
});
