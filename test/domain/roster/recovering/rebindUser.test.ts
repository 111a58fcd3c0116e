import { requireAdmin, userOfActor } from '../../../../src/domain/roster/guards';
import { given } from '../../given';
import { EXPIRY } from '../../moments';
import { auditor, importer, mallory, olga, operator, person, sam } from '../../people';
import { accept, rebind, signIn } from '../../rosterCommands';
import { accepted, appOf, bound, declined, joined, left, rebound, removed, userInvited } from '../../rosterHistory';

const by = { actor: operator };
const app = given(...appOf(5), ...joined('sam', 'USER', 'ADMIN'));
const newSam = person('newSam', { keapId: 'sam@example.com' });

describe('giving a membership to another sign-in', () => {
  it('is allowed to operators and to the system, not to admins of the app', () => {
    for (const actor of [operator, importer]) app.when(rebind('sam'), { actor }).then([rebound('sam')]);
    for (const actor of [olga, sam, auditor, mallory]) app.when(rebind('sam'), { actor }).thenRefuses('FORBIDDEN');
  });

  it('takes access from the sign-in before at once, also with the same address, and gives it to the next one', () => {
    const story = app.when(rebind('sam'), by).then([rebound('sam')]);
    story.whenAsked((state) => { requireAdmin(state, sam); }).thenRefuses('APP_NOT_FOUND');
    story.when(signIn('sam')).then([]);
    story.whenAsked((state) => { requireAdmin(state, newSam); }).then(undefined);
    const returned = story.when(signIn('sam', 'person-newSam')).then([bound('sam', 'person-newSam')]);
    expect(returned.state().users.get('user-sam')).toMatchObject({ role: 'ADMIN', kind: 'USER', status: 'ACTIVE', personId: 'person-newSam', epoch: 1 });
    returned.when(signIn('sam')).then([]);
    returned.whenAsked((state) => { requireAdmin(state, sam); }).thenRefuses('APP_NOT_FOUND');
  });

  it('never lets an older sign-in return by the address, however often it is replaced', () => {
    const story = app.and(rebound('sam'), bound('sam', 'person-2'), rebound('sam', { fromPersonId: 'person-2' }));
    for (const old of ['person-sam', 'person-2']) {
      story.when(signIn('sam', old)).then([]);
      story.whenAsked((state) => userOfActor(state, { personId: old, keapId: 'sam@example.com', scopes: [] })?.userId ?? null).then(null);
    }
    story.when(signIn('sam', 'person-3')).then([bound('sam', 'person-3')]);
  });

  it('gives an older sign-in back when an operator names it', () => {
    const story = app.and(rebound('sam'), rebound('sam', { fromPersonId: null, toPersonId: 'person-sam' }));
    story.whenAsked((state) => userOfActor(state, sam)?.userId ?? null).then('user-sam');
    story.and(removed('sam')).whenAsked((state) => state.users.get('user-sam')?.replacedPersonIds).then([]);
  });

  it('corrects the mistyped address of an owner who never signed in', () => {
    const story = app.when(rebind('olga', { keapId: 'olga@right.example' }), by).then([rebound('olga', { fromPersonId: null, informedUserIds: ['user-olga', 'user-sam'], person: { keapId: 'olga@right.example', name: 'Olga' } })]);
    story.when(signIn('olga', 'person-stranger')).then([]);
    story.when({ type: 'BindPerson', keapId: 'olga@right.example', personId: 'person-olga' }).then([bound('olga')]);
  });

  it('changes nothing while the sign-in with that address is waited for', () => {
    app.when(rebind('olga'), by).then([]);
    app.and(rebound('sam')).when(rebind('sam', { keapId: 'SAM@example.com' }), by).then([]);
    app.and(rebound('sam')).when(rebind('sam', { keapId: 'sam@new.example' }), by).then([rebound('sam', { fromPersonId: null, person: { keapId: 'sam@new.example', name: null } })]);
  });

  it('tells the active admins, users and partners, and nobody else', () => {
    const past = [...joined('pia', 'PARTNER', 'ADMIN'), ...joined('ann', 'USER'), userInvited('bob', { role: 'ADMIN' }), ...joined('eve', 'USER', 'ADMIN'), removed('eve')];
    app.and(...past).when(rebind('ann'), by).then([rebound('ann', { informedUserIds: ['user-olga', 'user-sam', 'user-pia'] })]);
  });

  it('needs a member, a reason and the Keap ID of nobody else', () => {
    app.when(rebind('ann'), by).thenRefuses('USER_NOT_FOUND', { field: 'userId' });
    app.and(userInvited('ann')).when(rebind('ann'), by).thenRefuses('NOT_ACCEPTED_YET', { field: 'userId' });
    app.and(userInvited('ann')).when(rebind('ann'), { ...by, now: EXPIRY }).thenRefuses('NOT_A_MEMBER', { field: 'userId' });
    for (const past of [[userInvited('ann'), declined('ann')], [...joined('ann', 'PARTNER'), left('ann')], [...joined('ann', 'USER'), removed('ann')]]) {
      app.and(...past).when(rebind('ann'), by).thenRefuses('NOT_A_MEMBER', { field: 'userId' });
    }
    app.when(rebind('sam', { reason: ' ' }), by).thenRefuses('INVALID_INPUT', { field: 'reason' });
    app.when(rebind('sam', { keapId: 'sam' }), by).thenRefuses('INVALID_KEAP_ID', { field: 'keapId' });
    app.when(rebind('sam', { keapId: 'olga@example.com' }), by).thenRefuses('ALREADY_MEMBER', { field: 'keapId' });
    given().when(rebind('sam'), by).thenRefuses('APP_NOT_FOUND', { field: 'appId' });
  });

  it('reaches a person who was in the app before as another user', () => {
    const story = app.and(...joined('ann', 'PARTNER'), left('ann'), rebound('sam', { person: { keapId: 'ann@example.com', name: null } }));
    const returned = story.when(signIn('ann')).then([bound('sam', 'person-ann')]);
    expect([...returned.state().users.values()].filter(({ personId }) => personId === 'person-ann').map(({ userId }) => userId)).toEqual(['user-sam']);
  });

  it('does not bind a sign-in that is active in the app as somebody else', () => {
    app.and(...joined('ann', 'PARTNER'), rebound('sam', { person: { keapId: 'ann@example.com', name: null } })).when(signIn('ann')).then([]);
  });

  it('lets the person of a replaced sign-in in again when they accept an invitation', () => {
    const story = app.and(rebound('sam'), removed('sam'), userInvited('sam', { invitationId: 'invitation-again', tokenHash: 'hash-again' }));
    const again = story.when(accept('sam', { invitationId: 'invitation-again', tokenHash: 'hash-again' }), { actor: sam }).then([accepted('sam', { invitationId: 'invitation-again', epoch: 2 })]);
    again.whenAsked((state) => userOfActor(state, sam)?.userId ?? null).then('user-sam');
  });
});
