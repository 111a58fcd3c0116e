import type { SetLicences } from '../../../../src/domain/roster/decide';
import { given } from '../../given';
import { after, EXPIRY, NOW } from '../../moments';
import { auditor, importer, mallory, olga, operator } from '../../people';
import { appOf, joined, licencesSet, partnerInvited, removed, userInvited } from '../../rosterHistory';

const set = (licences: number): SetLicences => ({ type: 'SetLicences', licences });

describe('setting the number of licences', () => {
  it('is allowed to operators and to the system, not to admins of the app', () => {
    given(...appOf(3)).when(set(5), { actor: operator }).then([licencesSet(5)]);
    given(...appOf(3)).when(set(5), { actor: importer }).then([licencesSet(5)]);
    for (const actor of [olga, auditor, mallory]) given(...appOf(3)).when(set(5), { actor }).thenRefuses('FORBIDDEN');
  });

  it('writes nothing when the number does not change', () => {
    given(...appOf(3)).when(set(3), { actor: operator }).then([]).when(set(4), { actor: operator }).then([licencesSet(4)]).when(set(4), { actor: operator }).then([]);
  });

  it('refuses a number below those used and reserved, and accepts their sum', () => {
    const story = given(...appOf(9), ...joined('sam', 'USER'), userInvited('ann'));
    story.when(set(2), { actor: operator }).thenRefuses('LICENCES_IN_USE', { field: 'licences' });
    story.when(set(3), { actor: operator }).then([licencesSet(3)]);
  });

  it('does not count partners', () => {
    given(...appOf(9), ...joined('pia', 'PARTNER'), partnerInvited('ann')).when(set(1), { actor: operator }).then([licencesSet(1)]);
  });

  it('does not count removed users', () => {
    given(...appOf(9), ...joined('sam', 'USER'), removed('sam')).when(set(1), { actor: operator }).then([licencesSet(1)]);
  });

  it('counts an open invitation until it expires, without a recorded expiry', () => {
    const story = given(...appOf(9), userInvited('ann'));
    story.when(set(1), { actor: operator, now: after(-1, EXPIRY) }).thenRefuses('LICENCES_IN_USE');
    story.when(set(1), { actor: operator, now: EXPIRY }).then([licencesSet(1)]);
  });

  it('accepts whole numbers from 1 to 1,000,000', () => {
    given(...appOf(3)).when(set(1_000_000), { actor: operator }).then([licencesSet(1_000_000)]);
    for (const wrong of [0, -1, 1.5, 1_000_001, NaN]) given(...appOf(3)).when(set(wrong), { actor: operator, now: NOW }).thenRefuses('INVALID_INPUT', { field: 'licences' });
  });

  it('is refused for an app that is not registered', () => {
    given().when(set(3), { actor: operator }).thenRefuses('APP_NOT_FOUND');
  });
});
