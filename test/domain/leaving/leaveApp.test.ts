import { requireLeavable } from '../../../src/domain/leaving';
import type { DecisionContext } from '../../../src/domain/roster/guards';
import type { RosterState } from '../../../src/domain/roster/state';
import { given } from '../given';
import { EXPIRY, NOW } from '../moments';
import { ann, APP_ID, auditor, mallory, operator, person } from '../people';
import { invitePartner, leave } from '../rosterCommands';
import { accepted, appOf, declined, expired, joined, left, partnerInvited, removed, revoked, userInvited } from '../rosterHistory';

const mayLeave = (confirmAppId = APP_ID) => (state: RosterState, context: DecisionContext): string => requireLeavable(state, confirmAppId, context).userId;
const byAnn = { actor: ann };

describe('permission to leave an app', () => {
  it('is given to an active partner', () => {
    for (const role of ['STANDARD', 'ADMIN'] as const) given(...appOf(2), ...joined('ann', 'PARTNER', role)).whenAsked(mayLeave(), byAnn).then('user-ann');
  });

  it('is given to an active partner who signs in for the first time, by Keap ID', () => {
    given(...appOf(2), partnerInvited('ann'), accepted('ann', { kind: 'PARTNER', personId: null })).whenAsked(mayLeave(), byAnn).then('user-ann');
  });

  it('is refused to a user', () => {
    given(...appOf(2), ...joined('ann', 'USER')).whenAsked(mayLeave(), byAnn).thenRefuses('NOT_A_PARTNER');
    given(...appOf(2)).whenAsked(mayLeave()).thenRefuses('NOT_A_PARTNER');
  });

  it('is refused when the app id is not repeated exactly', () => {
    const story = given(...appOf(2), ...joined('ann', 'PARTNER'));
    for (const wrong of ['', 'gx625', 'GX624', ' gx624']) story.whenAsked(mayLeave(wrong), byAnn).thenRefuses('CONFIRMATION_MISMATCH', { field: 'confirmAppId' });
  });

  it('is refused before the invitation is accepted', () => {
    given(...appOf(2), partnerInvited('ann')).whenAsked(mayLeave(), byAnn).thenRefuses('NOT_ACCEPTED_YET');
    given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann'), partnerInvited('ann', { invitationId: 'second' })).whenAsked(mayLeave(), byAnn).thenRefuses('NOT_ACCEPTED_YET');
  });

  it('is refused after leaving or removal', () => {
    given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann')).whenAsked(mayLeave(), byAnn).thenRefuses('NOT_A_MEMBER');
    given(...appOf(2), ...joined('ann', 'USER'), removed('ann')).whenAsked(mayLeave(), byAnn).thenRefuses('NOT_A_MEMBER');
  });

  it('is refused to a former member whose new invitation has ended', () => {
    const again = { invitationId: 'second' };
    const story = given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann'), partnerInvited('ann', again));
    for (const end of [declined, revoked]) story.and(end('ann', 'second')).whenAsked(mayLeave(), byAnn).thenRefuses('NOT_A_MEMBER');
    story.and(expired('ann', 'second')).whenAsked(mayLeave(), { actor: ann, now: EXPIRY }).thenRefuses('NOT_A_MEMBER');
    story.whenAsked(mayLeave(), { actor: ann, now: EXPIRY }).thenRefuses('NOT_A_MEMBER');
  });

  it('is refused to strangers as if the app did not exist, whatever they repeat', () => {
    for (const confirmation of [APP_ID, 'other']) {
      given().whenAsked(mayLeave(confirmation), { actor: mallory }).thenRefuses('APP_NOT_FOUND');
      given(...appOf(2)).whenAsked(mayLeave(confirmation), { actor: mallory }).thenRefuses('APP_NOT_FOUND');
      for (const end of [declined, revoked, expired]) {
        given(...appOf(2), userInvited('ann', { expiresAt: NOW }), end('ann')).whenAsked(mayLeave(confirmation), byAnn).thenRefuses('APP_NOT_FOUND');
      }
    }
  });

  it('is refused to operators and auditors with FORBIDDEN', () => {
    for (const actor of [operator, auditor]) {
      given(...appOf(2)).whenAsked(mayLeave(), { actor }).thenRefuses('FORBIDDEN');
      given().whenAsked(mayLeave(), { actor }).thenRefuses('APP_NOT_FOUND');
    }
  });

  it('is not given by an address that is bound to a member', () => {
    given(...appOf(2), ...joined('ann', 'PARTNER')).whenAsked(mayLeave(), { actor: person('heir', { keapId: 'ann@example.com' }) }).thenRefuses('APP_NOT_FOUND');
  });
});

describe('leaving an app', () => {
  it('ends the membership; repeating it changes nothing', () => {
    given(...appOf(2), ...joined('ann', 'PARTNER'))
      .when(leave('ann'))
      .then([left('ann')])
      .when(leave('ann'))
      .then([])
      .when({ ...leave('ann'), leaveId: 'another' })
      .thenRefuses('NOT_A_MEMBER');
  });

  it('keeps invitations open that the partner sent', () => {
    given(...appOf(2), ...joined('ann', 'PARTNER', 'ADMIN'))
      .when(invitePartner('bob'), byAnn)
      .thenMatches([{ type: 'PartnerInvited' }])
      .when(leave('ann'))
      .then([left('ann')])
      .when({ type: 'AcceptInvitation', invitationId: 'invitation-bob-new', tokenHash: 'hash-bob-new', boundPersonId: null, signedInAs: null, name: null, newUserId: 'user-another' }, { actor: person('bob') })
      .thenMatches([{ type: 'InvitationAccepted' }]);
  });

  it('affects neither a later membership nor one that has ended', () => {
    const back = [partnerInvited('ann', { invitationId: 'second' }), accepted('ann', { invitationId: 'second', kind: 'PARTNER', epoch: 2 })];
    const story = given(...appOf(2), ...joined('ann', 'PARTNER'), left('ann'), ...back);
    story.when(leave('ann', 1)).then([]);
    story.when({ ...leave('ann', 1), leaveId: 'another' }).thenRefuses('NOT_A_MEMBER');
    story.when(leave('ann', 2)).then([left('ann', 2)]);
    given(...appOf(2), ...joined('ann', 'PARTNER'), removed('ann')).when({ ...leave('ann'), leaveId: 'another' }).thenRefuses('NOT_A_MEMBER');
  });

  it('is refused for users, invited people and unknown users', () => {
    given(...appOf(2), ...joined('ann', 'USER')).when(leave('ann')).thenRefuses('NOT_A_PARTNER');
    given(...appOf(2), partnerInvited('ann')).when(leave('ann', 0)).thenRefuses('NOT_A_MEMBER');
    given(...appOf(2)).when(leave('ann')).thenRefuses('NOT_A_MEMBER');
  });
});
