import type { BindPerson } from '../../../src/domain/roster/bindPerson';
import { given } from '../given';
import { accepted, appOf, bound, joined, left, partnerInvited, userInvited } from '../rosterHistory';

const bind = (keapId: string, personId: string): BindPerson => ({ type: 'BindPerson', keapId, personId });

describe('binding a member to the sign-in that holds the address', () => {
  it('is done once, for an owner', () => {
    given(...appOf(2)).when(bind('Olga@EXAMPLE.com', 'person-olga')).then([bound('olga')]).when(bind('olga@example.com', 'person-olga')).then([]);
  });

  it('is done for imported members', () => {
    given(...appOf(2), partnerInvited('ann', { sendCount: 0, tokenHash: null }), accepted('ann', { kind: 'PARTNER', personId: null }))
      .when(bind('ann@example.com', 'person-ann'))
      .then([bound('ann')]);
  });

  it('is not done to a member who is bound, to whoever is only invited, to who left, or to nobody', () => {
    given(...appOf(2), bound('olga')).when(bind('olga@example.com', 'person-heir')).then([]);
    given(...appOf(2), userInvited('ann')).when(bind('ann@example.com', 'person-ann')).then([]);
    given(...appOf(2), partnerInvited('ann'), accepted('ann', { kind: 'PARTNER', personId: null }), left('ann')).when(bind('ann@example.com', 'person-ann')).then([]);
    given(...appOf(2)).when(bind('ann@example.com', 'person-ann')).then([]);
  });

  it('gives a person one user of an app', () => {
    given(...appOf(2), ...joined('ann', 'PARTNER')).when(bind('olga@example.com', 'person-ann')).then([]);
  });
});
