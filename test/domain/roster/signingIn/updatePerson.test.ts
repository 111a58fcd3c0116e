import type { UpdatePerson } from '../../../../src/domain/roster/signingIn';
import { given } from '../../given';
import { EXPIRY } from '../../moments';
import { accepted, appOf, declined, joined, left, partnerInvited, personUpdated, userInvited } from '../../rosterHistory';

const update = (more: Partial<UpdatePerson> = {}): UpdatePerson => ({ type: 'UpdatePerson', personId: 'person-ann', keapId: 'Ann@New.example', name: 'Ann', issuedAt: '2026-03-01T10:00:00.000Z', ...more });
const earlier = '2026-03-01T09:59:59.000Z';

describe('a sign-in with another Keap ID or name than the app shows', () => {
  const member = given(...appOf(9), ...joined('ann', 'USER'));

  it('updates the member once', () => {
    const updated = member.when(update()).then([personUpdated('ann', { keapId: 'Ann@New.example', name: 'Ann' }, '2026-03-01T10:00:00.000Z')]);
    updated.when(update()).then([]);
    expect(updated.state().users.get('user-ann')).toMatchObject({ keapId: 'Ann@New.example', keapIdNormalized: 'ann@new.example', name: 'Ann', status: 'ACTIVE', role: 'STANDARD', epoch: 1 });
  });

  it('keeps the Keap ID as it is spelled while only its spelling differs, and the name while the token has none', () => {
    member.when(update({ keapId: 'ANN@example.com' })).then([personUpdated('ann', { keapId: 'ann@example.com', name: 'Ann' }, '2026-03-01T10:00:00.000Z')]);
    member.when(update({ keapId: 'ANN@example.com', name: null })).then([]);
    member.and(personUpdated('ann', { keapId: 'ann@example.com', name: 'Ann' })).when(update({ name: null })).thenMatches([{ data: { person: { keapId: 'Ann@New.example', name: 'Ann' } } }]);
  });

  it('does not go back to what an earlier token says', () => {
    const updated = member.when(update()).thenMatches([{ type: 'PersonUpdated' }]);
    updated.when(update({ keapId: 'ann@example.com', name: 'A.', issuedAt: earlier })).then([]);
    updated.when(update({ keapId: 'ann@third.example', issuedAt: '2026-03-01T10:00:00.000Z' })).thenMatches([{ data: { person: { keapId: 'ann@third.example' } } }]);
    updated.when(update({ keapId: 'ann@third.example', issuedAt: null })).thenMatches([{ data: { issuedAt: null } }]).when(update({ issuedAt: earlier })).then([]);
  });

  it('changes nothing for people who are not active or not bound', () => {
    given(...appOf(9), userInvited('ann')).when(update()).then([]);
    given(...appOf(9), ...joined('ann', 'PARTNER'), left('ann')).when(update()).then([]);
    given(...appOf(9), partnerInvited('ann', { sendCount: 0, tokenHash: null }), accepted('ann', { kind: 'PARTNER', personId: null })).when(update()).then([]);
    given(...appOf(9)).when(update()).then([]);
  });

  it('closes an open invitation to the new Keap ID, and frees its licence', () => {
    const home = { keapId: 'ann@new.example', name: null };
    const invited = given(...appOf(9), ...joined('ann', 'USER'), userInvited('home', { person: home }));
    invited.when(update()).thenMatches([{ type: 'PersonUpdated' }, { ...declined('home'), data: { ...declined('home').data, personId: 'person-ann' } }]);
    invited.when(update(), { now: EXPIRY }).thenMatches([{ type: 'PersonUpdated' }]);
  });
});
