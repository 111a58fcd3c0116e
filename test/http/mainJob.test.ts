import { GivenApp } from '../support/givenApp';
import { addressOf, TEST_STORES, TestService } from '../support/testService';

const USERS = `query ($appId: ID!, $asOf: AsOf, $filter: UserFilter) { app(appId: $appId, asOf: $asOf) { accountName users(filter: $filter) {
  totalCount position statusCounts { status count } nodes { keapId name kind role status usesLicence assignedContactCount invitedBy { keapId } invitation { status sendCount delivery } } } } }`;
const ACCOUNTS = '{ accountCentral { accounts { totalCount nodes { appId label accountName role kind canLeave leaveBlockers { code count } } } invitations { appId invitationId accountName role kind invitedBy } } }';

describe.each(TEST_STORES)('a partner is invited, accepts, works, leaves (%s)', (store) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start({ store });
  });
  afterAll(() => service.close());

  it('appears in the lists exactly as long as it should', async () => {
    const { appId, owner } = await GivenApp.register(service);
    const coach = await service.as(addressOf(appId, 'coach'));

    const invited = await owner.mutate('invitePartner', { appId, keapId: coach.keapId, role: 'STANDARD', name: 'Carla Coach' }, 'position user { userId status kind } invitation { invitationId status developmentToken }');
    expect(invited).toMatchObject({ __typename: 'InvitePartnerSuccess', user: { status: 'INVITED', kind: 'PARTNER' }, invitation: { status: 'OPEN' } });
    expect(await coach.read(ACCOUNTS)).toMatchObject({
      accountCentral: { accounts: { totalCount: 0 }, invitations: [{ appId, invitationId: invited.invitation.invitationId, accountName: `${appId} Keap Pro Recording`, role: 'STANDARD', kind: 'PARTNER', invitedBy: 'Olivia Owner' }] },
    });

    const accepted = await coach.mutate('acceptInvitation', { token: invited.invitation.developmentToken }, 'position user { status } account { label canLeave }');
    expect(accepted).toMatchObject({ __typename: 'AcceptInvitationSuccess', user: { status: 'ACTIVE' }, account: { label: `${appId} Keap Pro Recording`, canLeave: true } });
    const list = await owner.read(USERS, { appId });
    expect(list.app.users.nodes).toEqual([
      { keapId: coach.keapId, name: 'Carla Coach', kind: 'PARTNER', role: 'STANDARD', status: 'ACTIVE', usesLicence: false, assignedContactCount: 0, invitedBy: { keapId: owner.keapId }, invitation: { status: 'ACCEPTED', sendCount: 1, delivery: 'PENDING' } },
      { keapId: owner.keapId, name: 'Olivia Owner', kind: 'USER', role: 'ADMIN', status: 'ACTIVE', usesLicence: true, assignedContactCount: 0, invitedBy: null, invitation: null },
    ]);

    await owner.mutate('assignContacts', { appId, userId: invited.user.userId, contactIds: ['a', 'b'] }, 'changed');
    const refused = await coach.mutate('leaveApp', { appId, confirmAppId: appId });
    expect(refused).toMatchObject({ __typename: 'HasAssignedContacts', code: 'HAS_ASSIGNED_CONTACTS', count: 2, sample: ['a', 'b'] });
    expect((await coach.read(ACCOUNTS)).accountCentral.accounts.nodes).toMatchObject([{ canLeave: false, leaveBlockers: [{ code: 'HAS_ASSIGNED_CONTACTS', count: 2 }] }]);

    await owner.mutate('unassignContacts', { appId, contactIds: ['a', 'b'] }, 'changed');
    const left = await coach.mutate('leaveApp', { appId, confirmAppId: appId }, 'position appId');
    expect(left).toMatchObject({ __typename: 'LeaveAppSuccess', appId });
    expect((await coach.read(ACCOUNTS)).accountCentral).toMatchObject({ accounts: { totalCount: 0 }, invitations: [] });
    expect((await owner.read(USERS, { appId })).app.users.nodes.map(({ keapId }: { keapId: string }) => keapId)).toEqual([owner.keapId]);
    expect((await coach.read(USERS, { appId })).app).toBeNull();

    const then = await owner.read(USERS, { appId, asOf: { position: accepted.position } });
    expect(then.app.users.nodes.map(({ keapId, status }: { keapId: string; status: string }) => [keapId, status])).toEqual([[coach.keapId, 'ACTIVE'], [owner.keapId, 'ACTIVE']]);
    const before = await owner.read(USERS, { appId, asOf: { position: invited.position } });
    expect(before.app.users.statusCounts).toEqual(expect.arrayContaining([{ status: 'INVITED', count: 1 }, { status: 'ACTIVE', count: 1 }]));
  });

  it('survives a restart with the same files, and reads its own writes by position', async () => {
    const app = await GivenApp.register(service);
    const { person } = await app.join('agency', 'ADMIN');
    const changed = await app.owner.mutate('changeUserRole', { appId: app.appId, userId: app.ownerUserId, role: 'STANDARD' });
    expect(changed).toMatchObject({ __typename: 'Rejection', code: 'LAST_ADMIN' });
    await service.restart();
    const again = await service.as(person.keapId);
    const answer = await again.ask(USERS, { appId: app.appId });
    expect(answer.data.app.users.totalCount).toBe(2);
    expect(answer.headers.get('x-position')).toBe(answer.data.app.users.position);
  });
});
