import { rebindingConflicts, type RebindSignIns } from '../../../../src/domain/roster/recovering';
import { given } from '../../given';
import { auditor, importer, mallory, olga, operator, sam } from '../../people';
import { appOf, bound, joined, left, rebound, userInvited } from '../../rosterHistory';

const by = { actor: operator };
const app = given(...appOf(5), bound('olga'), ...joined('sam', 'USER'), ...joined('pia', 'PARTNER', 'ADMIN'));
const move = (signIns: Readonly<Record<string, string>>, reason = 'The provider has changed.'): RebindSignIns => ({
  type: 'RebindSignIns', reason, signIns: new Map(Object.entries(signIns).map(([from, to]) => [`person-${from}`, `person-${to}`])),
});
const moved = (name: string, to: string, more: Parameters<typeof rebound>[1] = {}): ReturnType<typeof rebound> =>
  rebound(name, { fromPersonId: `person-${name}`, toPersonId: `person-${to}`, reason: 'The provider has changed.', informedUserIds: [], ...more });

describe('giving many memberships to new sign-ins', () => {
  it('is allowed to operators and to the system', () => {
    for (const actor of [operator, importer]) app.when(move({ sam: 'sam2' }), { actor }).then([moved('sam', 'sam2', { informedUserIds: ['user-olga', 'user-pia'] })]);
    for (const actor of [olga, sam, auditor, mallory]) app.when(move({ sam: 'sam2' }), { actor }).thenRefuses('FORBIDDEN');
  });

  it('moves everybody at once, and tells the admins once how many there are', () => {
    const story = app.when(move({ pia: 'pia2', sam: 'sam2', olga: 'olga2', stranger: 'stranger2' }), by).then([
      moved('pia', 'pia2', { informedUserIds: ['user-olga', 'user-pia'], reason: 'The provider has changed. (and 2 more of this app)' }),
      moved('sam', 'sam2'),
      moved('olga', 'olga2', { person: { keapId: 'olga@example.com', name: 'Olga' } }),
    ]);
    const state = story.state();
    expect(['user-olga', 'user-sam', 'user-pia'].map((id) => state.users.get(id)?.personId)).toEqual(['person-olga2', 'person-sam2', 'person-pia2']);
    expect(state.users.get('user-pia')).toMatchObject({ role: 'ADMIN', kind: 'PARTNER', status: 'ACTIVE', epoch: 1 });
  });

  it('changes nothing when it is repeated', () => {
    app.and(moved('sam', 'sam2')).when(move({ sam: 'sam2' }), by).then([]);
  });

  it('moves who has left as well, and tells nobody about them', () => {
    app.and(left('pia')).when(move({ pia: 'pia2' }), by).then([moved('pia', 'pia2')]);
    const story = app.and(left('pia')).when(move({ pia: 'pia2', sam: 'sam2' }), by);
    story.then([moved('pia', 'pia2'), moved('sam', 'sam2', { informedUserIds: ['user-olga'] })]);
  });

  it('leaves both where the new sign-in is an active user already', () => {
    const command = move({ sam: 'pia' });
    app.when(command, by).then([]);
    app.whenAsked((state) => rebindingConflicts(command, state)).then(['person-sam']);
    app.and(left('pia')).when(move({ pia: 'sam' }), by).then([]);
  });

  it('takes the place of a user who has left under the new sign-in', () => {
    const story = app.and(left('pia')).when(move({ sam: 'pia' }), by).then([moved('sam', 'pia', { informedUserIds: ['user-olga'] })]);
    expect([story.state().users.get('user-sam')?.personId, story.state().users.get('user-pia')?.personId]).toEqual(['person-pia', null]);
  });

  it('does not concern people whose sign-in is not known', () => {
    app.and(userInvited('ann')).when(move({ ann: 'ann2' }), by).then([]);
  });

  it('needs a reason and an app', () => {
    app.when(move({ sam: 'sam2' }, ' '), by).thenRefuses('INVALID_INPUT', { field: 'reason' });
    given().when(move({ sam: 'sam2' }), by).thenRefuses('APP_NOT_FOUND');
  });
});
