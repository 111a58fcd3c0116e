import type { SetLicences } from '../../../src/domain/roster/setLicences';
import { given } from '../given';
import { after, EXPIRY, NOW } from '../moments';
import { auditor, importer, mallory, olga, operator } from '../people';
import { appOf, joined, licencesSet, partnerInvited, removed, userInvited } from '../rosterHistory';

const set = (licences: number): SetLicences => ({ type: 'SetLicences', licences });

describe('setting the number of licences', () => {
  it('is for operators and for the system, not for the app\'s admins', () => {
    given(...appOf(3)).when(set(5), { actor: operator }).then([licencesSet(5)]);
    given(...appOf(3)).when(set(5), { actor: importer }).then([licencesSet(5)]);
    for (const actor of [olga, auditor, mallory]) given(...appOf(3)).when(set(5), { actor }).thenRefuses('FORBIDDEN');
  });

  it('writes nothing when the number is so already', () => {
    given(...appOf(3)).when(set(3), { actor: operator }).then([]).when(set(4), { actor: operator }).then([licencesSet(4)]).when(set(4), { actor: operator }).then([]);
  });

  it('refuses a number below used and reserved, and takes exactly as many', () => {
    const story = given(...appOf(9), ...joined('sam', 'USER'), userInvited('ann'));
    story.when(set(2), { actor: operator }).thenRefuses('LICENCES_IN_USE', { field: 'licences' });
    story.when(set(3), { actor: operator }).then([licencesSet(3)]);
  });

  it('counts no partner, active or invited', () => {
    given(...appOf(9), ...joined('pia', 'PARTNER'), partnerInvited('ann')).when(set(1), { actor: operator }).then([licencesSet(1)]);
  });

  it('counts nobody who was removed', () => {
    given(...appOf(9), ...joined('sam', 'USER'), removed('sam')).when(set(1), { actor: operator }).then([licencesSet(1)]);
  });

  it('counts an open invitation until the moment it expires, though nothing was written', () => {
    const story = given(...appOf(9), userInvited('ann'));
    story.when(set(1), { actor: operator, now: after(-1, EXPIRY) }).thenRefuses('LICENCES_IN_USE');
    story.when(set(1), { actor: operator, now: EXPIRY }).then([licencesSet(1)]);
  });

  it('takes whole numbers from 1 to 1,000,000', () => {
    given(...appOf(3)).when(set(1_000_000), { actor: operator }).then([licencesSet(1_000_000)]);
    for (const wrong of [0, -1, 1.5, 1_000_001, NaN]) given(...appOf(3)).when(set(wrong), { actor: operator, now: NOW }).thenRefuses('INVALID_INPUT', { field: 'licences' });
  });

  it('knows no app that is not registered', () => {
    given().when(set(3), { actor: operator }).thenRefuses('APP_NOT_FOUND');
  });
});
