import { GivenApp } from '../support/givenApp';
import { DAY_MS, MovableClock } from '../support/movableClock';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';

const USER = 'query ($appId: ID!, $userId: ID!, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) { user(userId: $userId) { status endedAt invitation { expiresAt } } } }';

describe('when the access or the invitation of a user ended', () => {
  const clock = new MovableClock();
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start({ clock });
    app = await GivenApp.register(service, { licences: 20 });
  });
  afterAll(() => service.close());

  const user = async (userId: string, asOf?: object): Promise<Json> => (await app.owner.read(USER, { appId: app.appId, userId, asOf })).app.user;
  /** Time of the latest event of a type. */
  const timeOf = async (type: string): Promise<string> =>
    (await app.owner.read('query ($appId: ID!, $types: [String!]) { membershipEvents(filter: { appId: $appId, types: $types }, last: 1) { nodes { occurredAt } } }', { appId: app.appId, types: [type] })).membershipEvents.nodes[0].occurredAt;
  const inApp = (more: object): object => ({ appId: app.appId, ...more });

  it('is null while an invitation is open and while the person has access', async () => {
    const invited = await app.invite('Ida');
    expect(await user(invited.userId)).toMatchObject({ status: 'INVITED', endedAt: null });
    await invited.person.mutate('acceptInvitation', { token: invited.token });
    expect(await user(invited.userId)).toMatchObject({ status: 'ACTIVE', endedAt: null });
    expect(await user(app.ownerUserId)).toMatchObject({ status: 'ACTIVE', endedAt: null });
  });

  it('is when they left or were removed, until they are invited and join again', async () => {
    const left = await app.join('Lea');
    await left.person.mutate('leaveApp', inApp({ confirmAppId: app.appId }));
    const leftAt = await timeOf('PartnerLeftApp');
    expect(await user(left.userId)).toMatchObject({ status: 'LEFT', endedAt: leftAt });
    clock.pass(DAY_MS);
    const again = await app.invite('Lea');
    expect(again.userId).toBe(left.userId);
    expect(await user(left.userId)).toMatchObject({ status: 'INVITED', endedAt: null });
    expect(await user(left.userId, { time: leftAt })).toMatchObject({ status: 'LEFT', endedAt: leftAt });
    await again.person.mutate('declineInvitation', { token: again.token });
    expect(await user(left.userId)).toMatchObject({ status: 'DECLINED', endedAt: await timeOf('InvitationDeclined') });
    const third = await app.invite('Lea');
    await third.person.mutate('acceptInvitation', { token: third.token });
    expect(await user(left.userId)).toMatchObject({ status: 'ACTIVE', endedAt: null });
    await app.owner.mutate('removeUser', inApp({ userId: left.userId }));
    expect(await user(left.userId)).toMatchObject({ status: 'REMOVED', endedAt: await timeOf('UserRemoved') });
  });

  it('is when the invitation was revoked or declined, until it is sent again', async () => {
    const { userId, invitationId } = await app.invite('Rita', 'STANDARD', 'USER');
    await app.owner.mutate('revokeInvitation', inApp({ invitationId }));
    expect(await user(userId)).toMatchObject({ status: 'REVOKED', endedAt: await timeOf('InvitationRevoked') });
    await app.invite('Rita', 'STANDARD', 'USER');
    expect(await user(userId)).toMatchObject({ status: 'INVITED', endedAt: null });
    const declining = await app.invite('Dora');
    await declining.person.mutate('declineInvitation', { token: declining.token });
    expect(await user(declining.userId)).toMatchObject({ status: 'DECLINED', endedAt: await timeOf('InvitationDeclined') });
  });

  it('is the expiry of an invitation that expired, recorded or not, until it is sent again', async () => {
    const { userId, invitationId } = await app.invite('Eva');
    const { invitation: { expiresAt } } = await user(userId);
    clock.pass(60 * DAY_MS);
    const expired = { status: 'EXPIRED', endedAt: expiresAt };
    expect(await user(userId)).toMatchObject(expired);
    expect(await user(userId, { time: new Date(Date.parse(expiresAt) - 1).toISOString() })).toMatchObject({ status: 'INVITED', endedAt: null });
    expect(await user(userId, { time: expiresAt })).toMatchObject(expired);
    await app.owner.mutate('resendInvitation', inApp({ invitationId }));
    expect(await user(userId)).toMatchObject({ status: 'INVITED', endedAt: null });
  });

  it('is null again for somebody who is appointed after they left', async () => {
    const { userId } = await app.join('Ada', 'STANDARD', 'USER');
    await app.owner.mutate('removeUser', inApp({ userId }));
    const { app: { user: { keapId } } } = await app.owner.read('query ($appId: ID!, $userId: ID!) { app(appId: $appId) { user(userId: $userId) { keapId } } }', { appId: app.appId, userId });
    await (await service.as('operator@example.com', 'operator')).mutate('appointAdmin', inApp({ keapId, reason: 'Ticket 3' }));
    expect(await user(userId)).toMatchObject({ status: 'ACTIVE', endedAt: null });
  });
});
