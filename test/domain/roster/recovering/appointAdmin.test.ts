import { licenceUsage } from '../../../../src/domain/roster/state';
import { requireAdmin } from '../../../../src/domain/roster/guards';
import { given } from '../../given';
import { after, EXPIRY, NOW } from '../../moments';
import { ann, auditor, importer, invitationIdOf, mallory, olga, operator, person, sam } from '../../people';
import { accept, appoint, inviteUser, signIn } from '../../rosterCommands';
import { appOf, appointed, bound, declined, expired, joined, left, partnerInvited, removed, revoked, userInvited } from '../../rosterHistory';

const by = { actor: operator };
const app = given(...appOf(3));

describe('appointing an admin', () => {
  it('is allowed to operators and to the system, not to admins of the app', () => {
    for (const actor of [operator, importer]) app.when(appoint('ann'), { actor }).then([appointed('ann')]);
    for (const actor of [olga, auditor, mallory]) app.when(appoint('ann'), { actor }).thenRefuses('FORBIDDEN');
  });

  it('adds an active admin of kind USER, who belongs to the first sign-in with the address', () => {
    const story = app.when(appoint('ann', { name: ' Ann ' }), by).then([appointed('ann', { person: { keapId: 'ann@example.com', name: 'Ann' } })]);
    expect(story.state().users.get('user-ann')).toMatchObject({ kind: 'USER', role: 'ADMIN', status: 'ACTIVE', name: 'Ann', personId: null, epoch: 1 });
    story.whenAsked((state) => { requireAdmin(state, ann); }).then(undefined);
    story.when(signIn('ann', 'person-of-today')).then([bound('ann', 'person-of-today')]);
  });

  it('gives the holder of an address nothing of the person who was here under it before', () => {
    const before = given(...appOf(2), ...joined('ann', 'USER'), removed('ann'));
    before.when(appoint('ann', { newUserId: 'user-heir', boundPersonId: 'person-heir' }), by).then([appointed('heir', { person: { keapId: 'ann@example.com', name: null } })]);
    before.when(appoint('ann', { newUserId: 'user-heir', boundPersonId: 'person-ann' }), by).thenMatches([{ data: { userId: 'user-ann', fromPersonId: 'person-ann' } }]);
    before.when(appoint('ann', { newUserId: 'user-heir', boundPersonId: null }), by).thenMatches([{ data: { userId: 'user-ann', fromPersonId: 'person-ann' } }]);
  });

  it('needs a reason and a Keap ID', () => {
    for (const reason of ['', '  ', 'x'.repeat(501)]) app.when(appoint('ann', { reason }), by).thenRefuses('INVALID_INPUT', { field: 'reason' });
    app.when(appoint('ann', { keapId: 'Ann <ann@example.com>' }), by).thenRefuses('INVALID_KEAP_ID', { field: 'keapId' });
    given().when(appoint('ann'), by).thenRefuses('APP_NOT_FOUND', { field: 'appId' });
  });

  it('takes a licence, and is refused when none is left', () => {
    const full = given(...appOf(2), ...joined('sam', 'USER'));
    full.when(appoint('ann'), by).thenRefuses('NO_LICENCE_AVAILABLE', { licences: { total: 2, used: 2, reserved: 0, available: 0 } });
    const story = full.and(removed('sam')).when(appoint('ann'), by).then([appointed('ann')]);
    expect(licenceUsage(story.state(), NOW)).toEqual({ total: 2, used: 2, reserved: 0, available: 0 });
  });

  it('promotes a standard user, who keeps sign-in and membership, without a licence', () => {
    const story = given(...appOf(2), ...joined('sam', 'USER')).when(appoint('sam'), by).then([appointed('sam', { wasMember: true })]);
    expect(story.state().users.get('user-sam')).toMatchObject({ kind: 'USER', role: 'ADMIN', status: 'ACTIVE', personId: 'person-sam', epoch: 1 });
    story.whenAsked((state) => { requireAdmin(state, sam); }).then(undefined);
  });

  it('is refused for an active admin, bound or waiting, and points to rebindUser', () => {
    for (const name of ['olga', 'sam']) given(...appOf(3), ...joined('sam', 'USER', 'ADMIN')).when(appoint(name), by).thenRefuses('ALREADY_MEMBER', { field: 'keapId' }, /use rebindUser/);
    app.and(appointed('ann')).when(appoint('ann'), by).thenRefuses('ALREADY_MEMBER', { field: 'keapId' });
  });

  it('is refused for an active partner, since nobody is converted', () => {
    for (const role of ['ADMIN', 'STANDARD'] as const) app.and(...joined('pia', 'PARTNER', role)).when(appoint('pia'), by).thenRefuses('ALREADY_MEMBER', { field: 'keapId' }, /after they have left/);
  });

  it('ends an open invitation, whose licence is the one that a user takes', () => {
    const asUser = given(...appOf(2), userInvited('ann')).when(appoint('ann'), by).then([appointed('ann', { revokedInvitationId: invitationIdOf('ann') })]);
    expect(licenceUsage(asUser.state(), NOW)).toEqual({ total: 2, used: 2, reserved: 0, available: 0 });
    asUser.when(accept('ann'), { actor: ann }).thenRefuses('INVITATION_REVOKED');
    given(...appOf(1), partnerInvited('ann')).when(appoint('ann'), by).thenRefuses('NO_LICENCE_AVAILABLE');
    const asPartner = given(...appOf(2), partnerInvited('ann')).when(appoint('ann'), by).then([appointed('ann', { revokedInvitationId: invitationIdOf('ann') })]);
    expect(asPartner.state().users.get('user-ann')).toMatchObject({ kind: 'USER', role: 'ADMIN', status: 'ACTIVE' });
  });

  it('records the expiry of an invitation first that has expired unrecorded', () => {
    given(...appOf(2), userInvited('ann')).when(appoint('ann'), { ...by, now: EXPIRY }).then([expired('ann'), appointed('ann')]);
  });

  it.each([
    ['left', [...joined('ann', 'PARTNER'), left('ann')], 2, 'person-ann'],
    ['was removed', [...joined('ann', 'USER'), removed('ann')], 2, 'person-ann'],
    ['declined', [userInvited('ann'), declined('ann')], 1, null],
    ['was revoked', [userInvited('ann'), revoked('ann')], 1, null],
  ])('gives whoever %s the same user, and the membership to the first sign-in with the address', (_, past, epoch, fromPersonId) => {
    const story = app.and(...past).when(appoint('ann', { newUserId: 'another' }), by).then([appointed('ann', { epoch, fromPersonId })]);
    expect(story.state().users.get('user-ann')).toMatchObject({ kind: 'USER', role: 'ADMIN', status: 'ACTIVE', personId: null, epoch });
    story.whenAsked((state) => { requireAdmin(state, person('ann', { keapId: 'ann@new.example' })); }).thenRefuses('APP_NOT_FOUND');
    story.when(signIn('ann', 'person-ann')).then([bound('ann', 'person-ann')]);
    story.when(signIn('ann', 'person-of-today')).then([bound('ann', 'person-of-today')]);
  });

  it('finds the former user of the person who holds the address', () => {
    const story = app.and(...joined('ann', 'PARTNER'), left('ann'));
    story.when(appoint('ann', { keapId: 'ann@new.example', boundPersonId: 'person-ann' }), by).then([appointed('ann', { epoch: 2, fromPersonId: 'person-ann', person: { keapId: 'ann@new.example', name: null } })]);
    story.when(appoint('bob', { keapId: 'bob@new.example', boundPersonId: 'person-bob' }), { ...by, now: after(1, NOW) }).then([appointed('bob', { person: { keapId: 'bob@new.example', name: null } })]);
  });

  it('finds no member who is shown with another address, although they held this one last', () => {
    const appointDesk = appoint('ann', { keapId: 'desk@example.com', boundPersonId: 'person-ann', newUserId: 'user-desk' });
    for (const [kind, role] of [['USER', 'STANDARD'], ['USER', 'ADMIN'], ['PARTNER', 'STANDARD']] as const) {
      const story = app.and(...joined('ann', kind, role)).when(appointDesk, by).thenMatches([{ type: 'AdminAppointed', data: { userId: 'user-desk', wasMember: false } }]);
      expect(story.state().users.get('user-ann')).toMatchObject({ keapId: 'ann@example.com', kind, role, personId: 'person-ann' });
    }
  });

  it('promotes no standard user whose address another sign-in holds now: that sign-in becomes the admin', () => {
    const ofToday = { boundPersonId: 'person-of-today', newUserId: 'user-of-today' };
    const story = app.and(...joined('sam', 'USER')).when(appoint('sam', ofToday), by).thenMatches([{ type: 'AdminAppointed', data: { userId: 'user-of-today', wasMember: false } }]);
    story.whenAsked((state) => { requireAdmin(state, sam); }).thenRefuses('FORBIDDEN');
    story.when(signIn('sam', 'person-of-today')).thenMatches([{ type: 'PersonBound', data: { userId: 'user-of-today', personId: 'person-of-today' } }]);
    app.and(...joined('sam', 'USER')).when(appoint('sam', { ...ofToday, boundPersonId: 'person-sam' }), by).then([appointed('sam', { wasMember: true })]);
    app.and(...joined('sam', 'USER', 'ADMIN')).when(appoint('sam', ofToday), by).thenRefuses('ALREADY_MEMBER', { field: 'keapId' }, /use rebindUser/);
  });

  it('does not keep anybody from being invited again later', () => {
    app.and(appointed('ann'), removed('ann')).when(inviteUser('ann')).thenMatches([{ type: 'UserInvited', data: { userId: 'user-ann' } }]);
  });
});
