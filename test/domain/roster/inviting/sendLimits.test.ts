import type { SendLimits } from '../../../../src/domain/roster/inviting';
import { at, given } from '../../given';
import { after, DAY, NOW, SECOND } from '../../moments';
import { invitePartner, inviteUser, resend } from '../../rosterCommands';
import { appOf, partnerInvited, resent, revoked } from '../../rosterHistory';

const limits = (more: Partial<SendLimits>): SendLimits => ({ perAppPerDay: 0, perRecipientPerDay: 0, ...more });
const sentAt = (name: string, moment: string): ReturnType<typeof partnerInvited> => at(moment, partnerInvited(name));
const ago = (milliseconds: number): string => after(-milliseconds, NOW);

describe('the limit of invitations that an app sends in 24 hours', () => {
  const story = given(...appOf(9), sentAt('bob', ago(DAY - 90 * SECOND)), sentAt('eve', ago(SECOND)));

  it('allows the last invitation and refuses the next one, with the seconds until the oldest no longer counts', () => {
    story.when(invitePartner('ann', { limits: limits({ perAppPerDay: 3 }) })).thenMatches([{ type: 'PartnerInvited' }]);
    story.when(invitePartner('ann', { limits: limits({ perAppPerDay: 2 }) })).thenRefuses('RATE_LIMITED', { retryAfterSeconds: 90 });
    story.when(inviteUser('ann', { limits: limits({ perAppPerDay: 2 }) })).thenRefuses('RATE_LIMITED', { retryAfterSeconds: 90 });
  });

  it('allows another one after those seconds, and not before', () => {
    const wish = invitePartner('ann', { limits: limits({ perAppPerDay: 2 }) });
    story.when(wish, { now: after(90 * SECOND - 1, NOW) }).thenRefuses('RATE_LIMITED', { retryAfterSeconds: 1 });
    story.when(wish, { now: after(90 * SECOND, NOW) }).thenMatches([{ type: 'PartnerInvited' }]);
  });

  it('takes a lowered limit into account in the seconds to wait', () => {
    story.when(invitePartner('ann', { limits: limits({ perAppPerDay: 1 }) })).thenRefuses('RATE_LIMITED', { retryAfterSeconds: DAY / SECOND - 1 });
  });

  it('counts revoked invitations', () => {
    story.and(at(NOW, revoked('bob')), at(NOW, revoked('eve'))).when(invitePartner('ann', { limits: limits({ perAppPerDay: 2 }) })).thenRefuses('RATE_LIMITED');
  });

  it('counts and limits resends', () => {
    const resentOnce = given(...appOf(9), sentAt('bob', ago(2 * SECOND)), at(ago(SECOND), resent('bob', 2)));
    resentOnce.when(invitePartner('ann', { limits: limits({ perAppPerDay: 2 }) })).thenRefuses('RATE_LIMITED');
    resentOnce.when(resend('bob', { limits: limits({ perAppPerDay: 2 }) })).thenRefuses('RATE_LIMITED');
    resentOnce.when(resend('bob', { limits: limits({ perAppPerDay: 3 }) })).thenMatches([{ type: 'InvitationResent' }]);
  });

  it('does not count imported invitations, for which no message is sent', () => {
    given(...appOf(9), at(ago(SECOND), partnerInvited('bob', { sendCount: 0, tokenHash: null })))
      .when(invitePartner('ann', { limits: limits({ perAppPerDay: 1 }) }))
      .thenMatches([{ type: 'PartnerInvited' }]);
  });

  it('does not apply at 0 or to imports', () => {
    story.when(invitePartner('ann', { limits: limits({ perAppPerDay: 0 }) })).thenMatches([{ type: 'PartnerInvited' }]);
    story.when(invitePartner('ann', { limits: null })).thenMatches([{ type: 'PartnerInvited' }]);
  });

  it('keeps the times of the last 1,000 invitations, and of more when the last day has more', () => {
    const every = (pause: number) => Array.from({ length: 2_000 }, (_, index) => at(after(index * pause), partnerInvited(`p${index}`)));
    expect(given(...appOf(9), ...every(DAY / 2)).state().sends).toHaveLength(1_000);
    expect(given(...appOf(9), ...every(DAY / 1_500)).state().sends).toHaveLength(1_500);
  });

  it('counts by the time of the decision, and neither counts nor loses what was sent while the clock was ahead', () => {
    const ahead = at(after(30 * DAY), partnerInvited('bob'));
    const later = { ...ahead, ...partnerInvited('cleo'), decidedAt: ago(SECOND) };
    const one = limits({ perAppPerDay: 1 });
    given(...appOf(9), ahead).when(invitePartner('ann', { limits: one })).thenMatches([{ type: 'PartnerInvited' }]);
    for (const past of [[ahead, later], [at(ago(SECOND), partnerInvited('cleo')), ahead]]) {
      given(...appOf(9), ...past).when(invitePartner('ann', { limits: one })).thenRefuses('RATE_LIMITED', { retryAfterSeconds: DAY / SECOND - 1 });
    }
    given(...appOf(9), ahead, later).when(invitePartner('ann', { limits: one }), { now: after(DAY, NOW) }).thenMatches([{ type: 'PartnerInvited' }]);
  });
});

describe('the limit of invitations that an app sends to one person in 24 hours', () => {
  const story = given(...appOf(9), sentAt('bob', ago(DAY)), sentAt('eve', ago(2 * SECOND)), at(ago(DAY - 10 * SECOND), resent('bob', 2)), at(ago(SECOND), resent('bob', 3)));
  const [two, three] = [limits({ perRecipientPerDay: 2 }), limits({ perRecipientPerDay: 3 })];

  it('counts invitations and resends of the last 24 hours', () => {
    story.when(resend('bob', { limits: two })).thenRefuses('RATE_LIMITED', { retryAfterSeconds: 10 });
    story.when(resend('bob', { limits: three })).thenMatches([{ type: 'InvitationResent' }]);
  });

  it('counts revoked invitations', () => {
    story.and(at(NOW, revoked('bob'))).when(invitePartner('bob', { limits: two })).thenRefuses('RATE_LIMITED', { retryAfterSeconds: 10 });
    story.and(at(NOW, revoked('bob'))).when(invitePartner('bob', { limits: three })).thenMatches([{ type: 'PartnerInvited' }]);
  });

  it('counts the address as people are known by it: not other people, and not the same mailbox with a +tag', () => {
    for (const name of ['ann', 'bob+work']) story.when(invitePartner(name, { limits: limits({ perRecipientPerDay: 1 }) })).thenMatches([{ type: 'PartnerInvited' }]);
    story.and(at(NOW, revoked('bob'))).when(invitePartner('BOB', { limits: two })).thenRefuses('RATE_LIMITED');
    story.when(resend('eve', { limits: two })).thenMatches([{ type: 'InvitationResent' }]);
  });
});
