import { GivenApp } from '../support/givenApp';
import { DAY_MS, MovableClock } from '../support/movableClock';
import type { Json, Person } from '../support/person';
import { addressOf, TestService } from '../support/testService';
import { memberOf, viewOf } from './appView';

describe('licences', () => {
  const clock = new MovableClock();
  let service: TestService;
  let operator: Person;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start({ clock, env: { INVITATIONS_PER_APP_PER_DAY: '0', INVITATIONS_PER_RECIPIENT_PER_DAY: '0' } });
    operator = await service.as('operator@example.com', 'operator');
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    app = await GivenApp.register(service, { licences: 3 });
  });

  const usage = async (): Promise<Json> => (await viewOf(app.owner, app.appId)).licences;
  const inviteUser = (name: string): Promise<Json> => app.owner.mutate('inviteUser', { appId: app.appId, keapId: addressOf(app.appId, name), role: 'STANDARD' });

  it('are reserved by an invitation of a user, used once it is accepted, and freed at once by removal', async () => {
    expect(await usage()).toEqual({ total: 3, used: 1, reserved: 0, available: 2 });
    const { person, token, userId } = await app.invite('ursula', 'STANDARD', 'USER');
    expect(await usage()).toEqual({ total: 3, used: 1, reserved: 1, available: 1 });
    await person.mutate('acceptInvitation', { token });
    expect(await usage()).toEqual({ total: 3, used: 2, reserved: 0, available: 1 });
    const removed = await app.owner.mutate('removeUser', { appId: app.appId, userId }, 'user { app { licences { used available } } }');
    expect(removed.user.app.licences).toEqual({ used: 1, available: 2 });
  });

  it('are freed when an invitation is declined, revoked or expires, the latter without an action', async () => {
    const declined = await app.invite('declining', 'STANDARD', 'USER');
    const revoked = await app.invite('revoked', 'STANDARD', 'USER');
    expect(await usage()).toMatchObject({ reserved: 2, available: 0 });
    await declined.person.mutate('declineInvitation', { token: declined.token });
    expect(await usage()).toMatchObject({ reserved: 1, available: 1 });
    await app.owner.mutate('revokeInvitation', { appId: app.appId, invitationId: revoked.invitationId });
    expect(await usage()).toMatchObject({ reserved: 0, available: 2 });
    await app.invite('late', 'STANDARD', 'USER');
    expect(await usage()).toMatchObject({ reserved: 1, available: 1 });
    clock.pass(7 * DAY_MS);
    expect(await usage()).toMatchObject({ reserved: 0, available: 2 });
  });

  it('need not be free for an acceptance, which uses the reserved one', async () => {
    const { person, token } = await app.invite('first', 'STANDARD', 'USER');
    await app.join('second', 'STANDARD', 'USER');
    expect(await usage()).toMatchObject({ available: 0 });
    expect((await person.mutate('acceptInvitation', { token })).__typename).toBe('AcceptInvitationSuccess');
    expect(await usage()).toEqual({ total: 3, used: 3, reserved: 0, available: 0 });
  });

  it('are needed to invite a user, else NoLicenceAvailable with the numbers; partners need none', async () => {
    await inviteUser('one');
    await inviteUser('two');
    expect(await inviteUser('three')).toMatchObject({ __typename: 'NoLicenceAvailable', licences: { total: 3, used: 1, reserved: 2, available: 0 } });
    expect((await app.join('partner', 'ADMIN')).userId).toEqual(expect.any(String));
    expect(await usage()).toEqual({ total: 3, used: 1, reserved: 2, available: 0 });
  });

  it('are not affected by partners, whatever they do', async () => {
    const before = await usage();
    const numbers: Json[] = [];
    const { person, token, invitationId, userId } = await app.invite('partner', 'ADMIN');
    numbers.push(await usage());
    await app.owner.mutate('resendInvitation', { appId: app.appId, invitationId });
    numbers.push(await usage());
    expect((await person.mutate('acceptInvitation', { token })).code).toBe('LINK_SUPERSEDED');
    await person.mutate('acceptInvitation', { appId: app.appId, invitationId });
    numbers.push(await usage());
    await app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: 'STANDARD' });
    await person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId });
    numbers.push(await usage());
    await app.invite('another');
    clock.pass(8 * DAY_MS);
    numbers.push(await usage());
    expect(numbers).toEqual(Array(5).fill(before));
  });

  it('are reserved exactly 10 times by 200 concurrent invitations against 10 licences', async () => {
    app = await GivenApp.register(service, { licences: 11 });
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => inviteUser(`guest ${index}`)));
    const types = answers.map(({ __typename: type }) => type);
    expect(types.filter((type) => type === 'InviteUserSuccess')).toHaveLength(10);
    expect(types.filter((type) => type === 'NoLicenceAvailable')).toHaveLength(190);
    expect(await usage()).toEqual({ total: 11, used: 1, reserved: 10, available: 0 });
  });

  it('cannot be set below the number of used and reserved ones, but to exactly that number', async () => {
    await app.invite('reserving', 'STANDARD', 'USER');
    const set = (licences: number): Promise<Json> => operator.mutate('setLicences', { appId: app.appId, licences }, 'app { licences { total available } }');
    expect(await set(1)).toMatchObject({ code: 'LICENCES_IN_USE', field: 'licences' });
    expect(await set(2)).toMatchObject({ app: { licences: { total: 2, available: 0 } } });
    clock.pass(7 * DAY_MS);
    expect(await set(1)).toMatchObject({ app: { licences: { total: 1, available: 0 } } });
  });

  it('are never reserved beyond their number while it is changed during invitations', async () => {
    app = await GivenApp.register(service, { licences: 20 });
    const answers = await Promise.all([
      ...Array.from({ length: 20 }, (_, index) => inviteUser(`guest ${index}`)),
      ...[19, 12, 8, 4].map((licences) => operator.mutate('setLicences', { appId: app.appId, licences })),
    ]);
    expect(answers.map(({ code }) => code).filter((code) => ![undefined, 'NO_LICENCE_AVAILABLE', 'LICENCES_IN_USE'].includes(code))).toEqual([]);
    const { total, used, reserved, available } = await usage();
    expect(available).toBe(total - used - reserved);
    expect(available).toBeGreaterThanOrEqual(0);
  });

  it('are reserved again when an expired invitation of a user is resent, or answer NoLicenceAvailable', async () => {
    const { invitationId, userId } = await app.invite('slow', 'STANDARD', 'USER');
    clock.pass(7 * DAY_MS);
    await inviteUser('one');
    await inviteUser('two');
    const resend = (): Promise<Json> => app.owner.mutate('resendInvitation', { appId: app.appId, invitationId }, 'invitation { status sendCount }');
    expect(await resend()).toMatchObject({ __typename: 'NoLicenceAvailable', licences: { available: 0 } });
    expect(await memberOf(app.owner, app.appId, userId)).toMatchObject({ status: 'EXPIRED', invitation: { sendCount: 1 } });
    await operator.mutate('setLicences', { appId: app.appId, licences: 4 });
    expect(await resend()).toMatchObject({ invitation: { status: 'OPEN', sendCount: 2 } });
    expect(await usage()).toEqual({ total: 4, used: 1, reserved: 3, available: 0 });
  });

  it('are not reserved by resending an expired invitation after a newer one: ALREADY_INVITED, and ALREADY_MEMBER once that is accepted', async () => {
    const { invitationId } = await app.invite('slow', 'STANDARD', 'USER');
    clock.pass(7 * DAY_MS);
    const newer = await app.invite('slow', 'STANDARD', 'USER');
    const resend = (): Promise<Json> => app.owner.mutate('resendInvitation', { appId: app.appId, invitationId });
    expect((await resend()).code).toBe('ALREADY_INVITED');
    await newer.person.mutate('acceptInvitation', { token: newer.token });
    expect((await resend()).code).toBe('ALREADY_MEMBER');
    expect(await usage()).toEqual({ total: 3, used: 2, reserved: 0, available: 1 });
  });

  it('are not reserved by inviting an active user as a partner or an active partner as a user: ALREADY_MEMBER', async () => {
    const user = await app.join('user', 'STANDARD', 'USER');
    const partner = await app.join('partner');
    expect((await app.owner.mutate('invitePartner', { appId: app.appId, keapId: user.person.keapId, role: 'STANDARD' })).code).toBe('ALREADY_MEMBER');
    expect((await inviteUser('partner')).code).toBe('ALREADY_MEMBER');
    expect(await memberOf(app.owner, app.appId, partner.userId)).toMatchObject({ kind: 'PARTNER', usesLicence: false });
  });
});
